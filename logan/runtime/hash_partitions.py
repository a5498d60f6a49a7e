"""Rows that outgrow memory, on disk: cut by a key into parts that memory holds.

Knows nothing of what the rows mean.
"""

import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

#: Partitions that rows are cut into, and the most that there may be. Each is cut once more for
#: every `part_rows` in it when it is read; where these would be more than this, it is cut again on
#: disk; not for ever, for one key may have most rows.
_PARTITIONS: Final = 32
_MOST_PARTITIONS: Final = 64
_PASSES: Final = 3
_LEVELS: Final = 2
_PARTITION: Final = "_partition"
#: So many rows are held before they are written: each write costs something, however few its rows.
_ROWS_HELD: Final = 60_000
#: So many rows are cut at once, which takes a copy of them; a cut costs something, too.
_ROWS_CUT: Final = 15_000


def partitions_for(rows: int, part_rows: int) -> int:
    """How many partitions so many rows are cut into, so that each may be a part of `part_rows`.

    Some more than needed, for they are not alike: one with a few rows too many would be two parts.
    """
    return min(max(rows * 9 // (part_rows * 8) + 1, 1), _MOST_PARTITIONS)


class HashPartitions:
    """Rows cut by the hash of `key`, so that rows of equal keys come back together.

    A partition is a file of Arrow streams, one for each time that something was written: to make
    and remove a file for each takes twice as long as all else about it. One with far more rows than
    memory holds is cut again, one `level` deeper, by what `divisor` leaves of the hash.
    """

    def __init__(
        self,
        folder: Path,
        key: pl.Expr,
        *,
        partitions: int | None = None,
        level: int = 0,
        divisor: int = 1,
    ) -> None:
        folder.mkdir(mode=0o700)
        self._path = folder
        self._key = key
        self._level = level
        self._partitions = partitions or _PARTITIONS
        self._divisor = divisor * self._partitions
        self._hash = key.hash() // divisor
        self._heights = [0] * self._partitions
        #: The bytes of each stream of a partition, as they lie in its file.
        self._streams: dict[int, list[int]] = defaultdict(list)
        self._uncut: list[pl.DataFrame] = []
        self._uncut_rows = 0
        self._held: dict[int, list[pl.DataFrame]] = defaultdict(list)
        self._held_rows = 0
        #: Partitions that were cut again.
        self._again: dict[int, HashPartitions] = {}

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows; their columns are always the same."""
        self._uncut.append(rows)
        self._uncut_rows += rows.height
        if self._uncut_rows >= _ROWS_CUT:
            self._cut()
        if self._held_rows >= _ROWS_HELD:
            self._write()

    def _cut(self) -> None:
        """Cut the rows that came since the last time."""
        rows, self._uncut, self._uncut_rows = pl.concat(self._uncut), [], 0
        self._held_rows += rows.height
        place = (self._hash % self._partitions).alias(_PARTITION)
        cut = rows.with_columns(place).partition_by(_PARTITION, as_dict=True, include_key=False)
        for (number,), some in cut.items():
            self._held[number].append(some)
            self._heights[number] += some.height

    def _write(self) -> None:
        """Write what was cut behind what was written before."""
        while self._held:
            number, some = self._held.popitem()
            # As a stream: the form with an index goes through an engine that takes 1 ms to start.
            # Into memory first: straight into a file, each column takes calls of its own.
            stream = io.BytesIO()
            pl.concat(some).write_ipc_stream(stream, compression="uncompressed")
            with self._file(number).open("ab") as file:
                self._streams[number].append(file.write(stream.getbuffer()))
        self._held_rows = 0

    def _flush(self) -> None:
        if self._uncut:
            self._cut()
        self._write()

    def frames(self, *, keep: bool = True) -> Iterator[pl.DataFrame]:
        """All rows, in no order that matters, some streams at a time: each has few rows, and
        whatever is done with them costs something, however few. What was handed out is deleted,
        unless it is to be kept.
        """
        held: list[pl.DataFrame] = []
        rows = 0
        for some in self._every_stream(keep=keep):
            held.append(some)
            rows += some.height
            if rows >= _ROWS_CUT:
                yield pl.concat(held)
                held, rows = [], 0
        if held:
            yield pl.concat(held)

    def _every_stream(self, *, keep: bool) -> Iterator[pl.DataFrame]:
        self._flush()
        for number in range(self._partitions):
            yield from self._streams_of(number)
            if not keep:
                self._delete(number)
        for again in self._again.values():
            yield from again._every_stream(keep=keep)

    def parts(self, part_rows: int, *, keep: bool = False) -> Iterator[pl.DataFrame]:
        """All rows, about `part_rows` at a time; those of one key together.

        More rows come at once only where they share a key. What was handed out is deleted, unless
        it is to be kept: then no more rows can be added, but parts be had again.
        """
        self._flush()
        for numbers in self._together(part_rows):
            height = sum(self._heights[number] for number in numbers)
            passes = -(-height // part_rows)
            if passes > _PASSES and self._level < _LEVELS:
                yield from self._deeper(numbers[0]).parts(part_rows, keep=keep)
            else:
                yield from self._read(numbers, passes)
            for number in [] if keep else numbers:
                self._delete(number)

    def _together(self, part_rows: int) -> Iterator[list[int]]:
        """Partitions that make a part together; a large one is alone, an empty one left out."""
        group: list[int] = []
        held = 0
        for number, height in enumerate(self._heights):
            if group and height and held + height > part_rows:
                yield group
                group, held = [], 0
            if height:
                group.append(number)
                held += height
        if group:
            yield group

    def _deeper(self, number: int) -> "HashPartitions":
        """The rows of a partition, cut again; once."""
        if number in self._again:
            return self._again[number]
        cut = HashPartitions(
            self._path / f"{number:02}-again",
            self._key,
            level=self._level + 1,
            divisor=self._divisor,
        )
        for rows in self._streams_of(number):
            cut.add(rows)
        self._delete(number)
        self._again[number] = cut
        return cut

    def _read(self, numbers: Sequence[int], parts: int) -> list[pl.DataFrame]:
        """The rows of some partitions, in so many parts by their key; without those that are
        empty."""
        rows = pl.concat(some for number in numbers for some in self._streams_of(number))
        if parts == 1:
            return [rows]
        turns = rows.with_columns((self._key.hash() // self._divisor % parts).alias(_PARTITION))
        cut = turns.partition_by(_PARTITION, as_dict=True, include_key=False)
        return [cut[turn] for turn in sorted(cut)]

    def _streams_of(self, number: int) -> Iterator[pl.DataFrame]:
        """The rows of a partition that lie in its own file, as they were written."""
        if number in self._streams:
            with self._file(number).open("rb") as file:
                for size in self._streams[number]:
                    yield pl.read_ipc_stream(file.read(size))

    def _delete(self, number: int) -> None:
        if self._streams.pop(number, None):
            self._file(number).unlink()

    def _file(self, number: int) -> Path:
        return self._path / f"{number:02}.arrow"
