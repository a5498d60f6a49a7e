"""Cells of delimited lines: both engines agree, whatever the quotes; headers name the columns."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.formats.engine.delimited import ANYTHING, Delimited, positions
from logan.formats.engine.delimited_cells import _any_cells, split
from logan.formats.engine.delimited_cells import cells_of as _cells_of
from logan.formats.engine.layout import Head
from tests.formats.engine.reading import read

ABC = ("a", "b", "c")
ROWS = Delimited(needs={"a": ANYTHING}, missing=())


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("1,2,3", ["1", "2", "3"]),
        ("1,,", ["1", "", ""]),
        ('"1", "2, and ""two""", "3"', ["1", '2, and "two"', "3"]),
        ('"1" and more,2,3', None),
        ('"say "two" now",2,3', ['say "two" now', "2", "3"]),
        ('1,two "2",3', ["1", 'two "2"', "3"]),
        ('"","""",", "', ["", '"', ", "]),
        ('"C:\\",2,"3"', ["C:\\", "2", "3"]),
        ('1,"two" three,4,"5"', None),
        ('"1', None),
        ('"1""', None),
    ],
)
def test_quotes_as_they_are_met(line: str, values: list[str] | None) -> None:
    assert split(line) == values


@given(st.text(alphabet='",ab \t\\', max_size=30))
@pytest.mark.parametrize("separator", [",", "\t", " "])
@pytest.mark.parametrize("open_end", [False, True])
@pytest.mark.parametrize("most", [None, 3, 5])
def test_both_engines_cut_alike(
    separator: str, open_end: bool, most: int | None, line: str
) -> None:
    layout = positions(ABC, least=2, separator=separator, open_end=open_end).with_cells(most=most)
    (row,) = read(ROWS, layout, [line], *ABC)
    assert (row["reason"] is None) == (ROWS.check(line, layout) is None)
    values = split(line, separator)
    if values is not None and row["reason"] is None:
        assert [row["a"], row["b"], row["c"] or ""] == [*values, ""][:3]


@given(lines=st.lists(st.text(alphabet='",ab \t', max_size=12), max_size=6))
@pytest.mark.parametrize("separator", [",", "\t", " "])
@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize(("least", "open_end"), [(1, False), (2, True), (None, False)])
def test_fast_path_and_fallback_agree_on_lines(
    separator: str, *, quoted: bool, least: int | None, open_end: bool, lines: list[str]
) -> None:
    layout = positions(ABC, least=least, separator=separator, quoted=quoted, open_end=open_end)
    texts = pl.Series(lines, dtype=pl.String)
    for names in (ABC, ("c",)):
        short, long = (of(layout, names, texts) for of in (_cells_of, _any_cells))
        assert short.to_list() == long.to_list()


@given(st.lists(st.text(alphabet='",ab ', max_size=8), min_size=3, max_size=3))
def test_what_was_written_by_the_book_is_read_back(values: list[str]) -> None:
    line = ",".join('"' + value.replace('"', '""') + '"' for value in values)
    assert split(line) == values


def test_a_line_that_does_not_come_out_even_is_refused_and_never_shifted() -> None:
    layout = positions(ABC)
    for line in ("1,2", "1,2,3,4", '1,2,"3', '"1, 2,3'):
        assert ROWS.check(line, layout) is not None
        (row,) = read(ROWS, layout, [line], *ABC)
        assert row["reason"] == "cells: not the 3 columns of this log"
        assert row["a"] is row["b"] is row["c"] is None
    assert ROWS.check("1,2,3,, ", layout) is None, "empty cells at the end say nothing"


def test_old_and_new_column_counts_in_one_file() -> None:
    layout = positions(ABC, least=1, open_end=True)
    found = read(ROWS, layout, ["1", "1,2", "1,2,3", "1,2,3,4"], *ABC)
    assert [(row["a"], row["b"], row["c"]) for row in found] == [
        ("1", None, None),
        ("1", "2", None),
        ("1", "2", "3"),
        ("1", "2", "3"),
    ]
    assert all(row["reason"] is None for row in found)


def test_a_need_must_hold_for_the_whole_value() -> None:
    rows = Delimited(needs={"b": "[0-9]+"})
    layout = positions(ABC)
    assert [row["reason"] for row in read(rows, layout, ["x,12,", "x,12y,", "x,,"])] == [
        None,
        "b: not as this format writes it",
        "b: not as this format writes it",
    ]
    assert rows.check("x,12,", layout) is None
    assert str(rows.check("x,12y,", layout)) == "b: found '12y'"


HEADED = Delimited(
    needs={"time": ANYTHING, "client": ANYTHING},
    aliases={"time": ("Event Time",), "client": ("Source IP", "src_ip")},
)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_header_names_the_columns(separator: str) -> None:
    header = separator.join(('"event_time"', "Zip", "SourceIP", "Zip"))
    layout = HEADED.header(Head((f"sep={separator}", header), (1, 2)))
    assert layout is not None
    assert layout.names == ("time", "Zip", "client", "Zip.3")
    directive = layout.cells.header
    assert directive is not None
    assert header.startswith(directive)
    record = separator.join(('"noon"', "0", "10.1.2.3", "0"))
    assert not record.startswith(directive)
    (row,) = read(HEADED, layout, [record], "time", "client")
    assert row == {"reason": None, "time": "noon", "client": "10.1.2.3"}


def test_a_header_that_lacks_a_need_is_none() -> None:
    assert HEADED.header(Head(("Event Time,Zip",), (1,))) is None


def test_a_further_header_moves_the_columns() -> None:
    layout = HEADED.header(Head(("Event Time,Source IP",), (1,)))
    assert layout is not None
    layout = layout._replace(envelope="syslog")
    moved = HEADED.follow(layout, "Event Time,Zip,Source IP")
    assert moved.names == ("time", "Zip", "client")
    assert moved.envelope == "syslog"
    assert HEADED.follow(layout, "Event Time,Sourc") == layout


def test_columns_that_a_log_lacks_are_null() -> None:
    rows = Delimited(needs={"a": ANYTHING}, missing=("-",))
    assert read(rows, positions(ABC), ["1,2,3", "-,2,3"], "a", "z") == [
        {"reason": None, "a": "1", "z": None},
        {"reason": None, "a": None, "z": None},
    ]


def test_without_quoting_a_quote_is_a_character() -> None:
    layout = positions(ABC, separator="\t", quoted=False)
    (row,) = read(ROWS, layout, ['"1\t2"\t3'], *ABC)
    assert (row["a"], row["b"], row["c"]) == ('"1', '2"', "3")
