"""Lines that say of the line before them that it came so many times more, as syslogd writes them.

Such a line stands for requests that have no line of their own: where it speaks of a candidate it is
handed on with that one behind it, as other daemons write it, and becomes a reject. What it speaks
of may stand in the block before, in the part of the source before, or in another file.
"""

from collections.abc import Sequence
from typing import Final

from logan.evidence.failures import SourceFailure
from logan.formats.engine.joined_records import tells_of_repetition
from logan.intake.line_index import LineIndex, decoded
from logan.intake.opening import open_source
from logan.intake.sources import ByteRange, Source
from logan.pipeline.source import SourceReading

#: What syslogd writes for what it leaves out.
_REPEATED: Final = b"last message repeated "
#: Of more lines than this not each is looked behind where no line of the batch says so.
_FEW_LINES: Final = 64
#: As far as the line is looked for that the first one of a part speaks of.
_BEFORE: Final = 64 << 10
_WITHOUT_ITS_LINE: Final = SourceFailure(
    "its first line says how often the line before it came, which is not in it",
    "put the file that it continues in front of it: `cat OLDER NEWER | logan scan -`",
    "end",
)

Lines = Sequence[tuple[int, str]]


def has_repetitions(index: LineIndex) -> bool:
    """True where a line may be one, whichever line it speaks of."""
    return _REPEATED in index.whole


def with_repetitions(
    reading: SourceReading, index: LineIndex, named: Lines, first: int, stop: int
) -> Lines:
    """Candidates among rows [first, stop), by row and text, and the lines that repeat one of them.

    Takes up the last line before these, and leaves theirs to those that follow.
    """
    before = reading.last_named
    if before is None and not named:  # nearly always
        return named
    reading.last_named = None
    last = named[-1][1] if named and named[-1][0] == stop - 1 else None
    some = len(named) <= _FEW_LINES or has_repetitions(index)
    if not some and before is None:
        reading.last_named = last
        return named
    found = dict(named)
    pairs = [pair for pair in named if not tells_of_repetition(pair[1])] if some else []
    for row, text in [(first - 1, before), *pairs] if before is not None else pairs:
        at = row + 1
        while at < stop and repeats(index.line(at)):
            found[at] = f"{decoded(index.line(at)).rstrip()}: [ {text}]"
            at += 1
        if at == stop:
            reading.last_named = text
    if not some:
        reading.last_named = last
    return sorted(found.items())


def repeats(line: bytes) -> bool:
    """True for a line that speaks of the one before it."""
    return _REPEATED in line and tells_of_repetition(decoded(line))


def look_before(reading: SourceReading) -> None:
    """Find what the first line of a source, or of a part of one, speaks of: it repeats a line."""
    source = reading.recognised.requested.source
    reading.last_named = _line_before(source)
    if reading.last_named is None:
        reading.fail(_WITHOUT_ITS_LINE)


def _line_before(source: Source) -> str | None:
    """The line before a part that is no repetition; None for a whole source, or one far before."""
    part = source.part
    if part is None or not part.first:
        return None
    first = max(part.first - _BEFORE, 0)
    with open_source(source._replace(part=ByteRange(first, part.first, part.end))) as reader:
        lines = b"".join(reader.chunks()).split(b"\n")
    whole = lines[1:] if first else lines
    return next((decoded(line) for line in reversed(whole) if line and not repeats(line)), None)
