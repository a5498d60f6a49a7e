"""Lines that name a watched service and that the format of their source does not read.

A few of them are damage, and stand among the limits of a result. Where they show that the log is in
another format from some line on, hits are missing whose number nobody can know: that makes a source
incomplete. Whatever is said here depends on the lines of a source alone, not on how it was cut.
"""

from bisect import bisect_left
from collections.abc import Sequence
from functools import reduce
from typing import Final, NamedTuple

from logan.evidence.failures import SourceFailure

#: So many lines, with none behind them that could be read, are no damage: a line that is cut where
#: the file ends is one, and power that fails leaves few more. Where the log is read behind them,
#: whatever it names there, they are somebody else's lines in it: a stack trace, another program's.
LEAST_AT_END: Final = 3
#: With so many of them nothing that is counted means much, whatever they are.
MOST_UNREAD: Final = 1_000
#: Of so many it is asked whether another format reads them: for each that takes as long as to match
#: several.
MOST_ASKED: Final = 200


class UnreadLines(NamedTuple):
    """What is known of such lines of a source, or of a part of one. Numbers are those of rows.

    `lines` are all of them. `foreign` is the first that another format reads, `foreign_format` its
    name, `foreign_after` how many of all stand before it (0 and None: none of the first
    `MOST_ASKED` is). `last_read` is the last line naming a service that was read (0: none is).
    `at_end` lines stand behind that, the first of them at `end_begins`. Of all `lines`, those that
    are `untimed` are records but for their time. Of the lines that were looked at all over it,
    whatever they name, the last is `looked_at` (0: none is, or nobody asked), and `reads_on` tells
    whether it is a record.
    """

    lines: int = 0
    foreign: int = 0
    foreign_format: str | None = None
    foreign_after: int = 0
    last_read: int = 0
    at_end: int = 0
    end_begins: int = 0
    untimed: int = 0
    looked_at: int = 0
    reads_on: bool = False

    @classmethod
    def of(
        cls, unread: Sequence[int], last_read: int, foreign: int, foreign_format: str | None
    ) -> "UnreadLines":
        """Of the numbers of unread lines, in order, and the first that another format reads."""
        end = bisect_left(unread, last_read)
        begins = unread[end] if end < len(unread) else 0
        after = bisect_left(unread, foreign) if foreign else 0
        found = cls(len(unread), foreign, foreign_format, after, last_read, len(unread) - end)
        return found._replace(end_begins=begins).as_asked()

    def as_asked(self) -> "UnreadLines":
        """Without a foreign line that stands behind more than would be asked of the whole."""
        if self.foreign_after < MOST_ASKED:
            return self
        return self._replace(foreign=0, foreign_format=None, foreign_after=0)

    def behind(self, lines: int) -> "UnreadLines":
        """The same, with so many lines in front of all."""
        return self._replace(
            foreign=self.foreign and self.foreign + lines,
            last_read=self.last_read and self.last_read + lines,
            end_begins=self.end_begins and self.end_begins + lines,
            looked_at=self.looked_at and self.looked_at + lines,
        )

    def failure(self, format_name: str | None, *, timed: bool) -> SourceFailure | None:
        """Why they make their source, read by the format of this name, incomplete; None: damage.

        `timed`: any line of it has a time that can be read.
        """
        if self.untimed and not timed:
            return SourceFailure(_WITHOUT_TIME, _AS_WRITTEN, "format")
        if self.foreign:
            written = (
                "is written otherwise than the log began"
                if self.foreign_format == format_name
                else f"is in another format (looks like {self.foreign_format})"
            )
            return _failure(self.foreign, f"{written}, and names a watched service")
        if self.at_end >= LEAST_AT_END and not self._is_read_behind:
            many = f"none of the {self.at_end:,} lines that name a watched service from there on"
            return _failure(self.end_begins, f"may begin another format: {many} could be read")
        if self.lines >= MOST_UNREAD:
            many = f"{self.lines:,} lines that name a watched service"
            return SourceFailure(f"{many} could not be read as {format_name}", _DESCRIBE, "format")
        return None

    @property
    def _is_read_behind(self) -> bool:
        return self.reads_on and self.looked_at > self.end_begins


#: All was read, or nothing was asked.
NONE_UNREAD: Final = UnreadLines()
_WITHOUT_TIME: Final = (
    "the time of none of its lines can be read, and some name a watched service: hits are missing"
)
_AS_WRITTEN: Final = (
    "give the log as the gateway wrote it (a spreadsheet writes dates its own way), or describe "
    "it: `logan formats draft` proposes how"
)
_DESCRIBE: Final = (
    "--export lists them in rejects.csv; describe their format: `logan formats draft` proposes how"
)


def _failure(line: int, words: str) -> SourceFailure:
    return SourceFailure(
        f"line {line:,} {words}: hits may be missing",
        "give what is written otherwise a file of its own and scan both, for example "
        f"`head -n {line - 1} FILE` and `tail -n +{line} FILE`; what no format reads can be "
        "described: `logan formats draft` proposes how",
        "format",
        line,
    )


def join_unread(parts: Sequence[UnreadLines]) -> UnreadLines:
    """That of a source with these parts, in their order; numbers already count from its start."""
    return reduce(_join, parts, UnreadLines())


def _join(before: UnreadLines, after: UnreadLines) -> UnreadLines:
    later = (
        after._replace(foreign_after=after.foreign_after + before.lines) if after.foreign else after
    )
    first = before if before.foreign else later.as_asked()
    goes_on = not after.last_read
    return UnreadLines(
        lines=before.lines + after.lines,
        foreign=first.foreign,
        foreign_format=first.foreign_format,
        foreign_after=first.foreign_after,
        last_read=after.last_read or before.last_read,
        at_end=after.at_end + (before.at_end if goes_on else 0),
        end_begins=(goes_on and before.end_begins) or after.end_begins,
        untimed=before.untimed + after.untimed,
        looked_at=after.looked_at or before.looked_at,
        reads_on=after.reads_on if after.looked_at else before.reads_on,
    )
