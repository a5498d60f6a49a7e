"""Which format a source is in: every format reads the head, the one that reads it best has it.

The head is tried as it is and inside every envelope it may have. Detection and reading use the same
checks, so a format that is detected can be read. Nothing is guessed from file names.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from logan.config.shape import suggest
from logan.errors import UsageError
from logan.formats.detect.required_literals import formats_possible
from logan.formats.engine import dates
from logan.formats.engine.delimited import split
from logan.formats.engine.envelope import envelopes, layers, strip
from logan.formats.engine.envelope_layers import raw_column
from logan.formats.engine.format import Format
from logan.formats.engine.framing import MAX_RECORD_LINES, join_head
from logan.formats.engine.json_lines import parsed
from logan.formats.engine.layout import Fault, Head, Layout, Packing, RecordLists
from logan.formats.engine.packing import possible_packings, sure_packing, unpacked_start
from logan.formats.engine.table import (
    may_be_local,
    names_times,
    needs_clock,
    with_envelope_clock,
)
from logan.intake.line_index import decoded

#: Lines of the head that are tried. More than a few dozen change no verdict, only its price.
SAMPLE_LINES: Final = 60
#: Below this share of fitting lines a source is not called by a lax format's name.
LEAST_CONFIDENCE: Final = 0.5
#: An appliance mixes its logs: a fifth of the lines is enough for a format that asks for much.
#: Whatever else names a service is then a reject, never lost.
_LEAST_SPECIFIC: Final = 0.2
_SPECIFIC_RANK: Final = 5
#: A more demanding format wins over a laxer one that fits barely more lines.
_NEARLY: Final = 0.9
#: Lines from the start of a head, and again from all over it, that a glance takes in.
_GLANCED: Final = 7
#: A format that stops before this share of a line is not close to it.
_CLOSE: Final = 0.4
#: Less than this of a line tells nothing: no gateway writes so short a one.
_TELLING: Final = 40
#: Fields that prose does not fill by chance.
_MANY_FIELDS: Final = 5
_HEAD_LINE_BYTES: Final = 64 * 1024
#: As much of a head as its first lines usually take.
_BEGINNING: Final = 32 * 1024
#: A brace of a printed object has a line to itself, with no more around it than this.
_ALONE: Final = 64
#: What `bytes.strip` takes off.
_SPACES: Final = " \t\n\r\v\f"
#: The least of the characters that show; no blank line begins with one.
_INKED: Final = "!"
#: What JSON begins with: an object, or a list of them. Other lines begin with a bracket too.
_LIST_OPENS: Final = re.compile(rb"\s*(?:\{|\[[\s\[]*(?:\{|$))")


#: A format, the head inside an envelope, and the envelope.
Entrant = tuple[Format, Head, str | None]


class Reading(NamedTuple):
    """How well one format reads a head.

    `confidence` is the share of record lines that fit, from 0 to 1. `fault_line` is the physical
    number of the first line that does not, `fault` the field at which it stops, `reach` how far
    into the line that is, from 0 to 1.
    """

    format: Format
    layout: Layout
    confidence: float
    fault_line: int | None = None
    fault: Fault | None = None
    reach: float = 0.0


class FormatVerdict(NamedTuple):
    """What a source is in: the winner (None: unknown) and the runner-up, both with their scores.

    `explanation` says in words, where nothing wins, which format came closest and where it failed.
    """

    best: Reading | None
    runner_up: Reading | None
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


def head_of(data: bytes, *, whole: bool) -> Head:
    """The first lines of a source; a last line without its end counts only if the data is whole.

    JSON that was printed for people comes as one line for each object.
    """
    if not whole and b"\n" in data:
        data = data[: data.rindex(b"\n")]
    most = SAMPLE_LINES * 2
    lines, more = _cut(data, most)
    if not _LIST_OPENS.match(data) and not _opens_alone(lines):
        return _joined_export(_first_filled(data, lines, more=more, most=most))
    lines, more = _cut(data, MAX_RECORD_LINES)
    head = _first_filled(data, lines, more=more, most=MAX_RECORD_LINES)
    joined = join_head(head, "json", lambda line: parsed(line) is not None)
    if joined.lines == head.lines:
        joined = head
    return Head(joined.lines[:most], joined.numbers[:most], joined.framing)


def _joined_export(head: Head) -> Head:
    """A CSV export of lines with each record on one line: its cells may hold newlines."""
    column = raw_column(head.lines[0]) if head.lines else None
    if column is None:
        return head
    return join_head(head, "csv", lambda line: len(split(line) or ()) == column.count)


def _cut(data: bytes, most: int) -> tuple[list[str], bool]:
    """The first lines as text, so many at most, and whether anything is behind them.

    They are looked for in the beginning first: to cut all of a head costs as much as its copy.
    """
    lines = decoded(data[:_BEGINNING]).split("\n", most)
    more = len(lines) > most
    if more or len(data) <= _BEGINNING:
        return lines[:most], more
    pieces = data.split(b"\n", most)
    return _texts(pieces[:most]), len(pieces) > most


def _texts(pieces: Sequence[bytes]) -> list[str]:
    """Lines as text, cut where they are too long."""
    return [decoded(piece[:_HEAD_LINE_BYTES]) for piece in pieces]


def _opens_alone(lines: Sequence[str]) -> bool:
    """True where an object or a list opens on a line of its own."""
    if min(map(len, lines)) > _ALONE:
        return False
    alone = (line.strip(_SPACES) for line in lines if len(line) <= _ALONE)
    return any(line in ("{", "[") for line in alone)


def _first_filled(data: bytes, lines: Sequence[str], *, more: bool, most: int) -> Head:
    """The first lines that are not blank, `most` of them; `lines` and `more` as `_cut` has them."""
    head = _filled(lines)
    if more and len(head.lines) < most:
        head = _filled(_texts(data.split(b"\n")))
    return Head(head.lines[:most], head.numbers[:most])


def _filled(lines: Sequence[str]) -> Head:
    """The lines that are not blank, with their numbers."""
    if "\r" in "".join(lines):
        lines = [line.rstrip("\r") for line in lines]
    if min(lines) >= _INKED:  # a blank line would sort before
        return Head(tuple(lines), tuple(range(1, len(lines) + 1)))
    numbers = [number for number, line in enumerate(lines, start=1) if line.strip(" \t\0")]
    return Head(tuple(lines[number - 1] for number in numbers), tuple(numbers))


def read_head(form: Format, head: Head) -> Reading | None:
    """How well `form` reads the head; None where its layout rules the head out."""
    layout = form.layout(head)
    if layout is None:
        return None
    if form.reader.framing == "csv":
        head = _joined_csv(form, layout, head)
    if _all_fit(form, layout, head.lines[:SAMPLE_LINES]):
        return Reading(form, layout, 1.0)
    current, tried, fitting = layout, 0, 0
    prefix, preamble = _directive(form, layout), form.preamble
    fault_line: int | None = None
    fault: Fault | None = None
    reach = 0.0
    for number, line in zip(head.numbers, head.lines, strict=True):
        if prefix and line.startswith(prefix):
            current = form.reader.follow(current, line)
            continue
        if preamble and re.match(preamble, line):
            continue
        if tried >= SAMPLE_LINES:
            break
        if not line:  # the header of an export around the lines
            continue
        tried += 1
        found = form.reader.check(line, current)
        if found is None:
            fitting += 1
        elif fault is None:
            fault_line, fault, reach = number, found, _reach(found, line)
    confidence = fitting / tried if tried else 0.0
    if not tried and layout.names:
        confidence = 1.0  # a header that fits and no record below it: a quiet day, not another log
    return Reading(form, layout, confidence, fault_line, fault, reach)


def _joined_csv(form: Format, layout: Layout, head: Head) -> Head:
    """The head with every record of a CSV log on one line."""
    if _come_out_even(head.lines):
        return head._replace(framing="csv")
    return join_head(head, "csv", lambda line: form.reader.check(line, layout) is None)


@lru_cache(maxsize=4)
def _come_out_even(lines: tuple[str, ...]) -> bool:
    """True where no line can be part of a longer record, nor is to be left out: `join_head` then
    changes nothing. Kept: a dozen formats that share their way of writing ask it of one head.
    """
    text = "".join(lines)
    return (
        text.isascii()
        and "\n" not in text
        and not any(line.count('"') % 2 for line in lines)
        and all(line.strip(" \t\r[],") for line in lines)
    )


def _all_fit(form: Format, layout: Layout, lines: Sequence[str]) -> bool:
    """True where a pattern shows at once that every line is a record."""
    if not lines or not all(lines) or form.preamble or _directive(form, layout):
        return False
    return form.reader.fits(lines) is True


def _directive(form: Format, layout: Layout) -> str:
    """How directives begin; empty where there are none."""
    return form.reader.directive or layout.cells.header or ""


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
    # Nearly every format refuses every line: a glance at a few spares it the rest. Where that finds
    # nothing that reads most of the head, all of it is held against all formats.
    few = [_few(inner) for _, inner in inside]
    likely = [_likely(formats, glance) for glance in few]
    if sum(map(len, likely)) == 1 and (alone := _undisputed(likely, inside, head)) is not None:
        return FormatVerdict(alone, None)
    glanced = [
        (form, inner, envelope)
        for (envelope, inner), glance, forms in zip(inside, few, likely, strict=True)
        for form in forms
        if reads_any(form, glance)
    ]
    verdict = _contest(glanced, head, formats, named=named)
    if verdict.best is not None and verdict.best.confidence >= LEAST_CONFIDENCE:
        return verdict
    entrants = [(form, inner, envelope) for envelope, inner in inside for form in formats]
    return _contest(entrants, head, formats, named=named)


def _likely(formats: Sequence[Format], few: Head) -> Sequence[Format]:
    """The formats whose required literals stand in a few lines: no other reads any of these."""
    return formats_possible(formats, "\n".join(few.lines))


def _undisputed(
    likely: Sequence[Sequence[Format]], inside: Sequence[tuple[str | None, Head]], head: Head
) -> Reading | None:
    """The reading of the only entrant where it is whole, and a glance could find nothing else."""
    form, inner, envelope = next(
        (forms[0], inner, envelope)
        for forms, (envelope, inner) in zip(likely, inside, strict=True)
        if forms
    )
    learns = form.learns_from_head or form.reader.directive or form.preamble
    if learns or form.reader.framing != "line" or not inner.lines[0]:
        return None
    reading = _read_inside(form, inner, envelope, head)
    return reading if reading is not None and reading.confidence == 1 else None


def reads_any(form: Format, head: Head) -> bool:
    """True where `read_head` has any confidence, of a head of at most `SAMPLE_LINES`.

    It stops at the first line that fits, and asks nobody why the others do not: finding out where
    a line fails costs ten times as much as that it does.
    """
    lines_alone = not form.preamble and not form.reader.directive
    if lines_alone and form.reader.fits_any(filter(None, head.lines)) is False and any(head.lines):
        return False
    layout = form.layout(head)
    if layout is None:
        return False
    if form.reader.framing == "csv":
        head = _joined_csv(form, layout, head)
    current, tried = layout, False
    prefix, preamble = _directive(form, layout), form.preamble
    for line in head.lines:
        if prefix and line.startswith(prefix):
            current = form.reader.follow(current, line)
        elif line and not (preamble and re.match(preamble, line)):
            tried = True
            if form.reader.check(line, current) is None:
                return True
    return not tried and bool(layout.names)


def _few(head: Head) -> Head:
    """A few lines from all over a head."""
    rows = _rows(len(head.lines))
    return Head(
        tuple([head.lines[row] for row in rows]),
        tuple([head.numbers[row] for row in rows]),
        head.framing,
    )


@lru_cache(maxsize=SAMPLE_LINES * 2)
def _rows(lines: int) -> tuple[int, ...]:
    """Which of so many lines a glance takes in."""
    step = max(1, lines // _GLANCED)
    return tuple(sorted({*range(min(_GLANCED, lines)), *range(0, lines, step)}))


def _contest(
    entrants: Sequence[Entrant], head: Head, formats: Sequence[Format], *, named: bool
) -> FormatVerdict:
    """The verdict among formats, each with the lines inside an envelope."""
    readings = [
        reading
        for form, inner, envelope in entrants
        if (reading := _read_inside(form, inner, envelope, head))
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


def _best_dated(near: Sequence[Reading], head: Head) -> Reading:
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


def _is_dated(reading: Reading, head: Head) -> bool:
    return names_times(head.lines[:_GLANCED], reading.format, reading.layout)


def _stamped_layers(reading: Reading) -> int:
    """How many layers of the envelope have a clock; none where it is not the envelope's."""
    if reading.layout.stamps.envelope_clock is None:
        return 0
    return sum(layer.stamped for layer in layers(reading.layout.envelope))


