"""`logan parse`: every line of a log, as records or as rejects."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from logan.schema import RECORD
from tests.conftest import Run

GOOD = "1704103200.100 5 10.1.2.3 TCP_MISS/200 9 GET http://a.example/x?y jdoe HIER_DIRECT/1 -\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_text(GOOD + GOOD + "\n" + "17O4103201 broken\n" + GOOD.replace("jdoe", "=cmd"))
    return path


def test_ndjson_has_every_column_of_the_record(log: Path, run: Run) -> None:
    ran = run("parse", log)
    assert ran.status == 0
    records = [json.loads(line) for line in ran.out.splitlines()]
    assert [record["line"] for record in records] == [1, 2, 5]
    assert all(list(record) == list(RECORD) for record in records)
    assert records[0]["time"] == "2024-01-01T10:00:00.1Z"
    assert (records[0]["host"], records[0]["path"], records[0]["query"]) == ("a.example", "/x", "y")
    assert "access.log:4: time: not as this format writes it" in ran.err
    assert "3 records, 1 lines rejected" in ran.err


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_other_kinds_hold_the_same_records(log: Path, kind: str, tmp_path: Path, run: Run) -> None:
    out = tmp_path / f"records.{kind}"
    assert run("parse", log, "-o", out).status == 0
    frame = pl.read_csv(out) if kind == "csv" else pl.read_parquet(out)
    assert frame["line"].to_list() == [1, 2, 5]
    assert frame["host"].to_list() == ["a.example"] * 3
    assert frame.columns == list(RECORD)
    assert oct(out.stat().st_mode)[-3:] == "600"


def test_a_csv_needs_a_file(log: Path, run: Run) -> None:
    ran = run("parse", log, "--to", "csv")
    assert ran.status == 2
    assert "--output" in ran.err


def test_rejects_can_be_kept(log: Path, tmp_path: Path, run: Run) -> None:
    rejects = tmp_path / "rejects.ndjson"
    assert run("parse", log, "--rejects", rejects, "-q").status == 0
    (reject,) = map(json.loads, rejects.read_text().splitlines())
    assert (reject["line"], reject["text"]) == (4, "17O4103201 broken")


def test_what_cannot_be_read_is_incomplete(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "x.log"
    path.write_text("dear diary\n")
    ran = run("parse", path)
    assert ran.status == 3
    assert "format not recognised" in ran.err


def test_an_unwritable_output_leaves_nothing_behind(log: Path, tmp_path: Path, run: Run) -> None:
    ran = run("parse", log, "-o", tmp_path / "no" / "such" / "folder.csv")
    assert ran.status == 3
    assert "folder.csv: cannot be written" in ran.err
    ran = run("parse", log, "--rejects", tmp_path / "none" / "rejects")
    assert "rejects: cannot be written" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["access.log"]


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="no /dev/stdout on this system")
def test_standard_output_by_its_name(log: Path) -> None:
    command = [sys.executable, "-m", "logan", "parse", str(log), "-o", "/dev/stdout"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout.splitlines()[0])["line"] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of Unix")
def test_on_a_terminal_no_value_moves_the_cursor(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    user = "j\u009b2Jdoe\u202e"
    log.write_text(
        f"1704103200.1 5 10.1.2.3 TCP_MISS/200 5 GET http://a.example/ {user} HIER_DIRECT/1 -\n"
    )
    command = [sys.executable, "-m", "logan", "parse", "--format", "squid", "-q", str(log)]
    primary, secondary = os.openpty()
    shown = subprocess.run(command, stdout=secondary, check=True)
    os.close(secondary)
    assert shown.returncode == 0
    text = os.read(primary, 1 << 16).decode()
    os.close(primary)
    assert "\\u202e" in text
    assert not {"\u009b", "\u202e"} & set(text)
    piped = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    assert user in piped


@pytest.mark.parametrize("name", ["records.foo", "records.csv.gz", "records.2024"])
def test_an_ending_that_tells_no_kind_is_refused(
    log: Path, name: str, tmp_path: Path, run: Run
) -> None:
    ran = run("parse", log, "-o", tmp_path / name)
    assert (ran.status, (tmp_path / name).exists()) == (2, False)
    assert "use one of .ndjson, .jsonl, .json, .csv, .parquet" in ran.err
    assert run("parse", log, "--to", "ndjson", "-o", tmp_path / name).status == 0


@pytest.mark.parametrize("name", ["records", "records.JSONL", "records.json"])
def test_other_names_are_those_of_ndjson(log: Path, name: str, tmp_path: Path, run: Run) -> None:
    assert run("parse", log, "-o", tmp_path / name).status == 0
    assert len((tmp_path / name).read_text().splitlines()) == 3
