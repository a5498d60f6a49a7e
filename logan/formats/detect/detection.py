"""Which format a source is in: every format reads the head, the one that reads it best has it.

The head is tried as it is and inside every envelope it may have. Nothing is guessed from names of
files.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from logan.formats.detect.head import MOST_LINES, head_of
from logan.formats.detect.reading import HeadReading, read_inside, reads_any
from logan.formats.detect.required_literals import formats_possible
from logan.formats.engine.envelope import envelopes, layers, strip
from logan.formats.engine.format import Format
from logan.formats.engine.layout import Fault, Head, Packing, RecordLists
from logan.formats.engine.packing import possible_packings, sure_packing, unpacked_start
from logan.formats.engine.table import names_times

#: Below this share of fitting lines a source is not called by a lax format's name.
LEAST_CONFIDENCE: Final = 0.5
#: An appliance mixes its logs: a fifth of the lines is enough for a format that asks for much.
#: Whatever else names a service is then a reject, never lost.
_LEAST_SPECIFIC: Final = 0.2
_SPECIFIC_RANK: Final = 5
#: A more demanding format wins over a laxer one that fits barely more lines.
_NEARLY: Final = 0.9
#: Lines from the start of a head, and again from all over it, that the quick check takes.
_CHECKED_FIRST: Final = 7
#: A format that stops before this share of a line is not close to it.
_CLOSE: Final = 0.4
#: Characters that text has none of, but for one or two that part the fields of some logs.
_CONTROLS: Final = re.compile(r"[\x00-\x06\x0e-\x1a\x7f]")
_MOST_CONTROLS: Final = 0.02
_PARTING: Final = 2


#: A format, the head inside an envelope, and the envelope.
Entrant = tuple[Format, Head, str | None]


class FormatVerdict(NamedTuple):
    """What a source is in: the winner (None: unknown) and the runner-up, both with their scores.

    `explanation` says in words, where nothing wins, which format came closest and where it failed.
    """

    best: HeadReading | None
    runner_up: HeadReading | None
    explanation: str | None = None


def recognise_text(
    data: bytes, formats: Sequence[Format], *, whole: bool, named: bool = False
) -> tuple[Head, FormatVerdict]:
    """What a source is in by its first bytes, and its head. `named` as for `detect`.

    What is packed beyond doubt is unpacked first; where no format knows all lines as they stand,
    it is tried whether they may be packed.
    """
    packing = sure_packing(data)
    if packing is not None:
        head = head_of(unpacked_start(data, packing), whole=whole)
        verdict = _packed_in(packing, detect(head, formats, named=named))
        if verdict.best is not None:
            return head, verdict
    head = head_of(data, whole=whole)
    verdict = detect(head, formats, named=named)
    known = verdict.best.confidence if verdict.best is not None else 0.0
    if known == 1:
        return head, verdict
    for possible, text in possible_packings(data, whole=whole, known=known >= LEAST_CONFIDENCE):
        inner = head_of(text, whole=whole)
        found = _packed_in(possible, detect(inner, formats, named=named))
        if found.best is not None and found.best.confidence > known:
            return inner, found
    return head, verdict


def _packed_in(packing: Packing, verdict: FormatVerdict) -> FormatVerdict:
    """The verdict on what was unpacked, as one on the text that it was packed in."""
    if verdict.best is None:
        return verdict
    layout = verdict.best.layout._replace(packing=packing)
    if isinstance(packing, RecordLists):
        layout = layout._replace(framing="json")
    return verdict._replace(best=verdict.best._replace(layout=layout))


def _least(form: Format) -> float:
    return _LEAST_SPECIFIC if form.rank >= _SPECIFIC_RANK else LEAST_CONFIDENCE


def detect(head: Head, formats: Sequence[Format], *, named: bool = False) -> FormatVerdict:
    """The format that reads the head best; of equals the one that asks for more of a line.

    Of equal readings inside and outside an envelope the outer one wins. Where a person `named` the
    formats, one line that fits is enough.
    """
    if not head.lines:
        return FormatVerdict(None, None, "it holds no lines but blank ones")
    inside = tuple(envelopes(head))
    # Nearly every format refuses every line: a quick check of a few spares it the rest. Where that
    # finds nothing that reads most of the head, all of it is held against all formats.
    few = [_few(inner) for _, inner in inside]
    likely = [_likely(formats, sample) for sample in few]
    if sum(map(len, likely)) == 1 and (alone := _undisputed(likely, inside, head)) is not None:
        return FormatVerdict(alone, None)
    checked = [
        (form, inner, envelope)
        for (envelope, inner), sample, forms in zip(inside, few, likely, strict=True)
        for form in forms
        if reads_any(form, sample)
    ]
    verdict = contest(checked, head, formats, named=named)
    if verdict.best is not None and verdict.best.confidence >= LEAST_CONFIDENCE:
        return verdict
    entrants = [(form, inner, envelope) for envelope, inner in inside for form in formats]
    return contest(entrants, head, formats, named=named)


def _likely(formats: Sequence[Format], few: Head) -> Sequence[Format]:
    """The formats whose required literals stand in a few lines: no other reads any of these."""
    return formats_possible(formats, "\n".join(few.lines))


def _undisputed(
    likely: Sequence[Sequence[Format]], inside: Sequence[tuple[str | None, Head]], head: Head
) -> HeadReading | None:
    """The reading of the only entrant, where it is whole and nothing else could be found."""
    form, inner, envelope = next(
        (forms[0], inner, envelope)
        for forms, (envelope, inner) in zip(likely, inside, strict=True)
        if forms
    )
    learns = form.learns_from_head or form.reader.directive or form.preamble
    if learns or form.reader.framing != "line" or not inner.lines[0]:
        return None
    reading = read_inside(form, inner, envelope, head)
    return reading if reading is not None and reading.confidence == 1 else None


def _few(head: Head) -> Head:
    """A few lines from all over a head."""
    rows = checked_rows(len(head.lines))
    return Head(
        tuple([head.lines[row] for row in rows]),
        tuple([head.numbers[row] for row in rows]),
        head.framing,
    )


@lru_cache(maxsize=MOST_LINES)
def checked_rows(lines: int) -> tuple[int, ...]:
    """Which of so many lines the quick check takes."""
    step = max(1, lines // _CHECKED_FIRST)
    return tuple(sorted({*range(min(_CHECKED_FIRST, lines)), *range(0, lines, step)}))


def contest(
    entrants: Sequence[Entrant], head: Head, formats: Sequence[Format], *, named: bool
) -> FormatVerdict:
    """The verdict among formats, each with the lines inside an envelope."""
    readings = [
        reading
        for form, inner, envelope in entrants
        if (reading := read_inside(form, inner, envelope, head))
    ]
    readings.sort(key=lambda reading: reading.confidence, reverse=True)
    good = [r for r in readings if r.confidence and (named or r.confidence >= _least(r.format))]
    if not good:
        return FormatVerdict(
            None, readings[0] if readings else None, _explain(head, readings, formats)
        )
    if len(good) == 1:
        return FormatVerdict(good[0], None)
    near = [r for r in good if r.confidence >= good[0].confidence * _NEARLY]
    near.sort(key=lambda reading: (reading.format.rank, reading.confidence), reverse=True)
    best = _best_dated(near, head)
    others = [r for r in [*near[1:], *good] if r.format is not best.format]
    return FormatVerdict(best, others[0] if others else None)


def _best_dated(near: Sequence[HeadReading], head: Head) -> HeadReading:
    """Of the readings that equal the first, in its format, the one whose time is the record's own.

    A format that reads past what stands in front of a record reads it inside fewer layers too, and
    would take the relay's stamp: the innermost that has one is right. Where no record has its own,
    the innermost stamp of the envelope is the origin's.
    """
    first = near[0]
    equals = [
        r
        for r in near
        if r.format is first.format and r.confidence == first.confidence and not r.layout.names
    ]
    if len(equals) < 2:
        return first
    own = [r for r in equals if r.layout.stamps.envelope_clock is None]
    own.sort(key=lambda r: len(strip(head.lines[0], r.layout.envelope)))
    dated = next((r for r in own if _is_dated(r, head)), None)
    return dated or max(equals, key=_stamped_layers)


def _is_dated(reading: HeadReading, head: Head) -> bool:
    return names_times(head.lines[:_CHECKED_FIRST], reading.format, reading.layout)


def _stamped_layers(reading: HeadReading) -> int:
    """How many layers of the envelope have a clock; none where it is not the envelope's."""
    if reading.layout.stamps.envelope_clock is None:
        return 0
    return sum(layer.stamped for layer in layers(reading.layout.envelope))


