"""The exported folder: its contract, its order, its failures."""

import csv
import errno
import os
import random
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logan.outputs.sorted_frames as module
from logan.errors import OutputError, UsageError
from logan.package.names import FILES, check_folder
from logan.result import Run, ScanResult, Selection
from logan.schema import HITS_CSV, TABLES
from logan.tables.spans import parse_window
from tests.builders import at, hit, result
from tests.file_size import file_size_limit
from tests.outputs.stories import HOSTILE, STORIES
from tests.package.builders import contents, write

REJECTS = pl.LazyFrame(
    {
        "source": ["b.log", "a.log", "a.log"],
        "line": [3, 20, 3],
        "reason": ["no host"] * 3,
        "text": ["=cmd\x1b[2J", "x,y", 'say "hi"'],
    }
)


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def export(tmp_path: Path, scanned: ScanResult, **others: Any) -> Path:
    return write(scanned, tmp_path / "out", **others)


def test_a_package_has_the_files_and_columns_of_the_contract(tmp_path: Path) -> None:
    folder = export(tmp_path, STORIES["quarter"]())
    assert {path.name for path in folder.iterdir()} == {*FILES, "rules"}
    for name, columns in TABLES.items():
        assert (folder / name).read_bytes().split(b"\r\n")[0] == ",".join(columns).encode()
    assert len(read(folder, "hits.csv")) == 2608
    assert len(read(folder, "mentions.csv")) == 18
    assert sum(int(row["hits"]) for row in read(folder, "users.csv")) == 2608
    assert sum(int(row["hits"]) for row in read(folder, "windows.csv")) == 2608
    assert sum(int(row["hit"]) for row in read(folder, "sources.csv")) == 2608


def test_rows_are_written_as_rfc_4180_asks(tmp_path: Path) -> None:
    rows = [hit("2024-01-01 09:30", 'Last, First "x"', path="/a", status=None)]
    folder = export(tmp_path, result(rows, rejects=REJECTS))
    assert (folder / "hits.csv").read_bytes() == (
        b",".join(name.encode() for name in HITS_CSV)
        + b'\r\n2024-01-01T09:30:00Z,"Last, First ""x""",192.0.2.7,pimeyes,page,url,allowed,GET,'
        b"pimeyes.com,/a,,500,9000,access.log,1,b76fb8c3be653eb2,pimeyes/page,,"
        b"2024-01-01T09:30:00+00:00\r\n"
    )
    assert (folder / "rejects.csv").read_bytes() == (
        b"source,line,reason,text\r\n"
        b'a.log,3,no host,"say ""hi"""\r\n'
        b'a.log,20,no host,"x,y"\r\n'
        b"b.log,3,no host,'=cmd\\x1b[2J\r\n"
    )


def test_a_hit_of_a_period_that_was_reported_is_marked_as_late(tmp_path: Path) -> None:
    scanned = result([hit("2024-01-01 09:30"), hit("2024-01-01 09:31")])
    scanned = scanned._replace(found=scanned.found.with_columns(late=pl.col("line") == 1))
    folder = export(tmp_path, scanned)
    assert [row["flags"] for row in read(folder, "hits.csv")] == ["late", ""]


def test_files_are_private(tmp_path: Path) -> None:
    folder = export(tmp_path, STORIES["one_user"]())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}
    assert modes.pop(folder / "rules") == 0o700
    assert set(modes.values()) == {0o600}


def test_query_strings_are_written_only_if_asked_for(tmp_path: Path) -> None:
    rows = [
        hit("2024-01-01 09:00", path="/en", query="name=doe", referrer="https://secret.example"),
        hit("2024-01-01 09:01", path="/en", query=None),
        hit("2024-01-01 09:02", path=None, query=None),
    ]
    folder = export(tmp_path, result(rows))
    assert [row["path"] for row in read(folder, "hits.csv")] == ["/en", "/en", ""]
    assert b"name=doe" not in b"".join(contents(folder).values())
    export(tmp_path, result(rows), queries=True)
    assert [row["path"] for row in read(folder, "hits.csv")] == ["/en?name=doe", "/en", ""]
    assert b"secret.example" not in b"".join(contents(folder).values())


def test_a_reject_shows_the_query_of_an_address_only_if_asked_for(tmp_path: Path) -> None:
    texts = ["GET http://a.example/x?name=doe&b=c HTTP/1.1", '"/x?name=doe" "y"', "what? no"]
    rejects = pl.LazyFrame({"source": "a", "line": [1, 2, 3], "reason": "cut", "text": texts})
    folder = export(tmp_path, result([], rejects=rejects))
    assert [row["text"] for row in read(folder, "rejects.csv")] == [
        "GET http://a.example/x?[query left out] HTTP/1.1",
        '"/x?[query left out]" "y"',
        "what? no",
    ]
    export(tmp_path, result([], rejects=rejects), queries=True)
    assert [row["text"] for row in read(folder, "rejects.csv")] == texts


def test_hostile_cells_are_harmless_in_every_file(tmp_path: Path) -> None:
    rows = [hit("2024-01-01 09:00", name, path=name, source=name) for name in HOSTILE]
    folder = export(tmp_path, result(rows))
    for name, content in contents(folder).items():
        if name not in TABLES:
            continue
        text = content.decode("utf-8")
        assert all(letter.isprintable() or letter in "\r\n" for letter in text), name
        assert text.count("\n") == len(read(folder, name)) + 1, name
        for row in read(folder, name):
            assert not any(cell.startswith(tuple("=+-@\t\r")) for cell in row.values())


