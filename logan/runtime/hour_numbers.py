"""Hours counted from 1970-01-01T00Z, as accounts and ledgers keep them, and the gaps between them.

Plain Python: what only asks how an audit stands loads nothing for it.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)


class HourGap(NamedTuple):
    """A run of whole hours without a line: `start` inclusive, `end` exclusive, UTC."""

    start: datetime
    end: datetime

    @property
    def hours(self) -> int:
        """The length of the run."""
        return (self.end - self.start) // HOUR


def number_hour(moment: datetime) -> int:
    """The number of the hour that an instant lies in."""
    return (moment - EPOCH) // HOUR


def begin_hour(number: int) -> datetime:
    """The instant at which a numbered hour begins, within what the calendar can say."""
    try:
        return EPOCH + HOUR * number
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def find_gaps(hours: Iterable[int]) -> tuple[HourGap, ...]:
    """The gaps between numbered hours, which rise; none before the first and behind the last."""
    return tuple(
        HourGap(begin_hour(before + 1), begin_hour(after))
        for before, after in pairwise(hours)
        if after > before + 1
    )
