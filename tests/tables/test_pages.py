"""Pages whose address went to a tracker."""

import polars as pl

from logan.result import Selection
from logan.tables.pages import PAGES, count_pages
from tests.builders import at, hit, result

REPORT = "www.force.example/report/crime"


def with_pages(*told: tuple[str | None, dict[str, object]], **others: object) -> object:
    rows = [hit("2024-01-02 09:00", **row) for _, row in told]  # type: ignore[arg-type]
    scanned = result(rows, **others)
    pages = pl.Series("page", [page for page, _ in told], dtype=pl.String)
    return result(rows, found=scanned.found.with_columns(page=pages), **others)


def test_pages_are_counted_by_tracker() -> None:
    pixel = {"service": "meta_pixel"}
    told = with_pages(
        (REPORT, pixel | {"user": "ann"}),
        (REPORT, pixel | {"user": None, "action": "blocked"}),
        (REPORT, {"service": "other", "user": "ann"}),
        ("force.example/help", pixel),
        (None, {"service": "pimeyes"}),
        (REPORT, pixel | {"bin": "mention"}),
    )
    found = count_pages(told)  # type: ignore[arg-type]
    assert dict(found.schema) == PAGES
    assert found.row(0, named=True) == {
        "page": REPORT,
        "service": "meta_pixel",
        "hits": 2,
        "users": 1,
        "addresses": 1,
        "blocked": 1,
        "first_seen": at("2024-01-02 09:00"),
        "last_seen": at("2024-01-02 09:00"),
    }
    assert found.select("page", "service").rows()[1:] == [
        ("force.example/help", "meta_pixel"),
        (REPORT, "other"),
    ]


def test_the_selection_holds_and_nothing_told_is_nothing_listed() -> None:
    chosen = Selection(users=("bob",))
    assert count_pages(with_pages((REPORT, {}), selection=chosen)).is_empty()  # type: ignore[arg-type]
    assert dict(count_pages(result([hit("2024-01-02 09:00")])).schema) == PAGES
