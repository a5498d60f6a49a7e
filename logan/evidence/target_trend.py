"""Whether a source goes on to name the hosts that were asked for, by lines from all over it.

A gateway that is set up anew in the midst of a log may name none from there on: what was asked for
then nobody can know. Which lines are looked at depends on their place in the text alone, so that
what parts of a source show adds up to what the whole shows.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Final, NamedTuple

from logan.evidence.failures import SourceFailure

#: Of fewer requests without a host among others nothing is said.
_LEAST_NAMELESS: Final = 3
#: With fewer at the end, or with less than this share of all, a quiet night explains them.
_LEAST_AT_END: Final = 12
_LEAST_SHARE: Final = 0.1
#: Below this chance of so many in a row, by the share of those before, the set-up has changed.
_CHANCE: Final = 1e-9


class TargetTrend(NamedTuple):
    """Requests among the lines that were looked at, in their order.

    Up to the last one that names a host, `named` do and `nameless` do not; `at_end` stand behind it
    and name none, the first of them in row `end_begins`. Of the `first_requests` of the head, all
    of which were looked at where some name none, `first_nameless` do not.
    """

    named: int = 0
    nameless: int = 0
    at_end: int = 0
    end_begins: int = 0
    first_requests: int = 0
    first_nameless: int = 0

    @classmethod
    def of(cls, requests: Sequence[tuple[int, bool]]) -> "TargetTrend":
        """Of requests by their row, with whether they name a host."""
        named = last = 0
        for at, (_, names) in enumerate(requests, 1):
            if names:
                named, last = named + 1, at
        begins = requests[last][0] if last < len(requests) else 0
        return cls(named, last - named, len(requests) - last, begins)

    def behind(self, lines: int) -> "TargetTrend":
        """The same, with so many lines in front of all."""
        return self._replace(end_begins=self.end_begins and self.end_begins + lines)

    def failure(self) -> SourceFailure | None:
        """Why the end of the source shows no absence; None: it names hosts to its end."""
        before = self.named + self.nameless
        if self.at_end < max(_LEAST_AT_END, _LEAST_SHARE * (before + self.at_end)):
            return None
        if ((self.nameless + 1) / (before + 2)) ** self.at_end >= _CHANCE:
            return None
        return SourceFailure(
            f"from line {self.end_begins:,} on, or somewhat before, its requests name no host: "
            f"none of {self.at_end:,} that were looked at, where {self.named:,} of {before:,} did",
            "have the gateway log the requested host again: what was asked for cannot be known",
            "format",
            self.end_begins,
        )

    def note(self) -> str | None:
        """How many requests name no host, where that is more than a broken one."""
        nameless = self.nameless + self.at_end
        requests = nameless + self.named
        which = f"{requests:,} requests from all over it"
        if requests < self.first_requests:
            nameless, requests = self.first_nameless, self.first_requests
            which = f"its first {requests:,} requests"
        if nameless < _LEAST_NAMELESS or nameless == requests:
            return None
        return f"{nameless:,} of {which} name no host: what these asked for cannot be known"


#: Nothing was looked at.
NO_TREND: Final = TargetTrend()


def join_trends(parts: Sequence[TargetTrend]) -> TargetTrend:
    """That of a source with these parts, in their order; rows already count from its start."""
    return reduce(_join, parts, TargetTrend())


def _join(before: TargetTrend, after: TargetTrend) -> TargetTrend:
    first = before if before.first_requests else after
    if after.named:
        nameless = before.nameless + before.at_end + after.nameless
        joined = after._replace(named=before.named + after.named, nameless=nameless)
    else:
        begins = before.end_begins or after.end_begins
        joined = before._replace(at_end=before.at_end + after.at_end, end_begins=begins)
    return joined._replace(first_requests=first.first_requests, first_nameless=first.first_nameless)
