"""Rows of one table, in no order: in memory, on disk past a size.

Knows nothing of what the rows mean, but that `source` is a number that is counted on from one
collection to the next.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from logan.result import Folder
from logan.runtime.private_folder import PrivateFolder

#: The types of columns, by name.
Schema = Mapping[str, pl.DataType | type[pl.DataType]]
_SOURCE: Final = "source"


class RowChunk(NamedTuple):
    """Some rows: a frame, or a Parquet file. `first_source` is added to each row's `source`."""

    rows: pl.DataFrame | Path
    height: int
    first_source: int = 0

    def lazy(self) -> pl.LazyFrame:
        """The rows."""
        rows = pl.scan_parquet(self.rows) if isinstance(self.rows, Path) else self.rows.lazy()
        return rows.with_columns(pl.col(_SOURCE) + self.first_source) if self.first_source else rows


class StoredRows(NamedTuple):
    """All rows of a table, chunk by chunk. `folders` hold the files, which last as long as these.

    Files are never changed: the rows can be read any number of times.
    """

    schema: Schema
    chunks: tuple[RowChunk, ...] = ()
    folders: tuple[Folder, ...] = ()

    @property
    def height(self) -> int:
        """The number of rows."""
        return sum(chunk.height for chunk in self.chunks)

    def lazy(self) -> pl.LazyFrame:
        """All rows."""
        return pl.concat([pl.LazyFrame(schema=self.schema), *(one.lazy() for one in self.chunks)])

    def count_on(self, first_source: int) -> "StoredRows":
        """The same rows with `source` counted from `first_source` on."""
        moved = [
            chunk._replace(first_source=chunk.first_source + first_source) for chunk in self.chunks
        ]
        return self._replace(chunks=tuple(moved))


class RowCollector:
    """Takes rows of one table as they come, and keeps in memory only so many of them."""

    def __init__(self, schema: Schema, *, rows_held: int, bytes_held: int) -> None:
        self._schema = schema
        self._rows_held = rows_held
        self._bytes_held = bytes_held
        self._held: list[pl.DataFrame] = []
        self._rows = self._bytes = 0
        self._chunks: list[RowChunk] = []
        self._folder: PrivateFolder | None = None
        self._folders: list[Folder] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows, however many come; their columns are those of the table."""
        if rows.is_empty():
            return
        self._held.append(rows)
        self._rows += rows.height
        self._bytes += int(rows.estimated_size())
        if self._rows >= self._rows_held or self._bytes >= self._bytes_held:
            self._write()

    def extend(self, stored: StoredRows) -> None:
        """Take rows that were collected before; those on disk stay where they are."""
        self._folders += stored.folders
        for chunk in stored.chunks:
            if isinstance(chunk.rows, Path):
                self._chunks.append(chunk)
            else:
                self.add(chunk.lazy().collect())

    def drop(self, sources: Collection[int]) -> None:
        """Leave out the rows of some sources; files that have any are written anew."""
        kept = ~pl.col(_SOURCE).is_in(sorted(sources))
        self._held = [rows.filter(kept) for rows in self._held]
        self._rows = sum(rows.height for rows in self._held)
        self._chunks = [_filtered(chunk, kept) for chunk in self._chunks]

    def collected(self) -> StoredRows:
        """All rows so far."""
        held = [RowChunk(rows, rows.height) for rows in self._held]
        return StoredRows(self._schema, (*self._chunks, *held), tuple(self._folders))

    def _write(self) -> None:
        """Write the rows that are held."""
        if self._folder is None:
            self._folder = PrivateFolder()
            self._folders.append(self._folder)
        rows = pl.concat(self._held)
        path = self._folder.path / f"rows-{len(self._chunks):06}.parquet"
        rows.write_parquet(path, compression="lz4", statistics=False)
        self._chunks.append(RowChunk(path, rows.height))
        self._held, self._rows, self._bytes = [], 0, 0


def _filtered(chunk: RowChunk, kept: pl.Expr) -> RowChunk:
    """A chunk on disk that its collector wrote, without the rows that are not kept."""
    assert isinstance(chunk.rows, Path)  # noqa: S101 - narrows the type
    rows = chunk.lazy().filter(kept).collect()
    if rows.height == chunk.height:
        return chunk
    path = chunk.rows.with_suffix(".kept.parquet")
    rows.write_parquet(path, compression="lz4", statistics=False)
    chunk.rows.unlink()
    return RowChunk(path, rows.height)
