"""Which hours of a source have any lines at all, exactly, at a fraction of the price of parsing.

Two lines whose bytes agree where the format keeps its hour are of the same hour; so one line for
each distinct run of those bytes tells all hours of a block (`LineIndex.stamp_rows`). Where a format
has no fixed place for its stamp, every stamp is read.
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
        self.hours.update((micros // _HOUR).unique().to_list())
        low, high = micros.min(), micros.max()
        assert isinstance(low, int) and isinstance(high, int)  # noqa: S101 - narrows the type
        first, last = _EPOCH + timedelta(microseconds=low), _EPOCH + timedelta(microseconds=high)
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)


def stamps(lines: pl.Series, form: Format, layout: Layout, *, zone: str | None) -> pl.Series:
    """The UTC time of each line, null where it has none."""
    return clock_of(lines, form, layout).select(time=instant(zone))["time"]
