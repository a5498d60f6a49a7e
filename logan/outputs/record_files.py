"""Records of `logan parse` as NDJSON, CSV or Parquet, block by block."""

import io
import os
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Literal, Protocol

import polars as pl

Kind = Literal["ndjson", "csv", "parquet"]
KINDS: Final[tuple[Kind, ...]] = ("ndjson", "csv", "parquet")


#: Numbers that grow from line to line or differ on each: their differences are short, and a
#: dictionary of them is only work.
_DELTAS: Final = ("time", "line", "bytes_sent", "bytes_received")
#: Text that hardly repeats, likewise.
_UNIQUE: Final = ("client_ip", "path", "query")
#: Columns of few values: a dictionary leaves a compressor nothing to do.
_FEW: Final = ("method", "scheme", "port", "status", "action", "evidence", "source")
#: Columns whose least and greatest value may spare a reader a row group.
_SOUGHT: Final = ("time", "user", "host", "source", "line")


class RecordWriter(Protocol):
    """Takes frames of `schema.RECORD`, one after the other."""

    def write(self, records: pl.DataFrame) -> None: ...
    def close(self) -> None: ...


def iso(frame: pl.DataFrame) -> pl.DataFrame:
    """Times as ISO 8601 text with `Z`, decimals only as far as there are any."""
    stamp = pl.col("time").dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
    stamp = stamp.str.strip_chars_end("0").str.strip_chars_end(".") + "Z"
    return frame.with_columns(time=stamp)


class NdjsonWriter:
    """One JSON object a line; keys without a value are null."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, records: pl.DataFrame) -> None:
        """Write the frame's rows."""
        buffer = io.BytesIO()
        iso(records).write_ndjson(buffer)
        self._stream.write(buffer.getvalue())

    def close(self) -> None:
        """Write out what is buffered."""
        self._stream.flush()


class CsvWriter:
    """RFC 4180 with one header row."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._header = True

    def write(self, records: pl.DataFrame) -> None:
        """Write the frame's rows, the header before the first."""
        text = iso(records).write_csv(include_header=self._header, line_terminator="\r\n")
        self._stream.write(text.encode())
        self._header = False

    def close(self) -> None:
        """Write out what is buffered."""
        self._stream.flush()


class ParquetWriter:
    """One row group a block; the writer's metadata comes last, so an unfinished file is no file."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._writer: Any = None

    def write(self, records: pl.DataFrame) -> None:
        """Write the frame's rows."""
        import pyarrow.parquet as pq

        table = records.to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            names = table.column_names
            self._writer = pq.ParquetWriter(
                self._stream,
                table.schema,
                compression={
                    name: "none" if name in (*_FEW, *_DELTAS[1:]) else "zstd" for name in names
                },
                use_dictionary=[name for name in names if name not in (*_DELTAS, *_UNIQUE)],
                write_statistics=[name for name in _SOUGHT if name in names],
                column_encoding={name: "DELTA_BINARY_PACKED" for name in _DELTAS if name in names},
            )
        self._writer.write_table(table.cast(self._writer.schema))

    def close(self) -> None:
        """Write the metadata."""
        if self._writer is not None:
            self._writer.close()
        self._stream.flush()


def writer(kind: Kind, stream: BinaryIO) -> RecordWriter:
    """The writer of a kind of file."""
    makers: dict[Kind, type[NdjsonWriter] | type[CsvWriter] | type[ParquetWriter]] = {
        "ndjson": NdjsonWriter,
        "csv": CsvWriter,
        "parquet": ParquetWriter,
    }
    return makers[kind](stream)


class WholeFile(AbstractContextManager[BinaryIO]):
    """A file that appears under its name only when it is whole; mode 0600, as it names people.

    A link is followed. A device or a pipe (`/dev/null`) is written to and never replaced.
    """

    def __init__(self, path: Path) -> None:
        in_place = path.exists() and not path.is_file()
        # `/dev/stdout` leads to a pipe that has no path of its own.
        self._path = path if in_place else Path(os.path.realpath(path))
        draft = self._path.with_name(f".{self._path.name}.{os.getpid()}.part")
        self._draft = None if in_place else draft

    def __enter__(self) -> BinaryIO:
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            self._stream = os.fdopen(os.open(self._draft or self._path, flags, 0o600), "wb")
        except OSError as error:
            error.filename = str(self._path)
            raise
        return self._stream

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._stream.close()
            if kind is None and self._draft:
                self._draft.replace(self._path)
        except OSError as failure:
            failure.filename = str(self._path)
            raise
        finally:
            if self._draft:
                self._draft.unlink(missing_ok=True)
