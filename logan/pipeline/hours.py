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
from itertools import accumulate, chain
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from logan.formats.engine.base import Format, Layout
from logan.formats.engine.table import clock_of
from logan.intake.buffers import Room
from logan.intake.line_index import LineIndex, Runs
from logan.pipeline.matcher import Key
from logan.records.canonical import instant

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR: Final = 3_600_000_000
#: Up to so many stamps, a loop is done before a call into Polars has begun.
_FEW: Final = 100
#: Stamps wait until so many bytes of lines are held for them, or so many lines are to be read: a
#: call into Polars takes as long as searching a block does, and one will do for many blocks.
HELD_BYTES: Final = 24 << 20
HELD_ROOMS: Final = 8
HELD_LINES: Final = 20_000
#: So many lines that tell hours are read together: their blocks need not be held meanwhile.
TOLD_LINES: Final = 2_000
#: A block of more runs than this is held: to check every line that tells would cost more.
_FEW_RUNS: Final = 16


@dataclass(slots=True)
class Coverage:
    """The hours seen so far (UTC, counted from 1970), with the earliest and the latest stamp.

    `unsure`: a line that was to tell hours had no stamp, though its format reads it.
    """

    hours: set[int] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None
    unsure: bool = False

    def add(self, times: pl.Series) -> None:
        """Take in stamps (UTC, null where a line has none that can be read)."""
        self.take(Times.of(times))

    def take(self, times: "Times") -> None:
        """`add`, for stamps that are numbers already."""
        micros = times.micros[~times.null] if times.null.any() else times.micros
        if not len(micros):
            return
        if len(micros) > _FEW:
            self.hours.update(np.unique(micros // _HOUR).tolist())
            micros = np.array([micros.min(), micros.max()])
        few: list[int] = micros.tolist()
        self.hours.update(micro // _HOUR for micro in few)
        first = _EPOCH + timedelta(microseconds=min(few))
        last = _EPOCH + timedelta(microseconds=max(few))
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)


@dataclass(frozen=True, slots=True)
class Times:
    """Stamps as microseconds since 1970 UTC, and which of them are null.

    Cut from one series for many sources: a call into Polars for each costs more than reading them.
    """

    micros: npt.NDArray[np.int64]
    null: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, times: pl.Series) -> "Times":
        """The stamps of a series; one that is null throughout may have any type."""
        if times.null_count() == len(times):
            return cls.none(len(times))
        return cls.read(times.to_frame("time").lazy())

    @classmethod
    def none(cls, count: int) -> "Times":
        """So many that are null."""
        return cls(np.zeros(count, dtype=np.int64), np.ones(count, dtype=bool))

    @classmethod
    def read(cls, query: pl.LazyFrame) -> "Times":
        """What a query has as `time`, in one call."""
        time = pl.col("time")
        found = query.select(micros=time.to_physical().fill_null(0), null=time.is_null()).collect()
        return cls(found["micros"].to_numpy(), found["null"].to_numpy())

    def cut(self, at: int, stop: int) -> "Times":
        """Those at places [at, stop)."""
        return Times(self.micros[at:stop], self.null[at:stop])


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows [first, stop) of a block, read alike: `runs` of them, or None to read every stamp."""

    index: LineIndex
    first: int
    stop: int
    runs: Runs | None

    @property
    def size(self) -> int:
        """The bytes of its lines."""
        return int(self.index.ends[self.stop - 1]) - int(self.index.starts[self.first])

    def is_followed_by(self, other: "Stretch") -> bool:
        """True where every line of both is read, and they stand next to each other."""
        near = self.index is other.index and self.stop == other.first
        return near and self.runs is None and other.runs is None

    @property
    def telling(self) -> int:
        """How many lines tell its hours."""
        return self.stop - self.first if self.runs is None else 2 * len(self.runs.begins)

    def told(self, key: Key) -> list[str] | None:
        """The lines that tell its hours, if they are few and the format reads every one."""
        if self.runs is None or len(self.runs.begins) > _FEW_RUNS or key.format is None:
            return None
        rows = {*self.runs.lowest.tolist(), *self.runs.highest.tolist()}
        texts = self.index.texts(sorted(rows))
        check = key.format.check
        return texts if all(check(text, key.layout) is None for text in texts) else None

    def text(self) -> "Texts":
        """The lines that tell its hours: of runs the earliest ones, then the latest ones."""
        if self.runs is None:
            return self.index.text(self.first, self.stop)
        rows = [*self.runs.lowest.tolist(), *self.runs.highest.tolist()]
        return self.index.texts(rows)

    def unread(self, times: Times) -> "Texts":
        """Lines still to be read, where the end of a run turned out to have no stamp."""
        if self.runs is None or not times.null.any():
            return ()
        lowest, highest = times.null.reshape(2, -1)
        return self.index.texts(self.runs.members(lowest | highest).tolist())


#: Lines to be read: a few of them, or a column.
Texts = Sequence[str] | pl.Series


class Stamps:
    """Stamps of all sources that wait to be read; those read alike are read in one call."""

    def __init__(self) -> None:
        self._waiting: dict[Key, list[tuple[Coverage, Stretch]]] = defaultdict(list)
        self._told: dict[Key, list[tuple[Coverage, list[str]]]] = defaultdict(list)
        self._told_lines = 0
        self._rooms: list[Room] = []
        self._bytes = 0
        self._lines = 0

    def add(self, key: Key, coverage: Coverage, stretch: Stretch) -> None:
        """Take lines of a known format; their hours reach `coverage` by the next `flush`."""
        told = stretch.told(key)
        if told is not None:
            self._told[key].append((coverage, told))
            self._told_lines += len(told)
            if self._told_lines >= TOLD_LINES:
                self._read_told()
            return
        self._waiting[key].append((coverage, stretch))
        self._bytes += stretch.size
        self._lines += stretch.telling
        if self._bytes >= HELD_BYTES or self._lines >= HELD_LINES:
            self._read_waiting()

    def hold(self, room: Room) -> None:
        """Leave a room as soon as no stamp in it waits."""
        self._rooms.append(room)
        if len(self._rooms) >= HELD_ROOMS or not self._waiting:
            self._read_waiting()

    def flush(self) -> None:
        """Read every stamp that waits."""
        self._read_told()
        self._read_waiting()

    def _read_told(self) -> None:
        for key, told in self._told.items():
            found = _read([texts for _, texts in told], key)
            for (coverage, _), times in zip(told, found, strict=True):
                coverage.take(times)
                coverage.unsure |= bool(times.null.any())
        self._told.clear()
        self._told_lines = 0

    def _read_waiting(self) -> None:
        for key, waiting in self._waiting.items():
            unread = []
            for (coverage, stretch), times in zip(waiting, _times(waiting, key), strict=True):
                coverage.take(times)
                unread.append(stretch.unread(times))
            if any(map(len, unread)):
                for (coverage, _), times in zip(waiting, _read(unread, key), strict=True):
                    coverage.take(times)
        self._waiting.clear()
        self._bytes = self._lines = 0
        for room in self._rooms:
            room.leave()
        self._rooms.clear()


def _times(waiting: Sequence[tuple[Coverage, Stretch]], key: Key) -> Iterator[Times]:
    """For each stretch the times of the lines that tell its hours.

    Stretches that follow each other in one room, and have every line read, are made text together.
    """
    together: list[Stretch] = []
    for _, stretch in waiting:
        last = together[-1] if together else None
        if last is not None and last.is_followed_by(stretch):
            together[-1] = Stretch(last.index, last.first, stretch.stop, None)
        else:
            together.append(stretch)
    read = iter(_read([stretch.text() for stretch in together], key))
    left = Times.none(0)
    for _, stretch in waiting:
        if not len(left.null):
            left = next(read)
        yield left.cut(0, stretch.telling)
        left = left.cut(stretch.telling, len(left.null))


def _series(lines: Sequence[str]) -> pl.Series:
    return pl.Series("text", lines, dtype=pl.String)


def _joined(texts: Sequence[Texts]) -> pl.Series:
    """All lines as one column."""
    short = [text for text in texts if not isinstance(text, pl.Series)]
    if len(short) == len(texts):
        return _series([*chain.from_iterable(short)])
    return pl.concat(text if isinstance(text, pl.Series) else _series(text) for text in texts)


def _read(texts: Sequence[Texts], key: Key) -> list[Times]:
    """The times of several sets of lines."""
    assert key.format is not None  # noqa: S101 - narrows the type
    lines = _joined(texts).alias("text")
    times = Times.read(stamps(lines, key.format, key.layout, zone=key.zone))
    stops = accumulate(map(len, texts))
    return [times.cut(stop - len(text), stop) for stop, text in zip(stops, texts, strict=True)]


def stamps(lines: pl.Series, form: Format, layout: Layout, *, zone: str | None) -> pl.LazyFrame:
    """The UTC time of each line, null where it has none, as `time`."""
    return clock_of(lines, form, layout).select(time=instant(zone))
