"""Rows that outgrow memory, on disk: cut by a key into parts that memory holds.

Knows nothing of what the rows mean.
"""

import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

#: Folders that rows are cut into. Each is read once for every `part_rows` in it, but where that
#: would be more often than this, it is cut again; not for ever, for one key may have most rows.
_FOLDERS: Final = 32
_PASSES: Final = 3
_LEVELS: Final = 2
_FOLDER: Final = "_folder"
#: So many rows are held before they are written: each file costs something, however few its rows.
_ROWS_HELD: Final = 60_000
#: So many rows are cut at once, which takes a copy of them; a cut costs something, too.
_ROWS_CUT: Final = 15_000


class HashPartitions:
    """Rows cut by the hash of `key`, so that rows of equal keys come back together.

    A folder with far more rows than memory holds is cut again, one `level` deeper.
    """

    def __init__(self, folder: Path, key: pl.Expr, *, level: int = 0) -> None:
        folder.mkdir(mode=0o700)
        self._path = folder
        self._key = key
        self._level = level
        self._hash = key.hash() // _FOLDERS**level
        self._sizes = [0] * _FOLDERS
        self._written = 0
        self._uncut: list[pl.DataFrame] = []
        self._uncut_rows = 0
        self._held: dict[int, list[pl.DataFrame]] = defaultdict(list)
        self._held_rows = 0
        #: Folders that were cut again.
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
        cut = rows.with_columns((self._hash % _FOLDERS).alias(_FOLDER)).partition_by(
            _FOLDER, as_dict=True, include_key=False
        )
        for (number,), some in cut.items():
            self._held[number].append(some)
            self._sizes[number] += some.height

    def _write(self) -> None:
        """Write what was cut, a file for each folder."""
        while self._held:
            number, some = self._held.popitem()
            folder = self._folder(number)
            folder.mkdir(mode=0o700, exist_ok=True)
            path = folder / f"{self._written:06}.arrow"
            # As a stream: the form with an index goes through an engine that takes 1 ms to start.
            pl.concat(some).write_ipc_stream(path, compression="uncompressed")
        self._held_rows = 0
        self._written += 1

    def _flush(self) -> None:
        if self._uncut:
            self._cut()
        self._write()

    def files(self) -> Iterator[Path]:
        """Every file of rows (streams of Arrow), in no order that matters."""
        self._flush()
        for number in range(_FOLDERS):
            yield from self._files(number)
        for again in self._again.values():
            yield from again.files()

    def frames(self) -> Iterator[pl.DataFrame]:
        """All rows, in no order that matters; they stay. Some files at a time: each has few rows,
        and whatever is done with them costs something, however few.
        """
        held: list[pl.DataFrame] = []
        rows = 0
        for file in self.files():
            held.append(pl.read_ipc_stream(file))
            rows += held[-1].height
            if rows >= _ROWS_CUT:
                yield pl.concat(held)
                held, rows = [], 0
        if held:
            yield pl.concat(held)

    def parts(self, part_rows: int, *, keep: bool = False) -> Iterator[pl.DataFrame]:
        """All rows, about `part_rows` at a time; those of one key together.

        More rows come at once only where they share a key. What was handed out is deleted, unless
        it is to be kept: then no more rows can be added, but parts be had again.
        """
        self._flush()
        for numbers in self._together(part_rows):
            size = sum(self._sizes[number] for number in numbers)
            passes = -(-size // part_rows)
            if passes > _PASSES and self._level < _LEVELS:
                yield from self._deeper(numbers[0]).parts(part_rows, keep=keep)
            else:
                yield from self._read(numbers, passes)
            for number in [] if keep else numbers:
                shutil.rmtree(self._folder(number), ignore_errors=True)

    def _together(self, part_rows: int) -> Iterator[list[int]]:
        """Folders that make a part together; a large one is alone, an empty one left out."""
        group: list[int] = []
        held = 0
        for number, size in enumerate(self._sizes):
            if group and size and held + size > part_rows:
                yield group
                group, held = [], 0
            if size:
                group.append(number)
                held += size
        if group:
            yield group

    def _deeper(self, number: int) -> "HashPartitions":
        """The rows of a folder, cut again; once."""
        if number in self._again:
            return self._again[number]
        cut = HashPartitions(self._path / f"{number:02}-again", self._key, level=self._level + 1)
        for file in self._files(number):
            cut.add(pl.read_ipc_stream(file))
            file.unlink()
        self._again[number] = cut
        return cut

    def _read(self, numbers: Sequence[int], parts: int) -> list[pl.DataFrame]:
        """The rows of some folders, in so many parts by their key; without those that are empty."""
        rows = pl.concat(
            pl.read_ipc_stream(file) for number in numbers for file in self._files(number)
        )
        if parts == 1:
            return [rows]
        turns = rows.with_columns((self._hash // _FOLDERS % parts).alias(_FOLDER))
        cut = turns.partition_by(_FOLDER, as_dict=True, include_key=False)
        return [cut[turn] for turn in sorted(cut)]

    def _files(self, number: int) -> list[Path]:
        return sorted(self._folder(number).glob("*.arrow"))

    def _folder(self, number: int) -> Path:
        return self._path / f"{number:02}"
