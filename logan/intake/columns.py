"""Parquet files as lines: each row one JSON object, so that every JSON format reads them.

Row 7 is line 7. Columns keep their names; nested columns become nested objects. Read batch by
batch: a file may be larger than memory.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from logan.intake.unreadable import UnreadableError

if TYPE_CHECKING:
    import polars as pl

#: What a Parquet file begins (and ends) with.
MAGIC: Final = b"PAR1"
_ROWS: Final = 16_384


def lines(source: Path | BinaryIO) -> Iterator[bytes]:
    """The rows in order, as chunks of whole lines. Every failure is `UnreadableError`.

    `source` is a file, or what can be read from any place as one.
    Times that are marked as UTC are written with `+00:00`, others without an offset; bytes that are
    no UTF-8 as `\\xNN`.
    """
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    read = 0
    try:
        with pq.ParquetFile(source) as file:
            for batch in file.iter_batches(batch_size=_ROWS):
                frame = pl.from_arrow(batch)
                assert isinstance(frame, pl.DataFrame)  # noqa: S101 - narrows the type
                yield _written(frame)
                read += len(frame)
    except (pa.ArrowException, OSError, pl.exceptions.PolarsError) as error:
        words = str(error).split("\n", 1)[0][:200]
        raise UnreadableError(
            f"the Parquet file is damaged after row {read:,}: {words}",
            "copy it again from where it came from",
        ) from error


def _written(frame: "pl.DataFrame") -> bytes:
    import polars as pl

    wall = [name for name, kind in frame.schema.items() if kind == pl.Datetime and not _zone(kind)]
    readable = [_readable(column) for column in frame]
    out = io.BytesIO()
    # Polars writes a wall clock with a space where ISO 8601 has a T.
    pl.DataFrame(readable).with_columns(
        pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%S%.6f") for name in wall
    ).write_ndjson(out)
    return out.getvalue()


def _zone(kind: Any) -> str | None:
    zone: str | None = getattr(kind, "time_zone", None)
    return zone


def _readable(column: "pl.Series") -> "pl.Series":
    """A column that can be written as JSON: bytes as text; bytes within lists are left out."""
    import polars as pl

    if column.dtype == pl.Binary:
        texts = [None if one is None else one.decode("utf-8", "backslashreplace") for one in column]
        return pl.Series(column.name, texts, dtype=pl.String)
    if "Binary" in str(column.dtype):
        return pl.Series(column.name, [None] * len(column), dtype=pl.String)
    return column
