"""A format as one source has it: whole lines, with whatever a collector wrote around them.

Who reads a source asks this and need not know that there are envelopes: a line is checked, told for
a directive and followed as it stands in the file.
"""

from typing import NamedTuple

from logan.formats.engine import envelope, journal
from logan.formats.engine.format import Format
from logan.formats.engine.layout import Fault, Framing, Layout


class EnvelopedFormat(NamedTuple):
    """A format and what the head of a source, or its last directive, fixed about its lines."""

    format: Format
    layout: Layout

    @property
    def framing(self) -> Framing:
        """How lines join to records: as the head shows, else as the format has it."""
        found = self.layout.framing
        if found is None:
            return self.format.reader.framing
        return "json" if found == "json" else "csv"

    @property
    def is_journal(self) -> bool:
        """True for an export of systemd's journal, which may write a message as a list of bytes."""
        return self.layout.envelope is not None and journal.LAYER in self.layers

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of what stands around each line, from the outside in."""
        envelope_name = self.layout.envelope
        return tuple(envelope_name.split()) if envelope_name else ()

    @property
    def around(self) -> str:
        """The same in words; empty where there is nothing."""
        return envelope.describe(self.layout.envelope)

    @property
    def directive(self) -> str | None:
        """How directives begin, out of what stands around them; None where there are none."""
        return self.format.reader.directive or self.layout.cells.header

    @property
    def directives_begin_lines(self) -> bool:
        """True where a directive stands at the start of its line."""
        return self.layout.envelope is None

    def is_directive(self, line: str) -> bool:
        """True for a line that belongs to the file and not to the traffic."""
        prefix = self.directive
        return prefix is not None and self._inside(line).startswith(prefix)

    def follow(self, directive: str) -> Layout:
        """The layout below a directive in the midst of a source."""
        layout = self.layout
        found = self.format.reader.follow(layout, self._inside(directive))
        return found._replace(
            envelope=layout.envelope, framing=layout.framing, packing=layout.packing
        )

    def check(self, line: str) -> Fault | None:
        """Why a line is no record; None where it is one."""
        return self.format.reader.check(self._inside(line), self.layout)

    def stamp_span(self, line: str) -> tuple[int, int] | None:
        """The bytes of a line that fix the hour of its time; None where they have no fixed place.

        What stands around a line varies in length, with host names and process ids.
        """
        span = self.format.reader.stamp_span
        return span(line, self.layout) if span is not None and not self.layers else None

    def _inside(self, line: str) -> str:
        return envelope.strip(line, self.layout.envelope)
