"""How well one format reads the head of a source, as it is or inside an envelope.

Detection and reading use the same checks, so a format that is detected can be read.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from logan.formats.detect.head import SAMPLE_LINES
from logan.formats.engine import dates
from logan.formats.engine.format import Format
from logan.formats.engine.framing import join_head
from logan.formats.engine.layout import Fault, Head, Layout
from logan.formats.engine.table import may_be_local, needs_clock, with_envelope_clock

#: Less than this of a line tells nothing: no gateway writes so short a one.
_LEAST_LINE: Final = 40
#: Fields that prose does not fill by chance.
_MANY_FIELDS: Final = 5


class HeadReading(NamedTuple):
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


def read_inside(form: Format, inner: Head, envelope: str | None, head: Head) -> HeadReading | None:
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


def read_head(form: Format, head: Head) -> HeadReading | None:
    """How well `form` reads the head; None where its layout rules the head out."""
    layout = form.layout(head)
    if layout is None:
        return None
    if form.reader.framing == "csv":
        head = _joined_csv(form, layout, head)
    if _all_fit(form, layout, head.lines[:SAMPLE_LINES]):
        return HeadReading(form, layout, 1.0)
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
    return HeadReading(form, layout, confidence, fault_line, fault, reach)


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


def _reach(fault: Fault, line: str) -> float:
    """How far into a failing line a format came, from 0 to 1.

    A format that reads field by field is close after many fields, however short they are.
    """
    if fault.read:
        return float(fault.read >= _MANY_FIELDS)
    if not fault.found or len(line) < _LEAST_LINE:
        return 0.0
    return max(0.0, 1 - len(fault.found) / len(line))
