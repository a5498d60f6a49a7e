"""The tables by service, by user and by address."""

from logan.outputs.hit_tables import show_busiest, show_people, show_services
from logan.outputs.page import Page
from logan.tables.summary import summarise
from tests.builders import Row, hit, result
from tests.outputs.stories import STORIES
from tests.outputs.test_page import page

ROWS = [
    hit("2024-01-01 09:00", "ann", activity="search", also_upload=True),
    hit("2024-01-01 09:00", "ann", action="blocked"),
    hit("2024-01-02 09:00", "bob", service="clearview"),
    hit("2024-01-03 09:00", None),
]


def plain(show: object, rows: list[Row], on: Page | None = None) -> list[str]:
    lines = show(summarise(result(rows)), on or page(100))  # type: ignore[operator]
    return [line.plain for line in lines]


def test_services_are_listed_by_their_display_names() -> None:
    lines = plain(show_services, ROWS)
    assert lines[1] == "By service"
    assert lines[3].split()[:8] == ["PimEyes", "3", "1", "1", "1", "1", "2", "1"]
    assert lines[4].startswith("Clearview AI ")


def test_users_and_addresses_have_tables_of_their_own() -> None:
    lines = plain(show_people, ROWS)
    user, address = (
        lines.index("By user"),
        next(index for index, line in enumerate(lines) if line.startswith("By address")),
    )
    assert [line.split()[:2] for line in lines[user + 2 : user + 4]] == [["ann", "2"], ["bob", "1"]]
    assert lines[address + 2].split()[:2] == ["192.0.2.7", "1"]


def test_names_of_people_come_before_days_and_services() -> None:
    name = "Whitlock, Sarah (sarah.whitlock@metro.test)"
    rows = [hit("2024-01-01 09:00", name, service=service) for service in ("pimeyes", "clearview")]
    assert plain(show_people, rows, page(160))[3].startswith(f"{name}  ")
    narrow = plain(show_people, rows, page(80))
    assert narrow[3].startswith(name[:35] + "…")
    assert "last" not in narrow[2].split()


def test_columns_that_are_all_zero_are_not_shown() -> None:
    assert "opt outs" not in "\n".join(plain(show_services, ROWS, page(200)))
    opted = [hit("2024-01-01 09:00", activity="opt_out")]
    assert "opt outs" in "\n".join(plain(show_services, opted, page(200)))


def test_allowed_stands_beside_blocked() -> None:
    titles = plain(show_services, ROWS, page(80))[2].split()
    assert titles.index("blocked") == titles.index("allowed") + 1


def test_hits_of_nobody_are_not_lost() -> None:
    lines = plain(show_people, [hit("2024-01-01 09:00", None, client_ip=None)])
    assert lines[-1].startswith("(neither)  ")


def test_the_busiest_days_are_shown_of_a_longer_period_only() -> None:
    busiest = show_busiest(summarise(STORIES["year"]()), page(80))
    assert [line.plain.split("  ")[0] for line in busiest[3:]] == [
        "all services",
        "Clearview AI",
        "PimEyes",
    ]
    assert plain(show_busiest, ROWS) == []


def test_one_service_has_one_line_of_busiest_days() -> None:
    rows = [hit("2024-01-01 09:00"), hit("2024-06-01 09:00")]
    assert [line.split("  ")[0] for line in plain(show_busiest, rows)[3:]] == ["PimEyes"]


def test_without_hits_there_are_no_tables() -> None:
    assert plain(show_services, []) == plain(show_people, []) == plain(show_busiest, []) == []
