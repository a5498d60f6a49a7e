"""Which hours of a source have any lines at all, exactly, at a fraction of the price of parsing.

Lines whose bytes agree where the format keeps its hour are a run (`LineIndex.runs`). No stamp of a
run lies outside those of its earliest and its latest line, and these are within an hour of each
other; so the two tell every hour the run touches, also where a zone is half an hour off. Where one
of the two cannot be read, every line of the run is; where a format has no fixed place for its
stamp, every line of the source.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl

from logan.canonical import instant
from logan.formats.base import Format, Layout
from logan.formats.table import clock_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR: Final = 3_600_000_000
#: Up to so many stamps, a loop is done before a call into Polars has begun.
_FEW: Final = 100


@dataclass(slots=True)
class Coverage:
    """The hours seen so far (UTC, counted from 1970), with the earliest and the latest stamp."""

    hours: set[int] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None

    def add(self, times: pl.Series) -> None:
        """Take in stamps (UTC, null where a line has none that can be read)."""
        micros = times.drop_nulls().to_physical()
        if micros.is_empty():
            return
        if len(micros) > _FEW:
            self.hours.update((micros // _HOUR).unique().to_list())
            micros = pl.Series([micros.min(), micros.max()])
        few: list[int] = micros.to_list()
        self.hours.update(micro // _HOUR for micro in few)
        first = _EPOCH + timedelta(microseconds=min(few))
        last = _EPOCH + timedelta(microseconds=max(few))
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)


def stamps(lines: pl.Series, form: Format, layout: Layout, *, zone: str | None) -> pl.Series:
    """The UTC time of each line, null where it has none."""
    return clock_of(lines, form, layout).select(time=instant(zone))["time"]
