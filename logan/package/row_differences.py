"""Where two files of a table differ first."""

import csv
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Final, NamedTuple

from logan.outputs.text import printable
from logan.package.reading import is_plain
from logan.schema import PEOPLE_COLUMNS, PEOPLE_TABLES

#: As much of a cell as is shown.
_SHOWN: Final = 60


class RowDifference(NamedTuple):
    """Where a data file made again is another: the first row (`line` of the file), and how.

    `column` is the first that differs; null where a row is missing, or the file is no table. `how`
    quotes no cell that may name a person of a list.
    """

    file: str
    line: int | None
    how: str
    column: str | None = None


def compare_tables(name: str, old: Path, new: Path) -> Iterator[RowDifference]:
    """The first row in which two tables differ, in the columns that the old one has."""
    if not is_plain(old):
        yield RowDifference(name, None, "is missing in the package")
        return
    with (
        old.open(encoding="utf-8", newline="") as theirs,
        new.open(encoding="utf-8", newline="") as ours,
    ):
        rows, made = csv.reader(theirs), csv.reader(ours)
        columns, now = next(rows, []), next(made, [])
        kept = [now.index(column) for column in columns if column in now]
        if len(kept) < len(columns):
            gone = next(column for column in columns if column not in now)
            yield RowDifference(name, 1, f"the column {gone} is not made any more")
            return
        cut = ([row[place] for place in kept] for row in made)
        for number, (row, again) in enumerate(zip_longest(rows, cut), 2):
            if row != again:
                column = _find_column(columns, row or (), again or ())
                how = _tell_apart(name, columns, row, again)
                yield RowDifference(name, number, how, column)
                return


def _find_column(columns: Sequence[str], row: Sequence[str], again: Sequence[str]) -> str | None:
    """The first column in which two rows differ; None where one of them is not there."""
    if len(row) != len(again):
        return None
    return next(name for name, *cells in zip(columns, row, again, strict=True) if len({*cells}) > 1)


def _tell_apart(
    name: str,
    columns: Sequence[str],
    row: Sequence[str] | None,
    again: Sequence[str] | None,
) -> str:
    if row is None or again is None:
        where = "the package has no such row" if row is None else "the package has a row too many"
        shown = f": {_show(','.join(row or again or ()))}" if name not in PEOPLE_TABLES else ""
        return f"{where}{shown}"
    column = _find_column(columns, row, again)
    if column is None:
        return "the rows are not equally long"
    if name in PEOPLE_TABLES or column in PEOPLE_COLUMNS:
        return f"{column}: another one made again"
    place = columns.index(column)
    return f"{column}: {_show(row[place])} in the package, {_show(again[place])} made again"


def _show(text: str) -> str:
    shown = printable(text)
    return repr(shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}...")
