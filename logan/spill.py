"""Rows that outgrow memory, on disk: cut by a key into parts that memory holds.

Knows nothing of what the rows mean.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

#: Folders that rows are cut into. Each is read once for every `part_rows` in it.
_FOLDERS: Final = 32
_FOLDER: Final = "_folder"
#: So many rows are held before they are written: a file costs 2 ms, however few rows it has.
_ROWS_HELD: Final = 60_000


class Cut:
    """Rows cut by the hash of `key`, so that rows of equal keys come back together."""

    def __init__(self, folder: Path, key: pl.Expr) -> None:
        folder.mkdir(mode=0o700)
        self._path = folder
        self._hash = key.hash()
        self._sizes = [0] * _FOLDERS
        self._written = 0
        self._held: list[pl.DataFrame] = []
        self._rows = 0

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows; their columns are always the same."""
        self._held.append(rows)
        self._rows += rows.height
        if self._rows >= _ROWS_HELD:
            self._write()

    def _write(self) -> None:
        """Write what is held, a file for each folder."""
        cut = pl.concat(self._held).with_columns((self._hash % _FOLDERS).alias(_FOLDER))
        self._held, self._rows = [], 0
        for (number,), some in cut.partition_by(_FOLDER, as_dict=True, include_key=False).items():
            folder = self._folder(number)
            folder.mkdir(mode=0o700, exist_ok=True)
            some.write_ipc(folder / f"{self._written:06}.arrow", compression="lz4")
            self._sizes[number] += some.height
        self._written += 1

    def files(self) -> Iterator[Path]:
        """Every file of rows, in no order that matters."""
        if self._held:
            self._write()
        for number in range(_FOLDERS):
            yield from sorted(self._folder(number).glob("*.arrow"))

    def parts(
        self, part_rows: int, beside: "Cut | None" = None
    ) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """All rows, about `part_rows` at a time, each with the rows `beside` whose keys hash alike.

        What was handed out is deleted. More rows come at once only where they share a key.
        """
        for one in filter(None, (self, beside)):
            if one._held:
                one._write()
        for number, size in enumerate(self._sizes):
            passes = -(-size // part_rows)
            for turn in range(passes):
                rows = self._read(number, turn, passes)
                other = beside is not None and beside._sizes[number] > 0
                yield rows, beside._read(number, turn, passes) if beside and other else rows.clear()
            shutil.rmtree(self._folder(number), ignore_errors=True)

    def _read(self, number: int, turn: int, passes: int) -> pl.DataFrame:
        files = pl.scan_ipc(self._folder(number) / "*.arrow")
        return files.filter(self._hash // _FOLDERS % passes == turn).collect()

    def _folder(self, number: int) -> Path:
        return self._path / f"{number:02}"
