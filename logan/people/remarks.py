"""What is wrong with a file that people wrote, and what it cannot show: collected, not raised."""

from collections.abc import Iterable
from itertools import islice
from math import inf
from pathlib import Path
from typing import Final

import polars as pl

from logan.errors import Problem

#: So many lines with the same fault are named one by one.
_NAMED: Final = 10


class FileRemarks:
    """The problems of one file, for which it is refused, and its limits, with which it is read.

    `limits` are sentences for the reader of a result; they name the file and nobody in it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.limits: list[str] = []

    def refuse(self, line: int | None, message: str, advice: str | None = None) -> None:
        """Note a problem at a 1-based line, or with the whole file."""
        self.problems.append(Problem(self.path, line, message, advice))

    def refuse_each(self, faults: Iterable[tuple[int, str]], advice: str | None = None) -> None:
        """Note problems of one kind, each a line and what is wrong; many are counted."""
        faults = iter(faults)
        for line, message in islice(faults, _NAMED):
            self.refuse(line, message, advice)
        if more := sum(1 for _ in faults):
            self.refuse(None, f"{more:,} more {'fault' if more == 1 else 'faults'} of this kind")

    def refuse_lines(self, lines: pl.Series, message: str, advice: str | None = None) -> None:
        """Note the same problem at each of some lines."""
        self.refuse_each(((line, message) for line in lines), advice)

    def by_line(self) -> list[Problem]:
        """The problems in order of lines, those with the whole file last."""
        return sorted(self.problems, key=lambda one: one.line or inf)

    def limit(self, sentence: str) -> None:
        """Note what the file cannot show, as the end of a sentence that begins with its name."""
        self.limits.append(f"{self.path.name} {sentence}.")


def count_rows(number: int) -> str:
    """A number of rows in words: `1 row`, `2,337 rows`."""
    return f"{number:,} row" if number == 1 else f"{number:,} rows"


def quote(cell: str) -> str:
    """A cell as a message shows it: not longer than a line."""
    return f"`{cell[:60]}`"
