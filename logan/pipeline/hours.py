"""Which hours of a source have any lines at all, exactly, at a fraction of the price of parsing.

Lines whose bytes agree where the format keeps its hour are a run (`LineIndex.runs`). No stamp of a
run lies outside those of its earliest and its latest line, and these are within an hour of each
other; so the two tell every hour the run touches, also where a zone is half an hour off. Where one
of the two is no line of the format, every line of the run is read; where a format has no fixed
place for its stamp, every line of the source. Where a line of the format turns out to have no
stamp, all stamps of its source are read in the end (`logan.pipeline.reread`).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, chain, compress, repeat
from operator import not_
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from logan.formats.engine.format import Format
from logan.formats.engine.layout import Layout
from logan.formats.engine.table import clock_of
from logan.intake.buffers import Buffer
from logan.intake.line_index import LineIndex
from logan.intake.line_runs import LineRuns
from logan.pipeline.matcher import ParsingKey
from logan.records.instants import instant

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR: Final = 3_600_000_000
#: Up to so many stamps, a loop is done before a call into Polars has begun.
_FEW: Final = 100
#: Stamps wait until so many bytes of lines are held for them, or so many lines are to be read: a
#: call into Polars takes as long as searching a block does, and one will do for many blocks.
HELD_BYTES: Final = 24 << 20
HELD_BUFFERS: Final = 8
HELD_LINES: Final = 20_000
#: So many lines that tell hours are read together: their blocks need not be held meanwhile.
BOUNDARY_LINES: Final = 2_000
#: A block of more runs than this is held: to check every line that tells would cost more.
_FEW_RUNS: Final = 16


@dataclass(slots=True)
class HourCoverage:
    """The hours seen so far (UTC, counted from 1970), with the earliest and the latest stamp.

    `unsure`: a line that was to tell hours had no stamp, though its format reads it.
    """

    hours: set[int] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None
    unsure: bool = False

    def add(self, times: pl.Series) -> None:
        """Take in stamps (UTC, null where a line has none that can be read)."""
        self.take(StampTimes.of(times))

    def take(self, times: "StampTimes") -> None:
        """`add`, for stamps that are numbers already."""
        micros = times.micros[~times.null] if times.null.any() else times.micros
        if len(micros) > _FEW:
            self.hours.update(np.unique(micros // _HOUR).tolist())
            micros = np.array([micros.min(), micros.max()])
        self.take_few(micros.tolist())

    def take_few(self, micros: Sequence[int]) -> None:
        """`take`, for a few stamps that are all there, in microseconds since 1970 UTC."""
        if not micros:
            return
        self.hours.update([micro // _HOUR for micro in micros])
        first = _EPOCH + timedelta(microseconds=min(micros))
        last = _EPOCH + timedelta(microseconds=max(micros))
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)


class StampTimes(NamedTuple):
    """Stamps as microseconds since 1970 UTC, and which of them are null.

    Cut from one series for many sources: a call into Polars for each costs more than reading them.
    """

    micros: npt.NDArray[np.int64]
    null: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, times: pl.Series) -> "StampTimes":
        """The stamps of a series; one that is null throughout may have any type."""
        if times.null_count() == len(times):
            return cls.none(len(times))
        return cls.read(times.to_frame("time").lazy())

    @classmethod
    def none(cls, count: int) -> "StampTimes":
        """So many that are null."""
        return cls(np.zeros(count, dtype=np.int64), np.ones(count, dtype=bool))

    @classmethod
    def read(cls, query: pl.LazyFrame) -> "StampTimes":
        """What a query has as `time`, in one call."""
        time = pl.col("time")
        found = query.select(micros=time.to_physical().fill_null(0), null=time.is_null()).collect()
        return cls(found["micros"].to_numpy(), found["null"].to_numpy())

    def cut(self, at: int, stop: int) -> "StampTimes":
        """Those at places [at, stop)."""
        return StampTimes(self.micros[at:stop], self.null[at:stop])


@dataclass(frozen=True, slots=True)
class LineRange:
    """Rows [first, stop) of a block, read alike: `runs` of them, or None to read every stamp."""

    index: LineIndex
    first: int
    stop: int
    runs: LineRuns | None

    @property
    def size(self) -> int:
        """The bytes of its lines."""
        return int(self.index.ends[self.stop - 1]) - int(self.index.starts[self.first])

    def is_followed_by(self, other: "LineRange") -> bool:
        """True where every line of both is read, and they stand next to each other."""
        near = self.index is other.index and self.stop == other.first
        return near and self.runs is None and other.runs is None

    @property
    def boundary_count(self) -> int:
        """How many lines tell its hours."""
        return self.stop - self.first if self.runs is None else 2 * len(self.runs.begins)

    def boundary_lines(self, key: ParsingKey) -> list[str] | None:
        """The lines that tell its hours, if they are few and the format reads every one."""
        if self.runs is None or len(self.runs.begins) > _FEW_RUNS or key.format is None:
            return None
        rows = {*self.runs.lowest.tolist(), *self.runs.highest.tolist()}
        texts = self.index.texts(sorted(rows))
        faults = map(key.format.reader.check, texts, repeat(key.layout))
        return None if any(faults) else texts

    def text(self) -> "Texts":
        """The lines that tell its hours: of runs the earliest ones, then the latest ones."""
        if self.runs is None:
            return self.index.text(self.first, self.stop)
        rows = [*self.runs.lowest.tolist(), *self.runs.highest.tolist()]
        return self.index.texts(rows)

    def unread(self, times: StampTimes) -> "Texts":
        """Lines still to be read, where the end of a run turned out to have no stamp."""
        if self.runs is None or not times.null.any():
            return ()
        lowest, highest = times.null.reshape(2, -1)
        return self.index.texts(self.runs.members(lowest | highest).tolist())


#: Lines to be read: a few of them, or a column.
Texts = Sequence[str] | pl.Series


class StampReader:
    """Stamps of all sources that wait to be read; those read alike are read in one call."""

    def __init__(self) -> None:
        self._waiting: dict[ParsingKey, list[tuple[HourCoverage, LineRange]]] = defaultdict(list)
        self._boundaries: dict[ParsingKey, list[tuple[HourCoverage, list[str]]]] = defaultdict(list)
        self._boundary_lines = 0
        self._buffers: list[Buffer] = []
        self._bytes = 0
        self._lines = 0

    def add(self, key: ParsingKey, coverage: HourCoverage, lines: LineRange) -> None:
        """Take lines of a known format; their hours reach `coverage` by the next `flush`."""
        boundaries = lines.boundary_lines(key)
        if boundaries is not None:
            self._boundaries[key].append((coverage, boundaries))
            self._boundary_lines += len(boundaries)
            if self._boundary_lines >= BOUNDARY_LINES:
                self._read_boundaries()
            return
        self._waiting[key].append((coverage, lines))
        self._bytes += lines.size
        self._lines += lines.boundary_count
        if self._bytes >= HELD_BYTES or self._lines >= HELD_LINES:
            self._read_waiting()

    def hold(self, buffer: Buffer) -> None:
        """Leave a buffer as soon as no stamp in it waits."""
        self._buffers.append(buffer)
        if len(self._buffers) >= HELD_BUFFERS or not self._waiting:
            self._read_waiting()

    def flush(self) -> None:
        """Read every stamp that waits."""
        self._read_boundaries()
        self._read_waiting()

    def _read_boundaries(self) -> None:
        for key, boundaries in self._boundaries.items():
            times = _read_together([texts for _, texts in boundaries], key)
            # As lists, for NumPy takes longer to begin with two stamps than they take.
            micros, absent, at = times.micros.tolist(), times.null.tolist(), 0
            for coverage, texts in boundaries:
                few, none = micros[at : at + len(texts)], absent[at : at + len(texts)]
                if any(none):
                    coverage.unsure = True
                    few = [*compress(few, map(not_, none))]
                coverage.take_few(few)
                at += len(texts)
        self._boundaries.clear()
        self._boundary_lines = 0

    def _read_waiting(self) -> None:
        for key, waiting in self._waiting.items():
            unread = []
            for (coverage, lines), times in zip(waiting, _times(waiting, key), strict=True):
                coverage.take(times)
                unread.append(lines.unread(times))
            if any(map(len, unread)):
                for (coverage, _), times in zip(waiting, _read(unread, key), strict=True):
                    coverage.take(times)
        self._waiting.clear()
        self._bytes = self._lines = 0
        for buffer in self._buffers:
            buffer.release()
        self._buffers.clear()


def _times(
    waiting: Sequence[tuple[HourCoverage, LineRange]], key: ParsingKey
) -> Iterator[StampTimes]:
    """For each range the times of the lines that tell its hours.

    Ranges that follow each other in one buffer, and have every line read, are made text together.
    """
    together: list[LineRange] = []
    for _, lines in waiting:
        last = together[-1] if together else None
        if last is not None and last.is_followed_by(lines):
            together[-1] = LineRange(last.index, last.first, lines.stop, None)
        else:
            together.append(lines)
    read = iter(_read([lines.text() for lines in together], key))
    left = StampTimes.none(0)
    for _, lines in waiting:
        if not len(left.null):
            left = next(read)
        yield left.cut(0, lines.boundary_count)
        left = left.cut(lines.boundary_count, len(left.null))


def _series(lines: Sequence[str]) -> pl.Series:
    return pl.Series("text", lines, dtype=pl.String)


def _joined(texts: Sequence[Texts]) -> pl.Series:
    """All lines as one column."""
    short = [text for text in texts if not isinstance(text, pl.Series)]
    if len(short) == len(texts):
        return _series([*chain.from_iterable(short)])
    return pl.concat(text if isinstance(text, pl.Series) else _series(text) for text in texts)


def _read_together(texts: Sequence[Texts], key: ParsingKey) -> StampTimes:
    """The times of several sets of lines, one behind the other."""
    assert key.format is not None  # noqa: S101 - narrows the type
    lines = _joined(texts).alias("text")
    return StampTimes.read(stamps(lines, key.format, key.layout, zone=key.zone))


def _read(texts: Sequence[Texts], key: ParsingKey) -> list[StampTimes]:
    """The times of several sets of lines, apart."""
    times = _read_together(texts, key)
    stops = accumulate(map(len, texts))
    return [times.cut(stop - len(text), stop) for stop, text in zip(stops, texts, strict=True)]


def stamps(lines: pl.Series, form: Format, layout: Layout, *, zone: str | None) -> pl.LazyFrame:
    """The UTC time of each line, null where it has none, as `time`."""
    return clock_of(lines, form, layout).select(time=instant(zone))
