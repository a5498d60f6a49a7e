"""What those who search the blocks of a source are told: how directives start, where stamps lie."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from logan.formats.engine.enveloped import EnvelopedFormat
from logan.formats.engine.layout import Layout
from logan.intake.line_index import LineIndex, decoded


class SearchTask(NamedTuple):
    """What those who search blocks are told: how directives start, where stamps lie.

    Both are None where the format has none, or is not known. Where a directive does not stand at
    the start of its line, `enveloped` tells it. Stamps lie there as long as `layout` is in force.
    """

    directive: bytes | None = None
    stamp_span: tuple[int, int] | None = None
    enveloped: EnvelopedFormat | None = None
    layout: Layout = Layout()

    def directives(self, index: LineIndex) -> npt.NDArray[np.int64]:
        """The rows of the block's directives, in order."""
        if self.directive is None:
            return np.empty(0, dtype=np.int64)
        if self.enveloped is None:
            return index.starting_with(self.directive)
        return _wrapped(index, self.directive, self.enveloped)


def _wrapped(
    index: LineIndex, directive: bytes, enveloped: EnvelopedFormat
) -> npt.NDArray[np.int64]:
    """The rows whose line is a directive, behind something else.

    The bytes before a directive end what is around it: a space, or a quote or escape in JSON.
    """
    data = index.whole
    starts: list[int] = []
    for before in (b" ", b'"', b":", b"]", b">", b"\xbf"):
        at = data.find(before + directive)
        while at >= 0:
            starts.append(at)
            at = data.find(before + directive, at + 1)
    rows = np.unique(index.rows_of(np.asarray(starts, dtype=np.int64)))
    are_directives = [enveloped.is_directive(decoded(index.line(int(row)))) for row in rows]
    return rows[are_directives] if len(rows) else rows


def search_task(enveloped: EnvelopedFormat, first_record: str | None) -> SearchTask:
    """What those who search blocks of a source need to know."""
    directive = enveloped.directive
    prefix = directive.encode() if directive else None
    span = enveloped.stamp_span(first_record) if first_record is not None else None
    within = None if enveloped.directives_begin_lines else enveloped
    return SearchTask(prefix, span, within, enveloped.layout)
