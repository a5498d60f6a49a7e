"""Whether the stamps of a source name their zone, though other logs of its format do not.

The first lines of a head tell. It takes one call into Polars, of some milliseconds, whatever the
number of lines; so those of many sources are read together, once a few thousand lines wait.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

import polars as pl

from logan.formats.engine.format import Format
from logan.formats.engine.layout import Layout
from logan.formats.engine.table import clock_of, names_zones

#: Lines that are read together.
LINES: Final = 2_000
#: Columns of a format whose stamps may name their zone or not.
_BOTH: Final = frozenset(("time", "local_time"))


class ZoneQuestion(NamedTuple):
    """The first lines of a source of which it is not known whether they name their zone."""

    lines: tuple[str, ...]
    format: Format
    layout: Layout

    def is_dated(self) -> bool:
        """The answer, by itself."""
        return names_zones(self.lines, self.format, self.layout)


@lru_cache(maxsize=256)
def may_name_zones(form: Format, layout: Layout) -> bool:
    """False where no line of a format names its zone, or every one does. Kept: see `table`."""
    return set(form.expressions(layout)) >= _BOTH


class ZoneProbe:
    """Questions that wait for an answer, each with what is to be called where it is yes."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[Format, Layout], list[tuple[ZoneQuestion, Callable[[], None]]]]
        self._waiting = defaultdict(list)
        self._lines = 0

    def ask(self, question: ZoneQuestion, note: Callable[[], None]) -> None:
        """Take a question; it is answered by the next `flush`."""
        self._waiting[question.format, question.layout].append((question, note))
        self._lines += len(question.lines)
        if self._lines >= LINES:
            self.flush()

    def flush(self) -> None:
        """Answer every question that waits."""
        for (form, layout), asked in self._waiting.items():
            answers = _are_dated([question.lines for question, _ in asked], form, layout)
            for (_, note), dated in zip(asked, answers, strict=True):
                if dated:
                    note()
        self._waiting.clear()
        self._lines = 0


def _are_dated(heads: Sequence[Sequence[str]], form: Format, layout: Layout) -> list[bool]:
    """For each of several sets of lines `names_zones`, in one call."""
    lines = pl.Series([line for head in heads for line in head], dtype=pl.String)
    found = clock_of(lines, form, layout).select(
        local=pl.col("local_time").is_not_null(), timed=pl.col("time").is_not_null()
    )
    local, timed = (column.to_list() for column in found.collect())
    stops = accumulate(map(len, heads))
    places = [slice(stop - len(head), stop) for stop, head in zip(stops, heads, strict=True)]
    return [any(timed[place]) and not any(local[place]) for place in places]