@pytest.mark.parametrize("chunk", [1, 7, 1_000_000])
def test_neither_order_nor_chunks_change_a_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    rows = [
        hit(
            f"2024-01-0{1 + number % 9} 0{number % 7}:00",
            f"u{number % 6}" if number % 6 else None,
            service=("pimeyes", "clearview")[number % 4 // 2],
            line=number,
        )
        for number in range(60)
    ]
    rows[5]["time"] = None
    rows += [hit("2024-01-01 09:00", bin="mention", line=100 + number) for number in range(9)]
    scanned = result([row for row in rows if row["time"]])
    scanned = scanned._replace(found=result_rows(rows), sources=fitted(rows), rejects=REJECTS)
    expected = contents(export(tmp_path, scanned))
    monkeypatch.setattr(module, "_CHUNK", chunk)
    random.Random(chunk).shuffle(rows)
    shuffled = scanned._replace(
        found=result_rows(rows),
        rejects=REJECTS.reverse(),
        sources=scanned.sources[::-1],
    )
    assert contents(export(tmp_path, shuffled)) == expected
    assert [row["line"] for row in read(tmp_path / "out", "hits.csv")][-1] == "5"


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.none() | st.integers(0, 300), min_size=1, max_size=40),
    st.integers(1, 9),
    st.integers(1, 50),
)
def test_runs_change_no_byte(
    tmp_path_factory: pytest.TempPathFactory, minutes: list[int | None], size: int, chunk: int
) -> None:
    folder = tmp_path_factory.mktemp("runs")
    rows = [
        hit(minute if minute is None else at("2024-01-01 09:00") + timedelta(minutes=minute))
        | {"line": line}
        for line, minute in enumerate(minutes)
    ]
    scanned = result([])._replace(found=result_rows(rows), sources=fitted(rows))
    frames = list(scanned.found.collect().iter_slices(size))
    bounds = [(frame["time"].min(), frame["time"].max()) for frame in frames]
    runs = tuple(
        Run(frame.lazy(), first, last)  # type: ignore[arg-type]
        for frame, (first, last) in zip(frames, bounds, strict=True)
    )
    with pytest.MonkeyPatch.context() as patch:
        expected = contents(export(folder, scanned))
        patch.setattr(module, "_CHUNK", chunk)
        assert contents(export(folder, scanned._replace(runs=runs))) == expected


def result_rows(rows: list[dict[str, Any]]) -> pl.LazyFrame:
    return result(rows, sources=[]).found


def fitted(rows: list[dict[str, Any]]) -> tuple[Any, ...]:
    timed = [row for row in rows if row["time"]]
    one = result(timed).sources[0]
    bins = {**one.bins, "hit": sum(row["bin"] == "hit" for row in rows)}
    return (one._replace(bins=bins, lines=sum(bins.values())),)


def test_the_selection_narrows_hits_and_mentions(tmp_path: Path) -> None:
    rows = [hit("2024-01-01 09:00"), hit("2024-01-05 09:00"), hit("2024-01-05", bin="mention")]
    chosen = Selection(until=at("2024-01-02"))
    folder = export(tmp_path, result(rows, selection=chosen), window=parse_window("1d"))
    assert [len(read(folder, name)) for name in ("hits.csv", "mentions.csv", "windows.csv")] == [
        1,
        0,
        1,
    ]


def test_an_earlier_package_or_an_empty_folder_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    export(tmp_path, STORIES["quarter"]())
    folder = export(tmp_path, STORIES["one_user"]())
    assert len(read(folder, "hits.csv")) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_with_anything_else_is_left_alone(tmp_path: Path) -> None:
    folder = export(tmp_path, STORIES["one_user"]())
    (folder / "notes.txt").write_text("mine")
    before = contents(folder)
    with pytest.raises(UsageError, match=r"'notes\.txt', which is not of an export; name a new"):
        write(STORIES["one_user"](), folder)
    assert contents(folder) == before


def test_a_strangers_hits_are_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "hits.csv").write_text("a,b\r\n")
    with pytest.raises(UsageError, match=r"hits\.csv: is not a file that logan wrote"):
        check_folder(tmp_path)


def test_a_file_or_a_folder_inside_is_no_package(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="there is a file of this name"):
        check_folder(tmp_path / "file")
    (tmp_path / "hits.csv").mkdir()
    with pytest.raises(UsageError):
        check_folder(tmp_path)


@pytest.mark.parametrize("limit", [1, 500, 20_000, 200_000])
def test_a_disk_that_fills_leaves_the_old_export(tmp_path: Path, limit: int) -> None:
    folder = export(tmp_path, STORIES["one_user"]())
    before = contents(folder)
    refused = pytest.raises(OutputError, match=r"could not be written: File too large\. Nothing")
    with file_size_limit(limit), refused:
        write(STORIES["quarter"](), folder)
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("failing", [1, 2, 7, 12, 13, 17, 20, 100])
def test_a_failure_to_reach_the_disk_leaves_the_old_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    folder = export(tmp_path, STORIES["one_user"]())
    before, calls = contents(folder), []

    def fail(_handle: int) -> None:
        calls.append(_handle)
        if len(calls) == failing:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    quarter = STORIES["quarter"]()
    if failing < 100:
        with pytest.raises(OutputError, match="Input/output error"):
            write(quarter, folder)
        assert contents(folder) == before
    else:
        write(quarter, folder)
        assert len(read(folder, "hits.csv")) == 2608
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
