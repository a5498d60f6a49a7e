"""Evidence in one stream of bytes, to be sent from one machine to another.

Rows stand first, as streams of Arrow; behind them all else, as JSON, the size of that, and a mark.
So neither who writes nor who reads them holds all rows at once.
"""

import io
import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final

import polars as pl
from polars.exceptions import PolarsError

from logan.evidence.document import describe, evidence_of
from logan.evidence.evidence import Evidence, collect_findings, collect_rejects
from logan.evidence.read_source import EvidenceError
from logan.evidence.saved import VERSION
from logan.evidence.stored_rows import RowCollector, Schema, StoredRows
from logan.schema import FOUND, REJECTED

_MARK: Final = VERSION.encode()
_SIZE: Final = 8


def pack(evidence: Evidence, file: BinaryIO) -> None:
    """Write evidence to a stream that nothing else is written to."""
    tables = {
        "findings": [_write(chunk.lazy().collect(), file) for chunk in evidence.findings.chunks],
        "rejects": [_write(chunk.lazy().collect(), file) for chunk in evidence.rejects.chunks],
    }
    document = json.dumps({**describe(evidence), **tables}).encode()
    file.write(document + len(document).to_bytes(_SIZE, "big") + _MARK)


def _write(rows: pl.DataFrame, file: BinaryIO) -> int:
    """Write rows; the bytes that they take."""
    buffer = io.BytesIO()
    rows.write_ipc_stream(buffer, compression="zstd")
    return file.write(buffer.getbuffer())


def unpack(file: BinaryIO, *, rows: bool = True) -> Evidence:
    """The evidence of which `pack` wrote a stream; past a size its rows are put on disk.

    `rows` False: it is wanted without them. `file` can be read from any place. Raises
    `EvidenceError` for anything else.
    """
    try:
        document = _read_document(file)
        sizes = (document["findings"], document["rejects"]) if rows else ((), ())
        file.seek(0)
        findings = _collect(collect_findings(), _frames(file, sizes[0], FOUND))
        rejects = _collect(collect_rejects(), _frames(file, sizes[1], REJECTED))
        return evidence_of(document, findings, rejects)
    except (KeyError, TypeError, ValueError, AttributeError, OSError, PolarsError) as error:
        raise EvidenceError(
            f"what came is no evidence as logan {VERSION} writes it ({type(error).__name__}). "
            "Read the logs again."
        ) from error


def _read_document(file: BinaryIO) -> dict[str, Any]:
    end = _SIZE + len(_MARK)
    file.seek(-end, io.SEEK_END)
    size, mark = file.read(_SIZE), file.read()
    if mark != _MARK:
        raise ValueError("no mark at the end")
    file.seek(-end - int.from_bytes(size, "big"), io.SEEK_END)
    return dict(json.loads(file.read(int.from_bytes(size, "big"))))


def _frames(file: BinaryIO, sizes: Iterable[int], schema: Schema) -> Iterator[pl.DataFrame]:
    for size in sizes:
        frame = pl.read_ipc_stream(file.read(size))
        if frame.schema != pl.Schema(schema):
            raise ValueError("other columns")
        yield frame


def _collect(collector: RowCollector, frames: Iterable[pl.DataFrame]) -> StoredRows:
    for frame in frames:
        collector.add(frame)
    return collector.collected()
