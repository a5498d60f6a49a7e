"""Trackers: which page's address went out, and whether it is the organisation's own."""

import polars as pl
import pytest

from logan.rules.across_lines import settle
from logan.rules.load import load_packs
from logan.rules.model import Rules, Site
from logan.rules.packs import bundled_pack
from logan.rules.pages import on_own_sites
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_packs([bundled_pack("trackers"), bundled_pack("facial-search")])


def of_one_source(requests: list[str]) -> pl.DataFrame:
    """Requests as lines of a log, whose sources have numbers."""
    return requests_as_records(requests).with_columns(source=pl.lit(0))


PIXEL = "https://www.facebook.com/tr/?id=1&ev=PageView"


@pytest.mark.parametrize(
    ("request_", "service", "page"),
    [
        (
            f"GET {PIXEL}&dl=https%3A%2F%2Fforce.example%2Freport%2Fa",
            "meta_pixel",
            "force.example/report/a",
        ),
        (f"GET {PIXEL}&dl=https://force.example/report/a", "meta_pixel", "force.example/report/a"),
        (
            f"GET {PIXEL}&dl=https%253A%252F%252Fforce.example%252Freport%252Fa",
            "meta_pixel",
            "force.example/report/a",
        ),
        (
            f"GET {PIXEL}&dl=https%3A%2F%2FWWW.Force.example%3A443%2Freport%2Fa%3Fname%3DJo",
            "meta_pixel",
            "www.force.example/report/a",
        ),
        (
            "POST https://www.facebook.com/tr/ < https://force.example/report/a?name=Jo#x",
            "meta_pixel",
            "force.example/report/a",
        ),
        (
            f"GET {PIXEL}&dl=https%3A%2F%2Fother.example%2F < https://force.example/report/a",
            None,
            None,
        ),
        (f"GET {PIXEL}&dl=https%3A%2F%2Fforce.example%2Fcareers", None, None),
        (f"GET {PIXEL}&dl=https%3A%2F%2Fforce.example.evil.example%2Freport%2Fa", None, None),
        (f"GET {PIXEL}&dl=https%3A%2F%2Fforce.example%40evil.example%2Freport%2Fa", None, None),
        (f"GET {PIXEL}", None, None),
        ("GET https://force.example/report/a", None, None),
        (
            "GET https://stats.force.example/matomo.php?url=https%3A%2F%2Fforce.example%2Freport%2Fa",
            "matomo",
            "force.example/report/a",
        ),
    ],
)
def test_the_page_that_a_tracker_got(
    rules: Rules, request_: str, service: str | None, page: str | None
) -> None:
    found = settle(tag(of_one_source([request_]), rules), rules).row(0, named=True)
    assert (found["service"], found["page"]) == (service, page)
    assert found["bin"] == ("hit" if service else "unrelated")


def test_other_hits_carry_no_page(rules: Rules) -> None:
    request = "GET https://pimeyes.com/en < https://force.example/report/a"
    found = settle(tag(of_one_source([request]), rules), rules)
    assert found["page"].to_list() == [None]


def test_pages_of_own_sites() -> None:
    frame = pl.DataFrame(
        {"page": ["a.example", "x.a.example/p", "xa.example/p", "b.example/p/q", None]}
    )
    sites = [Site("a.example"), Site("b.example", "/p/.+")]
    found = frame.select(on_own_sites(pl.col("page"), sites)).to_series().to_list()
    assert found == [True, True, False, True, False]
    assert not frame.select(on_own_sites(pl.col("page"), [])).to_series().any()
