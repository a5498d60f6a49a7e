"""Only the limits that apply are named, each with its number."""

from typing import Any

import pytest

from logan.tables.caveats import Caveat, find_caveats
from logan.tables.coverage import Coverage
from logan.tables.headline import totals
from tests.builders import Row, hit, result, source

ALWAYS = {"requests", "elsewhere"}


def caveats(
    rows: list[Row] | None = None, coverage: tuple[Coverage, ...] = (), **account: Any
) -> dict[str, Caveat]:
    listed = [hit("2024-01-01 09:00")] if rows is None else rows
    scanned = result(listed, sources=[source(**account)])
    found = find_caveats(scanned, totals(scanned), coverage)
    return {caveat.limit: caveat for caveat in found}


def test_a_plain_result_has_only_the_limits_that_always_apply() -> None:
    assert caveats().keys() == ALWAYS
    assert caveats([]).keys() == {"elsewhere"}


@pytest.mark.parametrize(
    ("row", "limit"),
    [
        ({"evidence": "connect", "query": None}, "connect"),
        ({"evidence": "dns", "query": None}, "dns"),
        ({"user": None}, "no_user"),
        ({"user": "nt authority\\system"}, "impersonal"),
        ({"user": "WS12$@FORCE.EXAMPLE"}, "impersonal"),
        ({"query": None}, "no_queries"),
        ({"inferred": True}, "inferred"),
        ({"action": "unknown"}, "unknown_action"),
        ({"action": None}, "unknown_action"),
        ({"possible_upload": True}, "possible_uploads"),
    ],
)
def test_a_limit_of_hits_counts_them(row: dict[str, Any], limit: str) -> None:
    limited = hit("2024-01-01 09:00") | row
    found = caveats([limited, limited])
    assert found.keys() == ALWAYS | {limit}
    assert (found[limit].count, found[limit].of) == (2, 2)


def test_one_query_string_shows_that_they_are_logged() -> None:
    assert "no_queries" not in caveats([hit("2024-01-01 09:00"), hit("2024-01-01", query=None)])


@pytest.mark.parametrize(
    ("account", "limit", "count"),
    [
        ({"complete": False}, "incomplete", 1),
        ({"bins": {"rejected": 3}}, "unparsed", 3),
        ({"zone_origin": "assumed"}, "assumed_zone", 1),
        ({"ambiguous_times": 7}, "ambiguous_times", 7),
    ],
)
def test_a_limit_of_sources_counts_them(account: dict[str, Any], limit: str, count: int) -> None:
    found = caveats(**account)
    assert found.keys() == ALWAYS | {limit}
    assert found[limit].count == count


def test_missing_hours_are_counted_by_gateway_and_not_twice() -> None:
    parts = (
        Coverage("a", 1, 24, 24, ()),
        Coverage("b", 1, 24, 20, ()),
        Coverage(None, 2, 24, 24, ()),
    )
    assert caveats(coverage=parts)["no_data"] == Caveat("no_data", 4, 48)
    assert "no_data" not in caveats(coverage=parts[:1])
