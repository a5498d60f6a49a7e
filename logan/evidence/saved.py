"""Evidence in a folder: `evidence.json` with all but the rows, and Parquet files with these.

The folder is 0700 and its files 0600, for they name people. It is written beside its place and put
there when it is whole. `VERSION` changes whenever an older logan could misread what a newer wrote.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl
from polars.exceptions import PolarsError

from logan import __version__
from logan.errors import UsageError
from logan.evidence.document import describe, evidence_of
from logan.evidence.evidence import Evidence
from logan.evidence.read_source import EvidenceError
from logan.evidence.stored_rows import RowChunk, Schema, StoredRows
from logan.runtime.whole_folder import write_whole
from logan.schema import FOUND, REJECTED

#: The name and version of the form.
VERSION: Final = "logan.evidence/4"
_DOCUMENT: Final = "evidence.json"
_TABLES: Final[Mapping[str, Schema]] = {"findings": FOUND, "rejects": REJECTED}
_AGAIN: Final = "Read the logs again, or take the folder from a copy that is whole."


def save(evidence: Evidence, folder: Path) -> None:
    """Save evidence, replacing what was saved there earlier only when the new is whole.

    Raises `UsageError` if the folder holds anything but saved evidence, `OutputError` if it cannot
    be written.
    """
    _check_folder(folder)
    with write_whole(folder, "evidence") as fresh:
        tables = {
            name: list(_write_rows(rows, fresh, name))
            for name, rows in (("findings", evidence.findings), ("rejects", evidence.rejects))
        }
        document = {"schema": VERSION, "logan": __version__, **describe(evidence), **tables}
        with _create(fresh / _DOCUMENT) as file:
            file.write(json.dumps(document, indent=1).encode())


def load(folder: Path) -> Evidence:
    """Evidence that `save` wrote. Rows stay in the folder, which must last as long as they do.

    Raises `EvidenceError` where there is none, or it is damaged, or of another version.
    """
    document = _read_document(folder)
    try:
        count = len(document["sources"])
        findings = _read_rows(folder, document, "findings", count)
        return evidence_of(document, findings, _read_rows(folder, document, "rejects", count))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EvidenceError(
            f"{folder / _DOCUMENT}: is not as logan wrote it ({error!r}). {_AGAIN}"
        ) from error


def _check_folder(folder: Path) -> None:
    if not folder.exists() or (folder / _DOCUMENT).is_file():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise UsageError(
            f"{folder}: holds something else than evidence that logan saved. Name a new or empty "
            "folder, or one with evidence that may be replaced."
        )


def _create(path: Path) -> Any:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _write_rows(rows: StoredRows, folder: Path, name: str) -> Iterator[dict[str, object]]:
    """Write rows chunk by chunk; the name and the height of each file."""
    for number, chunk in enumerate(rows.chunks):
        path = folder / f"{name}-{number:06}.parquet"
        with _create(path) as file:
            chunk.lazy().collect().write_parquet(file, compression="zstd", statistics=False)
        yield {"file": path.name, "rows": chunk.height}


def _read_document(folder: Path) -> dict[str, Any]:
    path = folder / _DOCUMENT
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise EvidenceError(
            f"{path}: cannot be read: {error.strerror}. Name a folder with evidence that logan "
            "saved."
        ) from error
    except ValueError as error:
        raise EvidenceError(f"{path}: is not JSON: {error}. {_AGAIN}") from error
    version = document.get("schema") if isinstance(document, dict) else None
    if version != VERSION:
        raise EvidenceError(
            f"{path}: is of the form {version}, and this logan ({__version__}) reads {VERSION}. "
            "Read it with the logan that wrote it, or read the logs again."
        )
    return dict(document)


def _read_rows(folder: Path, document: Mapping[str, Any], name: str, sources: int) -> StoredRows:
    schema = _TABLES[name]
    chunks = [
        _read_chunk(folder / Path(entry["file"]).name, int(entry["rows"]), schema, sources)
        for entry in document[name]
    ]
    return StoredRows(schema, tuple(chunks))


def _read_chunk(path: Path, height: int, schema: Schema, sources: int) -> RowChunk:
    """A file of rows; made sure that it has them, and that their sources are known."""
    try:
        rows = pl.scan_parquet(path)
        same = rows.collect_schema() == pl.Schema(schema)
        found, last = rows.select(pl.len(), last=pl.col("source").max()).collect().row(0)
    except (OSError, PolarsError) as error:
        raise EvidenceError(f"{path}: cannot be read: {error}. {_AGAIN}") from error
    if not same or found != height or (last is not None and last >= sources):
        raise EvidenceError(f"{path}: does not hold the {height:,} rows that it had. {_AGAIN}")
    return RowChunk(path, height)
