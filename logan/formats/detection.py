"""Which format a source is in: every format reads the head, the one that reads it best has it.

Detection and reading use the same checks, so a format that is detected can be read. Nothing is
guessed from file names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from logan.errors import UsageError
from logan.formats.base import Fault, Format, Head, Layout

#: Lines of the head that are tried. More than a few dozen change no verdict, only its price.
SAMPLE_LINES: Final = 60
#: Below this share of fitting lines a source is not called anything.
LEAST_CONFIDENCE: Final = 0.5
#: A more demanding format wins over a laxer one that fits barely more lines.
_NEARLY: Final = 0.9
_HEAD_LINE_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reading:
    """How well one format reads a head.

    `confidence` is the share of record lines that fit, from 0 to 1. `fault_line` is the physical
    number of the first line that does not, `fault` the field at which it stops.
    """

    format: Format
    layout: Layout
    confidence: float
    fault_line: int | None = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a source is in: the winner (None: unknown) and the runner-up, both with their scores.

    `explanation` says in words, where nothing wins, which format came closest and where it failed.
    """

    best: Reading | None
    runner_up: Reading | None
    explanation: str | None = None


def head_of(data: bytes, *, whole: bool) -> Head:
    """The first lines of a source; a last line without its end counts only if the data is whole."""
    lines: list[str] = []
    numbers: list[int] = []
    pieces = data.split(b"\n")
    if not whole and len(pieces) > 1:
        pieces.pop()
    for number, piece in enumerate(pieces, start=1):
        text = piece[:_HEAD_LINE_BYTES].decode("utf-8", "backslashreplace").rstrip("\r")
        if text.strip(" \t\0"):
            lines.append(text)
            numbers.append(number)
        if len(lines) >= SAMPLE_LINES * 2:
            break
    return Head(tuple(lines), tuple(numbers))


def read_head(form: Format, head: Head) -> Reading | None:
    """How well `form` reads the head; None where its layout rules the head out."""
    layout = form.layout(head)
    if layout is None:
        return None
    current, tried, fitting = layout, 0, 0
    fault_line: int | None = None
    fault: Fault | None = None
    for number, line in zip(head.numbers, head.lines, strict=True):
        if form.directive and line.startswith(form.directive):
            current = form.follow(current, line) if form.follow else current
            continue
        if tried >= SAMPLE_LINES:
            break
        tried += 1
        found = form.check(line, current)
        if found is None:
            fitting += 1
        elif fault is None:
            fault_line, fault = number, found
    confidence = fitting / tried if tried else 0.0
    if not tried and layout.names:
        confidence = 1.0  # a header that fits and no record below it: a quiet day, not another log
    return Reading(form, layout, confidence, fault_line, fault)


def detect(head: Head, formats: Sequence[Format]) -> Verdict:
    """The format that reads the head best; of equals the one that asks for more."""
    if not head.lines:
        return Verdict(None, None, "it holds no lines but blank ones")
    readings = [reading for form in formats if (reading := read_head(form, head))]
    readings.sort(key=lambda reading: reading.confidence, reverse=True)
    good = [r for r in readings if r.confidence >= LEAST_CONFIDENCE]
    if not good:
        return Verdict(None, readings[0] if readings else None, _explain(head, readings, formats))
    near = [r for r in good if r.confidence >= good[0].confidence * _NEARLY]
    near.sort(key=lambda reading: (reading.format.rank, reading.confidence), reverse=True)
    best = near[0]
    others = [r for r in [*near[1:], *good] if r is not best]
    return Verdict(best, others[0] if others else None)


def _explain(head: Head, readings: Sequence[Reading], formats: Sequence[Format]) -> str:
    """Why nothing fits, led by what came closest."""
    lacking = [text for form in formats if (text := form.missing(head))]
    if lacking:
        return lacking[0]
    failed = [r for r in readings if r.fault is not None]
    if not failed:
        return "no format knows its first line"
    closest = max(failed, key=lambda r: (r.confidence, _reach(r)))
    share = f"{closest.confidence:.0%} of the first lines fit"
    return f"closest is {closest.format.name} ({share}); line {closest.fault_line} fails at {closest.fault}"


def _reach(reading: Reading) -> int:
    """How far into the failing line a format came: the less is left, the closer it was."""
    return -len(reading.fault.found) if reading.fault else 0


def choose(name: str, formats: Sequence[Format]) -> tuple[Format, ...]:
    """The formats that `--format NAME` allows: that one, or all of the family of that name.

    Raises UsageError with the known names where there is none.
    """
    exact = tuple(form for form in formats if form.name == name)
    family = tuple(form for form in formats if form.name.startswith(f"{name}-"))
    if not exact and not family:
        known = ", ".join(form.name for form in formats)
        raise UsageError(f"--format {name}: no such format. Known are: {known}")
    return exact + family