def _read_inside(form: Format, inner: Head, envelope: str | None, head: Head) -> Reading | None:
    """How well `form` reads what an envelope holds, with its clock where the log has none."""
    reading = read_head(form, inner)
    if reading is None:
        return None
    layout = reading.layout
    if head.framing != "line":
        layout = layout._replace(framing=head.framing)
    if envelope is not None:
        layout = layout._replace(envelope=envelope)
    if reading.confidence and needs_clock(form, layout):
        timed = _timed_by_envelope(form, layout, inner, head)
        if timed is None and layout.stamps.own != "some":
            fault = Fault("time", "neither in the line nor in front of it", _MANY_FIELDS)
            number = head.numbers[0]
            return reading._replace(confidence=0.0, fault_line=number, fault=fault, reach=1.0)
        layout = timed or layout
    if reading.confidence and may_be_local(form, layout):
        layout = dates.with_zone(layout, head.lines)
    return reading._replace(layout=layout)


def _timed_by_envelope(form: Format, layout: Layout, inner: Head, head: Head) -> Layout | None:
    """The layout with the clock of the envelope around the first line that fits."""
    if layout.envelope is None:
        return None
    for line, whole in zip(inner.lines, head.lines, strict=True):
        if form.reader.check(line, layout) is None:
            return with_envelope_clock(layout, whole)
    return None


