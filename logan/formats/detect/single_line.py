"""Which format a single line is in, of a log that is in another one."""

from collections.abc import Sequence

from logan.formats.detect.detection import contest
from logan.formats.detect.reading import HeadReading, reads_any
from logan.formats.detect.required_literals import formats_possible
from logan.formats.engine.envelope import envelopes
from logan.formats.engine.format import Format
from logan.formats.engine.layout import Head


def format_of_line(line: str, formats: Sequence[Format]) -> Format | None:
    """The format that reads a line as it stands, in any envelope; None where none does.

    A line that needs a header to be read is read by none.
    """
    text = line.rstrip("\r")
    head = Head((text,), (1,))
    entrants = [
        (form, inner, envelope)
        for envelope, inner in envelopes(head)
        for form in formats_possible(formats, inner.lines[0])
        if reads_any(form, inner)
    ]
    best = contest(entrants, head, formats, named=False).best if entrants else None
    return best.format if best is not None and _is_record(best, text) else None


def _is_record(reading: HeadReading, line: str) -> bool:
    """False for the header of a log, and for what can show no visit."""
    layout = reading.layout
    return not (
        layout.names_no_host or (layout.cells.header and line.startswith(layout.cells.header))
    )
