"""The time a result speaks about, and where its local days begin."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from logan.result import ScanResult
from logan.runtime.zones import zone_info

_TICK = timedelta(microseconds=1)


class Period(NamedTuple):
    """A span of time, `start` inclusive and `end` exclusive, both UTC; days are days of `zone`."""

    start: datetime
    end: datetime
    zone: str

    @property
    def first_day(self) -> date:
        """The local day of the first instant."""
        return localise(self.start, self.zone).date()

    @property
    def last_day(self) -> date:
        """The local day of the last instant."""
        return localise(self.end - _TICK, self.zone).date()

    @property
    def days(self) -> int:
        """How many local calendar days the period touches, whole or in part."""
        return (self.last_day - self.first_day).days + 1


def find_period(result: ScanResult, seen: Iterable[datetime | None] = ()) -> Period | None:
    """Take the period that was asked for, or else the one from the first line to the last.

    `seen` are further stamps known to occur, of hits: first and last stamps of a source may come
    from samples. None if neither the logs nor the selection name any time.
    """
    stamps = [stamp for stamp in seen if stamp is not None]
    for source in result.sources:
        stamps += [stamp for stamp in (source.first_time, source.last_time) if stamp is not None]
    start = result.selection.since or min(stamps, default=None)
    end = result.selection.until or (_follow(max(stamps)) if stamps else None)
    if start is None or end is None:
        return None
    if end <= start:  # what was asked for lies beside the logs: the logs do not move it
        start = min(start, end - _TICK) if result.selection.until else start
        end = max(end, _follow(start))
    return Period(start, end, result.zone)


def _follow(instant: datetime) -> datetime:
    return instant + _TICK if instant < datetime.max.replace(tzinfo=UTC) else instant


def localise(instant: datetime, zone: str) -> datetime:
    """Give the local time of an instant, or UTC at the ends of the calendar where there is none."""
    try:
        return instant.astimezone(zone_info(zone))
    except OverflowError:
        return instant.astimezone(UTC)


def begin_day(day: date, zone: str) -> datetime:
    """Find the first instant of a local day, in UTC, also where a clock change takes midnight away.

    Where midnight comes twice, the first counts.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone_info(zone))
    try:
        high = midnight.astimezone(UTC)
        low = midnight.replace(fold=1).astimezone(UTC)
    except OverflowError:
        return midnight.replace(tzinfo=UTC)
    while high - low > timedelta(seconds=1):  # midnight is skipped: the day begins at the change
        middle = low + (high - low) // 2
        if localise(middle, zone).date() < day:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
