"""Why a source is incomplete: joined, its parts say what the whole says.

What comes first counts: what stopped the reading (`end`), what the layout leaves open (`layout`),
a line that is no text (`line`), that the first lines do not say what was asked for (`targets`),
that lines which name a service are in another format (`format`, of `logan.evidence.unread_lines`).
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

#: What showed that a source is incomplete.
FailureCause = Literal["end", "layout", "line", "targets", "format"]

#: What a log is taken for whose first lines tell of no requests, while no line names a service.
WITHOUT_REQUESTS: Final = "a log whose first lines tell of no requests"

_RANKS: Final[dict[FailureCause, int]] = {
    "end": 0,
    "layout": 1,
    "line": 2,
    "targets": 3,
    "format": 4,
}


class SourceFailure(NamedTuple):
    """Why a source, or a part of one, is incomplete, and what to do about it.

    `cause` None: anything else, of what is never read in parts. `line` is the number of the line
    that shows it, as rows count them, where one does.
    """

    reason: str
    advice: str | None = None
    cause: FailureCause | None = None
    line: int = 0

    @property
    def rank(self) -> int:
        """Of two failures of one source that of the lower rank counts."""
        return _RANKS[self.cause or "end"]


def line_without_text(line: int) -> SourceFailure:
    """A line that is no text."""
    return SourceFailure(
        f"line {line:,} is no text: packed data, or damage, between the lines",
        "give each file by itself, or put them on standard input with `zcat -f FILE...`; "
        "if it is damaged, copy it again from where it came from",
        "line",
        line,
    )


def uncompared(reason: str, advice: str | None) -> SourceFailure:
    """That a text begins as another one does, and what kept it from being compared."""
    return SourceFailure(
        f"begins as another source does, and could not be compared with it: {reason}", advice
    )


def line_in_pieces(line: int) -> SourceFailure:
    """A line that a container's runtime split, and whose end is not in the source."""
    return SourceFailure(
        f"line {line:,} is the beginning of a longer one, whose end is not there",
        "put the file that it goes on in behind it: `cat OLDER NEWER | logan scan -`",
        "end",
    )


def is_asked_for_targets(failures: Sequence[SourceFailure | None], *, named: bool) -> bool:
    """Whether the first lines of a source decide about it.

    `failures` are those of its parts. Nothing is asked of a source that cannot be read anyway, nor
    of one that names a watched service in any line (`named`).
    """
    return not named and all(one is None or one.rank >= _RANKS["targets"] for one in failures)


def join_failures(
    failures: Sequence[SourceFailure | None], lines_before: Sequence[int]
) -> SourceFailure | None:
    """That of a source whose parts have these failures; so many lines stand before each part."""
    found = [
        (failure, lines)
        for failure, lines in zip(failures, lines_before, strict=True)
        if failure is not None
    ]
    if not found:
        return None
    first, lines = min(found, key=lambda pair: pair[0].rank)
    return line_without_text(first.line + lines) if first.cause == "line" else first
