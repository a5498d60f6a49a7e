"""Records as files: the same rows in each kind, and whole or not at all."""

import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from logan.outputs.record_files import KINDS, Kind, WholeFile, writer
from logan.schema import RECORD

ROWS = pl.DataFrame(
    {
        "time": [datetime(2024, 1, 1, 10, 0, 0, 120_000, tzinfo=UTC), None],
        "user": ['a "quoted", name', None],
        "host": ["a.example", "b.example"],
        "line": [1, 2],
    },
    schema_overrides={"time": RECORD["time"]},
)


def full(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in RECORD.items()
    )


def write(kind: Kind, *frames: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    out = writer(kind, stream)
    for frame in frames:
        out.write(frame)
    out.close()
    return stream.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_two_blocks_make_one_file(kind: Kind) -> None:
    data = io.BytesIO(write(kind, full(ROWS), full(ROWS)))
    readers = {"csv": pl.read_csv, "parquet": pl.read_parquet, "ndjson": pl.read_ndjson}
    frame = readers[kind](data)
    assert frame["line"].to_list() == [1, 2, 1, 2]
    assert frame["user"].to_list() == ['a "quoted", name', None] * 2
    assert frame.columns == list(RECORD)


def test_every_value_survives_parquet() -> None:
    """Numbers are written as differences: also those that fall, are huge, negative or missing."""
    rows = pl.DataFrame(
        {
            "time": [datetime(2024, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), None],
            "bytes_sent": [2**63 - 1, -(2**63), None],
            "bytes_received": [None, None, None],
            "line": [1, 2**62, -5],
            "path": ["/", None, "/ü"],
            "client_ip": ["10.1.2.3", "10.1.2.3", None],
        },
        schema_overrides={"time": RECORD["time"]},
    )
    written = pl.read_parquet(io.BytesIO(write("parquet", full(rows), full(rows.reverse()))))
    assert written.equals(pl.concat([full(rows), full(rows.reverse())]))


def test_times_have_no_more_decimals_than_they_need() -> None:
    first, second = map(json.loads, write("ndjson", full(ROWS)).splitlines())
    assert (first["time"], second["time"]) == ("2024-01-01T10:00:00.12Z", None)


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), WholeFile(path) as stream:  # noqa: PT012
        stream.write(b"half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    with WholeFile(path) as stream:
        stream.write(b"new")
    assert path.read_text() == "new"
    assert [one.name for one in tmp_path.iterdir()] == ["out.csv"]


def test_a_link_is_followed_and_a_device_is_never_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    link.symlink_to(target)
    with WholeFile(link) as stream:
        stream.write(b"new")
    assert (link.is_symlink(), target.read_text()) == (True, "new")
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes on this system")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with WholeFile(pipe) as stream:
        stream.write(b"through")
    assert os.read(reader, 99) == b"through"
    assert pipe.is_fifo()
    os.close(reader)


def test_an_error_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "no" / "folder.csv"
    with pytest.raises(FileNotFoundError) as caught, WholeFile(path):
        pass
    assert caught.value.filename == str(path)
