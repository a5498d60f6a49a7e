"""How many cells the lines of a log have: as many as most of its head, where no header says it."""

import pytest

from logan.formats.engine.cell_count import counted
from logan.formats.engine.delimited import Delimited, positions
from logan.formats.engine.layout import Head, Layout
from tests.formats.engine.reading import read

#: Columns a to e, of which older lines lack the last two and newer ones have more.
OPEN = positions(tuple("abcde"), least=3, open_end=True)
ROWS = Delimited(needs={"a": ".+"}, headed=False, order=OPEN.names, least=3, open_end=True)


@pytest.mark.parametrize(
    ("head", "names", "most"),
    [
        (["1,2,3,4", "1,2,3,4", "1,2,3,4,x"], "abcd", 4),
        (["1,2,3,4,5,6,7", "1,2,3"] * 2 + ["1,2,3,4,5,6,"], "abcde", 7),
        (["1,2,3,4", "1,2,3"], "abcde", None),
        (["1", "1,2", 'x,"y', "1,2,3"], "abc", 3),
        (["1"], "abcde", None),
        ([], "abcde", None),
    ],
)
def test_most_lines_say_how_many(head: list[str], names: str, most: int | None) -> None:
    found = counted(OPEN, head)
    assert found.names == tuple(names)
    assert found.cells.most == most


@pytest.mark.parametrize("line", ["1,2,3,4,x", "1,2,3,4,", '1,2,3,4,""'])
def test_a_cell_more_is_a_reject(line: str) -> None:
    layout = counted(OPEN, ["1,2,3,4"] * 3)
    (found,) = read(ROWS, layout, [line], "d")
    assert found["reason"] == "cells: not the 4 columns of this log"
    assert ROWS.check(line, layout) is not None


def test_a_cell_less_is_an_older_line() -> None:
    (found,) = read(ROWS, counted(OPEN, ["1,2,3,4"] * 3), ["1,2,3"], "c", "d")
    assert (found["reason"], found["c"], found["d"]) == (None, "3", None)


def headed(*rows: str) -> Layout:
    layout = Delimited(needs=("a", "b")).layout(Head(("a,b,c", *rows), tuple(range(len(rows) + 1))))
    assert layout is not None
    return layout


def test_an_empty_cell_behind_the_columns_of_a_header_is_as_most_lines_have_it() -> None:
    rows = Delimited(needs=("a", "b"))
    assert rows.check("1,2,3,", headed("1,2,3,", "1,2,4,")) is None
    assert rows.check("1,2,3,x", headed("1,2,3,", "1,2,4,")) is not None
    assert rows.check("1,x,2,", headed("1,2,", "1,2,")) is not None
