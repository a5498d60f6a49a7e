"""Files without lines are named; no log is taken for one."""

import io
import sqlite3
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from logan.intake.foreign import FOREIGN, recognise


def name_of(start: bytes) -> str | None:
    kind = recognise(start)
    return kind.name if kind else None


def test_real_files(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("a.log", "line\n")
    assert name_of(archive.getvalue()) == "zip"

    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("a.log"))
    assert name_of(archive.getvalue()) == "tar"

    workbook = io.BytesIO()
    xlsxwriter.Workbook(workbook, {"in_memory": True}).close()
    assert name_of(workbook.getvalue()) == "office"

    table = tmp_path / "table"
    pq.write_table(pa.table({"line": ["a"]}), table)
    assert name_of(table.read_bytes()) == "parquet"

    database = tmp_path / "database"
    connection = sqlite3.connect(database)
    connection.execute("create table logs (line)")
    connection.close()
    assert name_of(database.read_bytes()) == "sqlite"


@pytest.mark.parametrize("foreign", FOREIGN)
def test_every_signature_names_its_kind(foreign: object) -> None:
    start = bytes(foreign.offset) + foreign.magic + bytes(64)
    assert recognise(start) == foreign
    assert name_of(start[: foreign.offset + len(foreign.magic) - 1]) != foreign.name


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"PK is a user\n",
        b"PAR2 line\n",
        b"ustar at the start\n",
        b"%PDF in a log\n",
        b"GIF of a user\n",
        b"\n\r\r\n",
        b"\xef\xbb\xbf#Fields: date time\r\n",
        b'{"ts":1704067200.1,"uid":"C1"}\n',
    ],
)
def test_text_is_not_foreign(start: bytes) -> None:
    assert recognise(start) is None
