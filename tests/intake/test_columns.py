"""Parquet: rows as JSON lines, numbered like lines, read by any JSON format; damage is said."""

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from logan.intake.columns import lines
from logan.intake.opening import open_source
from logan.intake.sources import Source
from logan.intake.unreadable import UnreadableError
from logan.pipeline.parse import ParsedInputs
from tests.conftest import Run

ZEEK = {
    "ts": [1704103200.5, 1704103201.5],
    "uid": ["C1", "C2"],
    "id.orig_h": ["10.1.2.3", "10.1.2.4"],
    "id.resp_p": [443, 443],
    "server_name": ["www.example.com", "pimeyes.com"],
    "resumed": [False, True],
    "established": [True, True],
}
SQUID = "1704103200.100 5 10.1.2.3 TCP_MISS/200 9 GET http://a.example/x jdoe HIER_DIRECT/1 -"


def parquet(path: Path, data: dict[str, object]) -> Path:
    pl.DataFrame(data).write_parquet(path)
    return path


def test_rows_are_json_lines(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "log.parquet",
        {
            "wall": [datetime(2024, 1, 1, 10)],  # noqa: DTZ001 - a wall clock
            "instant": [datetime(2024, 1, 1, 10, tzinfo=UTC)],
            "raw": [b"a\xff"],
            "nested": [{"a": {"b": 1}, "c": None}],
            "bytes within": [[b"x"]],
            "nothing": [None],
        },
    )
    (line,) = b"".join(lines(path)).splitlines()
    assert json.loads(line) == {
        "wall": "2024-01-01T10:00:00.000000",
        "instant": "2024-01-01T10:00:00+00:00",
        "raw": "a\\xff",
        "nested": {"a": {"b": 1}, "c": None},
        "bytes within": None,
        "nothing": None,
    }


def test_a_table_of_columns_is_read_as_the_log_it_was(tmp_path: Path) -> None:
    path = parquet(tmp_path / "ssl.parquet", ZEEK)
    parsing = ParsedInputs([str(path)])
    frame = pl.concat(block.records for block in parsing.blocks())
    assert parsing.failures == []
    assert frame["host"].to_list() == ["www.example.com", "pimeyes.com"]
    assert frame["line"].to_list() == [1, 2]
    assert frame["time"][0] == datetime(2024, 1, 1, 10, 0, 0, 500_000, tzinfo=UTC)


def test_a_column_of_raw_lines_is_an_envelope(tmp_path: Path) -> None:
    path = parquet(tmp_path / "raw.parquet", {"day": ["d"] * 3, "message": [SQUID] * 3})
    frame = pl.concat(block.records for block in ParsedInputs([str(path)]).blocks())
    assert frame["user"].to_list() == ["jdoe"] * 3


def test_hits_are_found_by_row(tmp_path: Path, run: Run) -> None:
    ran = run("scan", parquet(tmp_path / "ssl.parquet", ZEEK), "--json")
    assert ran.status == 0
    assert json.loads(ran.out)["sources"][0]["bins"]["hit"] == 1


def test_the_reader_knows_the_container_and_hashes_the_stored_bytes(tmp_path: Path) -> None:
    path = parquet(tmp_path / "ssl.parquet", ZEEK)
    with open_source(Source(str(path), path, path.stat().st_size), hashing=True) as reader:
        assert sum(block.lines for block in reader.blocks()) == 2
        assert (reader.container, reader.failure) == ("parquet", None)
    import hashlib

    assert reader.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("keep", [4, 30, -1, -9])
def test_a_cut_file_is_said_to_be_damaged(tmp_path: Path, keep: int) -> None:
    path = parquet(tmp_path / "ssl.parquet", ZEEK)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UnreadableError, match="damaged after row 0"):
        list(lines(path))
    parsing = ParsedInputs([str(path)])
    assert list(parsing.blocks()) == []
    assert len(parsing.failures) == 1


def test_an_empty_table_has_no_lines(tmp_path: Path) -> None:
    path = parquet(tmp_path / "none.parquet", {"a": []})
    assert b"".join(lines(path)) == b""
