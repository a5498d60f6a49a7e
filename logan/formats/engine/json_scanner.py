"""Where the braces and brackets of a JSON text stand, outside its strings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from logan.formats.engine.json_objects import escaped_quotes

NEWLINE, QUOTE = b'\n"'
OBJECT, OBJECT_ENDS, LIST, LIST_ENDS = b"{}[]"
Bytes = npt.NDArray[np.uint8]


class MarkEvent(NamedTuple):
    """A bracket, or the end of a line that ends its text, and how many brackets are open then."""

    place: int
    byte: int
    depth: int


@dataclass(slots=True)
class MarkScanner:
    """Finds the brackets outside strings of which at most `deepest` others are open."""

    deepest: int
    line_by_line: bool
    _depth: int = 0
    _inside: bool = False

    def events(self, data: bytes) -> Iterator[MarkEvent]:
        """The brackets of the next bytes, in order; these end behind no backslash."""
        if not data:
            return
        octets = np.frombuffer(data, dtype=np.uint8)
        newlines = np.flatnonzero(octets == NEWLINE)
        inside = self._strings(data, octets, newlines)
        opens = ((octets == OBJECT) | (octets == LIST)) & ~inside
        closes = ((octets == OBJECT_ENDS) | (octets == LIST_ENDS)) & ~inside
        depth = self._depths(opens, closes, newlines)
        shown = (opens & (depth <= self.deepest + 1)) | (closes & (depth <= self.deepest))
        if self.line_by_line:
            shown[newlines] = True
        places = np.flatnonzero(shown)
        rows = zip(places.tolist(), octets[places].tolist(), depth[places].tolist(), strict=True)
        yield from (MarkEvent(*row) for row in rows)

    def _strings(
        self, data: bytes, octets: Bytes, newlines: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        """Which bytes stand in strings. None holds a newline: an odd quote breaks its own line."""
        quotes = octets == QUOTE
        if b'\\"' in data:
            quotes[escaped_quotes(octets, quotes)] = False
        inside = np.bitwise_xor.accumulate(quotes.view(np.uint8)) ^ np.uint8(self._inside)
        carried = np.concatenate((np.zeros(1, np.uint8), inside[newlines]))
        if carried.any():
            bounds = np.concatenate(([0], newlines + 1, [len(octets)]))
            inside = inside ^ np.repeat(carried, np.diff(bounds))
        self._inside = bool(inside[-1])
        return inside.astype(bool)

    def _depths(
        self,
        opens: npt.NDArray[np.bool_],
        closes: npt.NDArray[np.bool_],
        newlines: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.int64]:
        """How many brackets are open behind each byte; one that closes nothing is passed over."""
        steps = opens.view(np.int8) - closes.view(np.int8)
        total = np.cumsum(steps, dtype=np.int64) + self._depth
        if self.line_by_line:
            before = np.concatenate((np.zeros(1, np.int64), total[newlines]))
            bounds = np.concatenate(([0], newlines + 1, [len(total)]))
            total = np.maximum(total - np.repeat(before, np.diff(bounds)), 0)
            total[newlines] = 0
        else:
            total = total - np.minimum(np.minimum.accumulate(total), 0)
        self._depth = int(total[-1])
        return total