def _explain(head: Head, readings: Sequence[Reading], formats: Sequence[Format]) -> str:
    """Why nothing fits, led by what came closest."""
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
    share = f"{closest.confidence:.0%} of the first lines fit"
    place = f"line {closest.fault_line} fails at {_masked(closest.fault, head)}"
    return f"closest is {closest.format.name} ({share}); {place}"


def _masked(fault: Fault | None, head: Head) -> Fault | None:
    """The fault with what it quotes of a line made unreadable: `name=jd-17` becomes `aaaa=aa-00`.

    It tells how the field is written, and goes where nobody's name may go.
    """
    if fault is None or not any(fault.found in line for line in head.lines):
        return fault
    return fault._replace(found=re.sub("[0-9]", "0", re.sub(r"[^\W0-9_]", "a", fault.found)))


def _reach(fault: Fault, line: str) -> float:
    """How far into a failing line a format came, from 0 to 1.

    A format that reads field by field is close after many fields, however short they are.
    """
    if fault.read:
        return float(fault.read >= _MANY_FIELDS)
    if not fault.found or len(line) < _TELLING:
        return 0.0
    return max(0.0, 1 - len(fault.found) / len(line))


def choose(name: str, formats: Sequence[Format]) -> tuple[Format, ...]:
    """The formats that `--format NAME` allows: that one, or all of the family of that name.

    Raises UsageError with the likeliest name, or all names, where there is none.
    """
    exact = tuple(form for form in formats if form.name == name)
    family = tuple(form for form in formats if form.name.startswith(f"{name}-"))
    if not exact and not family:
        known = tuple(form.name for form in formats)
        raise UsageError(f"--format {name}: no such format. {suggest(name, known)}")
    return exact + family
