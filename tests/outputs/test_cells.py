"""Cells of a CSV file that nobody's program obeys."""

import csv
import io
import sys
import unicodedata
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.outputs.cells import write_cells, write_lines
from logan.runtime.cell_text import unsafe_characters, write_text
from logan.schema import ACTION
from tests.builders import at


def write(*values: str | None) -> list[str | None]:
    return write_cells(pl.DataFrame({"text": values}, schema={"text": pl.String}))["text"].to_list()


def test_every_character_that_moves_hides_or_breaks_is_escaped() -> None:
    """In all planes of Unicode, though they are looked for in three."""
    characters = map(chr, range(sys.maxunicode + 1))
    categories = ("Cc", "Cf", "Zl", "Zp")
    found = {one for one in characters if unicodedata.category(one) in categories}
    assert unsafe_characters().keys() == found
    assert len(found) > 200
    assert write("a\u202eb\x1bc\U000e0041") == [r"a\u202eb\x1bc\U000e0041"]


@pytest.mark.parametrize("first", list("=+-@＝＋－＠"))
def test_what_a_spreadsheet_would_run_gets_a_mark(first: str) -> None:
    assert write(f'{first}HYPERLINK("x")', f" {first}1", first) == [
        f'\'{first}HYPERLINK("x")',
        f"' {first}1",
        f"'{first}",
    ]


@pytest.mark.parametrize("first", ["\t", "\r", "\n", "\0"])
def test_a_control_in_front_is_harmless_by_being_shown(first: str) -> None:
    assert write(f"{first}=1") == [f"\\x{ord(first):02x}=1"]


def test_everything_else_stays_as_it_is() -> None:
    values = ["FORCE\\jsmith", "a=b", "/en?x=-1", "ann@example.org", "", "'quoted'", "名字", None]
    assert write(*values) == values


def test_controls_and_line_separators_are_shown() -> None:
    assert write("a\x1b[2J", "b\x9b", "c\u202ed", "e\u2028f\x85", "\ufeffg", "h\u200bi") == [
        "a\\x1b[2J",
        "b\\x9b",
        "c\\u202ed",
        "e\\u2028f\\x85",
        "\\ufeffg",
        "h\\u200bi",
    ]


def test_times_have_a_z_and_only_the_digits_they_need() -> None:
    start = at("2024-01-01 09:30")
    steps = [timedelta(0), timedelta(milliseconds=586), timedelta(microseconds=1)]
    frame = pl.DataFrame({"time": [*(start + step for step in steps), None]})
    assert write_cells(frame)["time"].to_list() == [
        "2024-01-01T09:30:00Z",
        "2024-01-01T09:30:00.586Z",
        "2024-01-01T09:30:00.000001Z",
        None,
    ]


def test_numbers_booleans_and_our_own_words_are_not_touched() -> None:
    frame = pl.DataFrame(
        {"number": [-5], "yes": [True], "action": ["blocked"]}, schema_overrides={"action": ACTION}
    )
    assert write_cells(frame).row(0) == (-5, True, "blocked")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_a_csv_reader_gets_back_each_cell_on_one_line(values: list[str]) -> None:
    frame = write_cells(pl.DataFrame({"a": values, "b": values}))
    text = frame.write_csv(include_header=False, line_terminator="\r\n")
    assert len(text.splitlines()) == len(values)
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert rows == [list(row) for row in frame.rows()]
    assert not any(cell.startswith(tuple("=+-@＝＋－＠\t\r\n")) for row in rows for cell in row)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_leaving_columns_without_doubt_alone_changes_nothing(values: list[str]) -> None:
    frame = pl.DataFrame({"a": values})
    assert write_cells(frame).equals(frame.select(a=write_text(pl.col("a"))))


@given(
    st.sampled_from("=+-@＝＋－＠ \t\r\n\x0b\x0c\x00\x85\u2003ab"), st.text("= -@a\t", max_size=3)
)
def test_so_does_what_looks_much_like_a_formula(first: str, rest: str) -> None:
    frame = pl.DataFrame({"a": ["plain", first + rest]})
    assert write_cells(frame).equals(frame.select(a=write_text(pl.col("a"))))


ANY_CELL = st.none() | st.text(max_size=3) | st.sampled_from(["", "a,b", 'say "x"', "-", "plain"])


@given(st.lists(st.tuples(ANY_CELL, ANY_CELL), min_size=1, max_size=4))
def test_lines_are_those_that_a_look_for_quotes_gives(
    rows: list[tuple[str | None, str | None]],
) -> None:
    frame = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.String}, orient="row")
    cells, lines = write_lines(frame)
    assert cells.equals(write_cells(frame))
    quoted = cells.write_csv(include_header=False, line_terminator="\r\n")
    assert lines.getvalue().decode() == quoted


@pytest.mark.parametrize("kind", [pl.Categorical(), pl.Enum(["a", "a,b", 'a"'])])
def test_words_of_a_given_kind_have_quotes_too(kind: pl.DataType) -> None:
    frame = pl.DataFrame({"a": ["a", "a,b", 'a"'], "n": [1, 2, 3]}, schema_overrides={"a": kind})
    _, lines = write_lines(frame)
    assert lines.getvalue() == b'a,1\r\n"a,b",2\r\n"a""",3\r\n'
