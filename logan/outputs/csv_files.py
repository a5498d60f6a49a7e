"""One table as a CSV file: RFC 4180, private (0600), written frame by frame in bounded memory."""

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Final

import polars as pl

from logan.outputs.cells import write_cells
from logan.runtime.ordered_map import map_in_order

#: Frames of rows in order, each to be collected when its turn has come.
Frames = Iterable[pl.LazyFrame]
#: What is done to rows that are collected, before they are written.
Finish = Callable[[pl.DataFrame], pl.DataFrame]
#: Rows that are finished and written at once: their texts take more than the rows themselves.
_ROWS: Final = 4_000


def head_of(columns: Sequence[str]) -> bytes:
    """The first line of a table's file."""
    return ",".join(columns).encode() + b"\r\n"


def write_file(
    path: Path, columns: Sequence[str], frames: Frames, finish: Finish | None = None
) -> int:
    """Write one file that is not there yet, header first, bring it to disk, and count its rows.

    What the system refuses is raised as `OSError`.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    count = 0
    with os.fdopen(handle, "wb") as file:
        file.write(head_of(columns))
        for rows, texts in map_in_order(partial(_render, finish), frames):
            count += rows
            for text in texts:
                file.write(text.getbuffer())
        file.flush()
        os.fsync(file.fileno())
    return count


def _render(finish: Finish | None, query: pl.LazyFrame) -> tuple[int, list[BytesIO]]:
    """How many rows there are, and the lines of a file that they are."""
    rows = query.collect(engine="streaming")
    texts = []
    for some in rows.iter_slices(_ROWS):
        text = BytesIO()  # bytes at once: as a string they would be copied twice
        finished = finish(some) if finish else some
        write_cells(finished).write_csv(text, include_header=False, line_terminator="\r\n")
        texts.append(text)
    return rows.height, texts
