"""The line accounts add up, or nothing is said at all."""

import pytest

from logan.schema import SOURCES_CSV
from logan.tables.accounts import (
    UnbalancedError,
    check_balance,
    count_by_gateway,
    count_lines,
    list_sources,
)
from tests.builders import at, source

SOURCES = [
    source("b/1.log", bins={"hit": 2, "unrelated": 7}, first_time=at("2024-01-01 00:00")),
    source("a/1.log", bins={"mention": 1, "blank": 4}, complete=False, failure="cut"),
    source("a/2.log", bins={"hit": 1, "directive": 5}, sha256="abc"),
]


def test_bins_are_summed_over_all_and_by_gateway() -> None:
    assert count_lines(SOURCES) == {
        "hit": 3,
        "mention": 1,
        "cleared": 0,
        "rejected": 0,
        "repeat": 0,
        "unrelated": 7,
        "blank": 4,
        "directive": 5,
    }
    gateways = count_by_gateway(SOURCES)
    assert list(gateways) == ["a", "b"]
    assert (gateways["a"]["hit"], gateways["b"]["hit"]) == (1, 2)


def test_sources_are_listed_by_name_with_the_columns_of_the_contract() -> None:
    frame = list_sources(SOURCES)
    assert frame.columns == list(SOURCES_CSV)
    assert frame["source"].to_list() == ["a/1.log", "a/2.log", "b/1.log"]
    assert frame["complete"].to_list() == [False, True, True]
    assert frame["lines"].to_list() == [5, 6, 9]
    assert list_sources([]).columns == list(SOURCES_CSV)


def test_a_balance_is_silent() -> None:
    check_balance(SOURCES, hits=3, mentions=1)


def test_lines_that_are_in_no_bin_stop_everything() -> None:
    with pytest.raises(UnbalancedError, match=r"b/1\.log: 10 lines, but its bins hold 9"):
        check_balance([SOURCES[0]._replace(lines=10)])


@pytest.mark.parametrize(("hits", "mentions"), [(2, 1), (4, 1), (3, 0)])
def test_findings_that_differ_from_their_bin_stop_everything(hits: int, mentions: int) -> None:
    with pytest.raises(UnbalancedError, match="lines were counted as"):
        check_balance(SOURCES, hits=hits, mentions=mentions)
