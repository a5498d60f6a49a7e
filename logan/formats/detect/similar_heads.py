"""Many texts that one gateway wrote: most files of a folder begin as the one before them does.

To recognise a head by itself takes Python's engine a tenth of a millisecond: 60 lines held against
a format, as many searched for an envelope. Where an expression tells the lines of a format that
learns nothing of a head, the same questions are asked of the lines of many heads in one call. A
head of which all answers are yes has the verdict of the first one; nothing is said of any other.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from logan.formats.detect.detection import FormatVerdict, checked_rows
from logan.formats.detect.head import MOST_LINES, SAMPLE_LINES
from logan.formats.detect.required_literals import formats_possible
from logan.formats.engine.envelope import may_begin_with_prefix
from logan.formats.engine.envelope_layers import raw_column
from logan.formats.engine.format import Format
from logan.formats.engine.layout import Layout
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.packing import sure_packing
from logan.formats.engine.table import may_be_local, needs_clock
from logan.intake.line_index import LineIndex

#: In texts with one of these, objects may stand, or lines that end otherwise.
_ODD: Final = (b"{", b"[", b"\r")
#: The least of the characters that show; no blank line begins with one.
_INKED: Final = ord("!")

#: Which rows of a head of so many lines are wanted.
WantedRows = Callable[[int], Sequence[int]]


def lines_of_similar_heads(
    texts: Sequence[bytes],
    verdict: FormatVerdict,
    formats: Sequence[Format],
    wanted: WantedRows,
) -> list[tuple[str, ...] | None]:
    """Some lines of the head of each whole text on which `recognise_text` has this verdict, too;
    None where that is not certain."""
    found: list[tuple[str, ...] | None] = [None] * len(texts)
    regex = _deciding_expression(verdict)
    if regex is None or verdict.best is None:
        return found
    places = [at for at, text in enumerate(texts) if _is_plain(text)]
    if not places:
        return found
    heads = _Heads.of([texts[at] for at in places])
    alike = [
        at
        for at, fits in enumerate(heads.all_fit(regex).tolist())
        if fits and raw_column(*heads.lines(at, [0])) is None
    ]
    for at in _undisputed(heads, alike, verdict.best.format, formats):
        found[places[at]] = tuple(heads.lines(at, wanted(heads.counts[at])))
    return found


def _deciding_expression(verdict: FormatVerdict) -> str | None:
    """The expression of a format's lines where these alone decide whether a head is in it."""
    best = verdict.best
    if best is None or best.confidence < 1 or verdict.runner_up or best.layout != Layout():
        return None
    form, layout = best.format, best.layout
    learns = form.learns_from_head or form.preamble is not None
    dated = not needs_clock(form, layout) and not may_be_local(form, layout)
    reader = form.reader
    if learns or not dated or not isinstance(reader, LinePattern) or reader.doubtful is not None:
        return None
    return reader.pattern.regex


def _is_plain(text: bytes) -> bool:
    """True for lines that stand as they are, none of them an object."""
    odd = not text.isascii() or any(map(text.__contains__, _ODD))
    return not odd and sure_packing(text) is None


class _Heads(NamedTuple):
    """The heads of some texts in ASCII: the one at `at` has `counts[at]` lines, and begins with
    line `firsts[at]` of `data`."""

    data: bytes
    starts: list[int]
    ends: list[int]
    firsts: list[int]
    counts: list[int]
    inked: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, texts: Sequence[bytes]) -> "_Heads":
        """The heads of texts that hold something."""
        ended = [text if text.endswith(b"\n") else text + b"\n" for text in texts]
        data = b"".join(ended)
        index = LineIndex(data)
        firsts = np.searchsorted(index.starts, np.cumsum([0, *map(len, ended)]))
        counts = np.minimum(np.diff(firsts), MOST_LINES)
        inked = np.frombuffer(data, dtype=np.uint8)[index.starts] >= _INKED
        places = firsts[:-1].tolist(), counts.tolist()
        return cls(data, index.starts.tolist(), index.ends.tolist(), *places, inked)

    def lines(self, at: int, rows: Sequence[int]) -> list[str]:
        """Some lines of a head."""
        first, data, starts, ends = self.firsts[at], self.data, self.starts, self.ends
        some = [data[starts[first + row] : ends[first + row]] for row in rows]
        return b"\n".join(some).decode().split("\n")

    def all_fit(self, regex: str) -> npt.NDArray[np.bool_]:
        """In which heads no line is blank, the first ones are of a format, and most have no prefix:
        as many lines as `recognise_text` looks at."""
        firsts, counts = np.array(self.firsts), np.array(self.counts)
        looked_at = np.minimum(counts, SAMPLE_LINES + 1)  # more than half of the lines
        bounds = zip(self.firsts, (firsts + looked_at - 1).tolist(), strict=True)
        pieces = [self.data[self.starts[one] : self.ends[last] + 1] for one, last in bounds]
        lines = pl.read_lines(b"".join(pieces)).to_series()
        begins = np.cumsum(looked_at) - looked_at
        behind = np.arange(len(lines)) - np.repeat(begins, looked_at) >= SAMPLE_LINES
        fit = np.asarray(lines.str.contains(regex)) | behind
        fit &= ~np.asarray(may_begin_with_prefix(lines))
        both = np.stack((firsts, firsts + counts), axis=1).ravel()
        filled = np.logical_and.reduceat(np.append(self.inked, True), both)[::2]
        found: npt.NDArray[np.bool_] = np.logical_and.reduceat(fit, begins) & filled
        return found


def _undisputed(
    heads: _Heads, alike: Sequence[int], form: Format, formats: Sequence[Format]
) -> Sequence[int]:
    """Those of the heads in which no other format's required literals stand."""
    few = ["\n".join(heads.lines(at, checked_rows(heads.counts[at]))) for at in alike]
    # What stands in none of their lines, stands in none of one head's.
    if formats_possible(formats, "\n".join(few)) == (form,):
        return alike
    texts = zip(alike, few, strict=True)
    return [at for at, text in texts if formats_possible(formats, text) == (form,)]
