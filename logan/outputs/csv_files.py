"""One table as a CSV file: RFC 4180, private (0600), written frame by frame in bounded memory."""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from logan.outputs.cells import write_lines
from logan.runtime.ordered_map import map_in_order
from logan.tables.batch_sums import BatchSums, SumQuery

#: Frames of rows in order, each to be collected when its turn has come.
Frames = Iterable[pl.LazyFrame]
#: What is done to rows that are collected, before they are written.
Finish = Callable[[pl.DataFrame], pl.DataFrame]
#: Rows that are finished and written at once: their texts take more than the rows themselves.
_ROWS: Final = 4_000


class WrittenFile(NamedTuple):
    """A table's file: its rows, the SHA-256 of its bytes, and the sums that were asked for."""

    rows: int
    sha256: str
    sums: Sequence[pl.DataFrame] = ()


def head_of(columns: Sequence[str]) -> bytes:
    """The first line of a table's file."""
    return ",".join(columns).encode() + b"\r\n"


def write_file(
    path: Path,
    columns: Sequence[str],
    frames: Frames,
    finish: Finish | None = None,
    queries: Sequence[SumQuery] = (),
) -> WrittenFile:
    """Write one file that is not there yet, header first, and bring it to disk.

    `queries` are asked of its cells on the way, so that nobody need read it for them again. What
    the system refuses is raised as `OSError`.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    digest, sums, count = hashlib.sha256(), [*map(BatchSums, queries)], 0
    rendered = chain.from_iterable(map_in_order(partial(_render, finish, queries), frames))
    with os.fdopen(handle, "wb") as file:
        for rows, text, counted in chain([_render_head(columns, queries)], rendered):
            count += rows
            file.write(text.getbuffer())
            digest.update(text.getbuffer())
            for one, some in zip(sums, counted, strict=True):
                one.add(some)
        file.flush()
        os.fsync(file.fileno())
    return WrittenFile(count, digest.hexdigest(), [one.total() for one in sums])


class _Lines(NamedTuple):
    """Some rows as lines of a file, and what each query counts of their cells."""

    rows: int
    text: BytesIO
    counted: Sequence[pl.DataFrame]


def _render_head(columns: Sequence[str], queries: Sequence[SumQuery]) -> _Lines:
    """No row, but the columns: of a table without rows there are sums, too."""
    no_cells = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    return _Lines(0, BytesIO(head_of(columns)), [query.counted(no_cells) for query in queries])


def _render(
    finish: Finish | None, queries: Sequence[SumQuery], frame: pl.LazyFrame
) -> list[_Lines]:
    rows = frame.collect(engine="streaming")
    lines = []
    for some in rows.iter_slices(_ROWS):
        cells, text = write_lines(finish(some) if finish else some)
        lines.append(_Lines(some.height, text, [query.counted(cells) for query in queries]))
    return lines
