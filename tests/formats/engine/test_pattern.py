import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.formats.engine.layout import Fault, Layout, integer, missing_to_null
from logan.formats.engine.pattern import Pattern, Piece, separated
from tests.formats.proof import assert_same_split

PATTERN = Pattern(
    (
        Piece("stamp", "[0-9]+"),
        Piece(None, " +"),
        Piece("word", "[a-z]+(?: [a-z]+)*?"),
        Piece(None, " "),
        Piece("code", "[A-Z]{2}|-"),
        Piece("tail", "(?: .*)?"),
    )
)


def frame(*lines: str) -> pl.DataFrame:
    return pl.DataFrame({"text": lines}, schema={"text": pl.String})


def prepared(*lines: str) -> pl.DataFrame:
    (step,) = PATTERN.prepare(Layout())
    return frame(*lines).with_columns(**step)


def test_cells_are_what_the_pieces_name() -> None:
    cells = prepared("12  ab cd EF gh", "12 ab -", "12 ab").select(**PATTERN.cells())
    assert cells.rows(named=True) == [
        {"stamp": "12", "word": "ab cd", "code": "EF", "tail": " gh"},
        {"stamp": "12", "word": "ab", "code": "-", "tail": ""},
        {"stamp": None, "word": None, "code": None, "tail": None},
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("12 ab EF", None),
        ("x", Fault("stamp", "x")),
        ("", Fault("stamp", "")),
        ("12 9", Fault("word", "9")),
        ("12", Fault("word", "")),
        ("12 ab ef", Fault("code", "ef")),
        ("12 ab EFG", Fault("end of line", "G")),
    ],
)
def test_a_fault_points_at_the_field_where_reading_stops(line: str, fault: Fault | None) -> None:
    found = PATTERN.fault(line)
    assert (found is None) == (fault is None)
    if found is not None and fault is not None:
        assert found.field == fault.field
        assert found.found.endswith(fault.found)


def test_a_line_that_begins_otherwise_needs_few_expressions() -> None:
    pattern = Pattern(separated([Piece(f"cell{at}", "[0-9]+") for at in range(50)], ","))
    assert pattern.fault("1,a,2,3") == Fault("cell1", "a,2,3", 1)
    assert not pattern.is_of("1,a,2,3")
    assert len(pattern._prefixes) == 4
    assert "_compiled" not in pattern.__dict__


def test_a_fault_says_what_stands_there() -> None:
    assert str(Fault("status", "20O")) == "status: found '20O'"
    assert str(Fault("status", "9" * 50)) == f"status: found '{'9' * 40}…'"
    assert str(Fault("status")) == "status: the line ends before it"


@given(st.lists(st.text(alphabet="19 abEFG-\x85é", max_size=16), max_size=30))
def test_reason_cells_and_fault_agree(lines: list[str]) -> None:
    read = prepared(*lines).select(reason=PATTERN.reason(), **PATTERN.cells())
    for line, row in zip(lines, read.rows(named=True), strict=True):
        fault, unused = PATTERN.fault(line), Pattern(PATTERN.pieces)
        assert unused.is_of(line) == PATTERN.is_of(line) == (fault is None)
        assert unused.fault(line) == Pattern(PATTERN.pieces).fault(line) == fault
        assert (row["reason"] is None) == (fault is None)
        assert (row["stamp"] is None) == (fault is not None)
        if fault is not None:
            assert row["reason"].partition(":")[0] == fault.field


@given(st.text(alphabet="19 abEFG-\n", max_size=16))
def test_both_engines_read_one_regular_expression_alike(line: str) -> None:
    rust = frame(line).select(pl.col("text").str.contains(PATTERN.regex)).item()
    assert rust == bool(re.compile(PATTERN.regex).match(line) and not line.endswith("\n"))


def test_separated_puts_a_gap_between_each_two() -> None:
    pieces = (Piece("a", "1"), Piece("b", "2"))
    gap = Piece(None, ";")
    assert separated(pieces, ";") == (pieces[0], gap, pieces[1])
    assert separated((), ";") == ()


def test_layouts_are_equal_however_they_came_about() -> None:
    one = Layout().with_fact("b").with_fact("a").with_cells(separator=";").with_stamps(year="2024")
    other = (
        Layout().with_stamps(year="2024").with_fact("a").with_fact("b").with_cells(separator=";")
    )
    assert one == other
    assert hash(one) == hash(other)
    assert ("a" in one.facts, "c" in one.facts) == (True, False)


def test_cells_turned_into_values() -> None:
    cells = pl.DataFrame({"cell": ["-", "", " 7 ", "x", None, "-3", "1.5"]})
    assert cells.select(missing_to_null(pl.col("cell"))).to_series().to_list() == [
        *(None, None, " 7 ", "x", None, "-3", "1.5")
    ]
    assert cells.select(integer(pl.col("cell"))).to_series().to_list() == [
        *(None, None, 7, None, None, -3, None)
    ]


def test_what_is_not_read_is_named_for_faults_only() -> None:
    pattern = Pattern(
        separated((Piece("a", "[0-9]+"), Piece("b", "x|yy", read=False), Piece("c", ".")), " ")
    )
    assert pattern.names == ("a", "c")
    assert pattern.match("1 yy z") == {"a": "1", "c": "z"}
    fault = pattern.fault("1 q z")
    assert fault is not None
    assert fault.field == "b"


@given(st.lists(st.text("1 ab-", max_size=8), max_size=8))
def test_fast_path_and_fallback_agree_on_lines(lines: list[str]) -> None:
    pieces = (Piece("a", "[0-9]+|-"), Piece("b", "[ab]+|[ab]+ [ab]+", fast="[ab]+"))
    assert_same_split(Pattern((*separated(pieces, " +"), Piece("tail", "(?: .*)?"))), lines)
