"""Lines cut by vector instructions have the cells that a plain loop finds, or are left to the fallback."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.formats.engine import cutting
from logan.formats.engine.cutting import LineCut, cut

WORDS = LineCut(" \t", 3, runs=True, quoted=True, refused="'[")
CELLS = LineCut(",", 3, quoted=True)
PLAIN = LineCut("\t", 3, refused='"')
WAYS = pytest.mark.parametrize("how", [WORDS, CELLS, PLAIN])
texts = st.lists(st.text("ab\"'[ ,\té", max_size=12), max_size=6)


def looped(line: str, how: LineCut) -> list[str] | None:
    """The cells of a line, character by character; None where they are too few, or not plain."""
    cells, cell, within = [], "", False
    for at, character in enumerate(line):
        if how.quoted and character == '"':
            beside = line[at + 1 : at + 2] if within else line[:at][-1:]
            if beside and beside not in how.separators:
                return None
            within = not within
        if character in how.separators and not within:
            cells.append(cell)
            cell = ""
        else:
            cell += character
    cells.append(cell)
    if how.runs:
        if not (cells[0] and cells[-1]):
            return None
        cells = [cell for cell in cells if cell]
    if within or len(cells) != how.cells or any(cell[:1] in tuple(how.refused) for cell in cells):
        return None
    if how.quoted:
        cells = [cell[1:-1] if cell[:1] == '"' else cell for cell in cells]
    return None if any(cell != cell.strip(" ") for cell in cells) else cells


@WAYS
@given(texts)
def test_plain_lines_are_cut_and_others_are_marked(how: LineCut, lines: list[str]) -> None:
    columns, left = cut(pl.Series(lines, dtype=pl.String), how, range(3))
    found = [None if mark else list(row) for mark, *row in zip(left, *columns, strict=True)]
    assert found == [looped(line, how) for line in lines]


@WAYS
def test_a_common_line_is_plain(how: LineCut) -> None:
    lines = [how.separators[0].join(cells) for cells in (["a", "bé", "c"], ["1", "x" * 40, "3"])]
    columns, left = cut(pl.Series(lines), how, [0, 1])
    assert not left.any()
    assert [column.to_list() for column in columns] == [["a", "1"], ["bé", "x" * 40]]


def test_what_stands_in_quotes_is_one_cell_without_them() -> None:
    columns, left = cut(pl.Series(['a "b c" ""', 'a "b""c" d', "a 'b d"]), WORDS, [1, 2])
    assert left.to_list() == [False, True, True]
    assert [column[0] for column in columns] == ["b c", ""]


def test_a_quote_that_is_left_open_is_of_no_concern_to_the_next_line() -> None:
    _, left = cut(pl.Series(['a,"b,c', 'a,"b,c",d', 'a,b,"c', "a,b,c"]), CELLS, [0])
    assert left.to_list() == [True, False, True, False]


@pytest.mark.parametrize(
    "lines", [["a,b,c", "a\nb,c"], ["a,b,c", None], ["a,b,c\nd,e,f", None], []]
)
def test_lines_that_are_none_are_all_left(lines: list[str | None]) -> None:
    _, left = cut(pl.Series(lines, dtype=pl.String), CELLS, [0])
    assert left.to_list() == [True] * len(lines)


def test_few_lines_go_the_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    lines, how = pl.Series(["a b", "c d"]), LineCut(" ", 2)
    assert not cut(lines, how, (0, 1)).left.any()
    monkeypatch.setattr(cutting, "LEAST_LINES", 3)
    assert cut(lines, how, (0, 1)).left.all()