def _explain(head: Head, readings: Sequence[HeadReading], formats: Sequence[Format]) -> str:
    """Why nothing fits, led by what came closest."""
    if not _is_text(head):
        return "it is no text: its first lines hold bytes that no log has"
    lacking = [
        text
        for _, inner in envelopes(head)
        for form in formats
        if (text := form.reader.refusal(inner))
    ]
    if lacking:
        return lacking[0]
    failed = [r for r in readings if r.fault is not None]
    # Of formats that come equally far, the one that asks least of a line.
    closest = max(failed, key=lambda r: (r.confidence, r.reach, -r.format.rank), default=None)
    if closest is None or (not closest.confidence and closest.reach < _CLOSE):
        return "no format knows its first lines"
    fitting = f"{closest.confidence:.0%}" if closest.confidence else "none"
    share = f"{fitting} of the first lines fit"
    place = f"line {closest.fault_line} fails at {_masked(closest.fault, head)}"
    return f"closest is {closest.format.name} ({share}); {place}"


def _is_text(head: Head) -> bool:
    """False where control characters are more than a slip of a writer would leave, and of more
    kinds than may part fields."""
    text = "".join(head.lines)
    found = _CONTROLS.findall(text)
    return len(found) <= len(text) * _MOST_CONTROLS or len({*found}) <= _PARTING


def _masked(fault: Fault | None, head: Head) -> Fault | None:
    """The fault with what it quotes of a line made unreadable: `name=jd-17` becomes `aaaa=aa-00`.

    It tells how the field is written, and goes where nobody's name may go.
    """
    if fault is None or not any(fault.found in line for line in head.lines):
        return fault
    return fault._replace(found=re.sub("[0-9]", "0", re.sub(r"[^\W0-9_]", "a", fault.found)))
