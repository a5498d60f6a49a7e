"""What counts as what, row by row."""

from typing import Any

import pytest

from logan.tables.measures import ADDRESS, PEOPLE, SUMS
from tests.builders import frame, hit


def measure(*rows: dict[str, Any]) -> dict[str, int]:
    return frame(rows).select(**SUMS, **PEOPLE).collect().row(0, named=True)


@pytest.mark.parametrize(
    ("row", "counted"),
    [
        ({"activity": "page"}, {"pages"}),
        ({"activity": "search"}, {"searches"}),
        ({"activity": "search", "also_upload": True}, {"searches", "uploads"}),
        ({"activity": "upload"}, {"uploads"}),
        ({"activity": "upload", "also_upload": True}, {"uploads"}),
        ({"activity": "results"}, {"results"}),
        ({"activity": "search", "inferred": True}, {"searches", "inferred_searches"}),
        (
            {"activity": "results", "also_search": True},
            {"results", "searches", "inferred_searches"},
        ),
        ({"activity": "results", "inferred": True}, {"results"}),
        ({"activity": "api", "attempt": True}, {"attempts"}),
        (
            {"activity": "api", "attempt": True, "also_upload": True},
            {"attempts", "uploads"},
        ),
        ({"activity": "contact"}, {"contacts"}),
        ({"activity": "contact", "possible_upload": True}, {"contacts", "possible_uploads"}),
        ({"activity": "opt_out"}, {"opt_outs"}),
        ({"activity": "upload", "beside_opt_out": True}, {"uploads", "beside_opt_out"}),
        ({"activity": "asset"}, set()),
        ({"activity": None}, set()),
    ],
)
def test_an_activity_is_counted_as_itself_alone(row: dict[str, Any], counted: set[str]) -> None:
    numbers = measure(hit("2024-01-01 09:00", **({"also_upload": False} | row)))
    assert {name for name, number in numbers.items() if number} == {
        "hits",
        "users",
        "allowed",
        *counted,
    }


@pytest.mark.parametrize(
    ("activity", "tried"),
    [("page", set()), ("search", {"blocked_searches"}), ("upload", {"blocked_uploads"})],
)
def test_a_blocked_request_proves_no_more_than_a_try(activity: str, tried: set[str]) -> None:
    numbers = measure(hit("2024-01-01 09:00", activity=activity, action="blocked"))
    assert {name for name, number in numbers.items() if number} == {
        "hits",
        "users",
        "blocked",
        *tried,
    }


@pytest.mark.parametrize("action", ["unknown", None])
def test_what_the_log_does_not_call_blocked_is_neither_blocked_nor_allowed(
    action: str | None,
) -> None:
    numbers = measure(hit("2024-01-01 09:00", activity="search", action=action))
    assert (numbers["searches"], numbers["allowed"], numbers["blocked"]) == (1, 0, 0)


def test_an_address_stands_for_a_person_only_where_no_user_is_named() -> None:
    rows = [
        hit("2024-01-01 09:00", "ann", client_ip="192.0.2.1"),
        hit("2024-01-01 09:00", None, client_ip="192.0.2.1"),
        hit("2024-01-01 09:00", None, client_ip="192.0.2.2"),
        hit("2024-01-01 09:00", None, client_ip=None),
    ]
    assert frame(rows).select(ADDRESS).collect()["address"].to_list() == [
        None,
        "192.0.2.1",
        "192.0.2.2",
        None,
    ]
    assert (measure(*rows)["users"], measure(*rows)["addresses"]) == (1, 2)
