"""What was counted in a source, or in a part of one: tallies of parts add up to that of the whole.

Whatever the order and the number of parts: sums, unions and extremes, and `SourceTally()` is none.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SourceTally:
    """Lines of a source, or of a part of one, and the hours that have any.

    `bins` counts the lines whose bin no later step changes (`blank`, `directive`, `rejected`, some
    of `repeat` ...); findings are counted where they are settled, and what no bin claims is
    `unrelated`. `hours` are UTC hours counted from 1970-01-01T00Z; `first_time` and `last_time` the
    earliest and latest stamps, UTC, None without any. `ambiguous` are findings whose time stood
    twice in its zone.
    """

    lines: int = 0
    bins: Mapping[str, int] = field(default_factory=dict)
    hours: frozenset[int] = frozenset()
    first_time: datetime | None = None
    last_time: datetime | None = None
    ambiguous: int = 0

    def __add__(self, other: "SourceTally") -> "SourceTally":
        """The tally of both parts."""
        return SourceTally(
            lines=self.lines + other.lines,
            bins=dict(Counter(self.bins) + Counter(other.bins)),
            hours=self.hours | other.hours,
            first_time=_extreme(min, self.first_time, other.first_time),
            last_time=_extreme(max, self.last_time, other.last_time),
            ambiguous=self.ambiguous + other.ambiguous,
        )


def _extreme(
    pick: Callable[[list[datetime]], datetime], one: datetime | None, other: datetime | None
) -> datetime | None:
    """The earlier or later of two times, of which any may be missing."""
    times = [time for time in (one, other) if time is not None]
    return pick(times) if times else None
