"""Logs that are rotated while logan runs: no line twice, and none missed without a word."""

import gzip
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from logan.intake import reader
from logan.intake.source_search import find
from logan.intake.stored import StoredFile
from logan.pipeline import read
from logan.pipeline.scan import Settings, scan
from logan.result import ScanResult
from logan.rules.packs import load_rules
from logan.tables.headline import totals

RULES = load_rules()
LINE = (
    "17040672{:02}.{:03} 5 10.1.2.3 TCP_MISS/200 500 GET http://pimeyes.com/{} {} HIER_NONE/- -\n"
)


def log(start: int, stop: int, user: str = "jdoe") -> str:
    return "".join(LINE.format(at % 60 + 10, at, at, user) for at in range(start, stop))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "access.log").write_text(log(200, 250))
    (tmp_path / "access.log.1").write_text(log(0, 200))
    return tmp_path


def rename(folder: Path) -> None:
    (folder / "access.log.1").rename(folder / "access.log.2")
    (folder / "access.log").rename(folder / "access.log.1")
    (folder / "access.log").write_text(log(300, 310))


def rename_and_remove(folder: Path) -> None:
    (folder / "access.log").replace(folder / "access.log.1")
    (folder / "access.log").write_text(log(300, 310))


def rename_and_compress(folder: Path) -> None:
    rename(folder)
    (folder / "access.log.1.gz").write_bytes(gzip.compress((folder / "access.log.1").read_bytes()))
    (folder / "access.log.1").unlink()


def copy_and_cut(folder: Path) -> None:
    (folder / "access.log.1").rename(folder / "access.log.2")
    shutil.copy2(folder / "access.log", folder / "access.log.1")
    os.truncate(folder / "access.log", 0)


def copy_and_write_anew(folder: Path) -> None:
    """Cut, and grown longer than it was by the time that it is opened."""
    copy_and_cut(folder)
    (folder / "access.log").write_text(log(300, 900))


def remove_and_take_its_number(folder: Path) -> None:
    """A new file may get the number of the one that was removed: then its content must tell."""
    number = (folder / "access.log").stat().st_ino
    (folder / "access.log").unlink()
    (folder / "access.log").write_text(log(300, 900))
    if (folder / "access.log").stat().st_ino != number:
        pytest.skip("this file system gives the new file another number")


ROTATIONS = [
    rename,
    rename_and_remove,
    rename_and_compress,
    copy_and_cut,
    copy_and_write_anew,
    remove_and_take_its_number,
]


def scanned(
    folder: Path, monkeypatch: pytest.MonkeyPatch, then: Callable[[], object]
) -> ScanResult:
    """Scan a folder; something happens between finding its files and reading them."""

    def find_then(paths: tuple[str, ...], *, exclude: tuple[str, ...]) -> object:
        found = find(paths, exclude=exclude)
        then()
        return found

    monkeypatch.setattr(read, "find", find_then)
    return scan(Settings((str(folder),), RULES))


@pytest.mark.parametrize("rotate", ROTATIONS)
def test_what_is_not_what_was_found_is_named_and_nothing_counts_twice(
    folder: Path, monkeypatch: pytest.MonkeyPatch, rotate: Callable[[Path], None]
) -> None:
    result = scanned(folder, monkeypatch, lambda: rotate(folder))
    assert not result.complete
    paths = result.found.filter(bin="hit").collect()["path"].to_list()
    assert len(paths) == len(set(paths)) == totals(result).hits
    named = {source.name for source in result.sources if source.failure}
    assert str(folder / "access.log") in named
    assert all(source.advice for source in result.sources if source.failure)


def test_what_is_appended_is_no_other_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (folder / "access.log").open("a") as file:
        result = scanned(folder, monkeypatch, lambda: (file.write(log(250, 260)), file.flush()))
    assert result.complete
    assert totals(result).hits == 260


def test_what_is_renamed_after_it_was_opened_is_read_to_its_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logan.pipeline.batches.SMALL", 0)
    opened: list[str] = []

    class Rotating(StoredFile):
        def __init__(self, source: object, **options: bool) -> None:
            super().__init__(source, **options)  # type: ignore[arg-type]
            opened.append(source.name)  # type: ignore[attr-defined]
            if len(opened) == 2:
                rename(folder)

    monkeypatch.setattr(reader, "StoredFile", Rotating)
    monkeypatch.setattr("logan.pipeline.batches.read_small", lambda *_a, **_b: None)
    result = scan(Settings((str(folder),), RULES))
    assert result.complete
    assert totals(result).hits == 250


def test_what_is_cut_and_written_anew_while_it_is_read_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = StoredFile.beginning

    def cut_behind(stored: StoredFile, size: int) -> bytes:
        start = taken(stored, size)
        copy_and_write_anew(folder)
        monkeypatch.setattr(StoredFile, "beginning", taken)
        return start

    monkeypatch.setattr(StoredFile, "beginning", cut_behind)
    monkeypatch.setattr("logan.pipeline.batches.read_small", lambda *_a, **_b: None)
    result = scan(Settings((str(folder / "access.log"),), RULES))
    (source,) = result.sources
    assert source.failure == "was cut and written anew while it was read"
    assert not result.complete


def test_where_files_are_numbered_anew_their_state_tells(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some remote file systems: the number says nothing, size and time of the last change do."""
    found = find([str(folder)])
    renumbered = [
        one._replace(identity=one.identity._replace(number=one.identity.number + 7))
        for one in found.sources
        if one.identity
    ]
    known = found._replace(sources=tuple(renumbered))
    monkeypatch.setattr(read, "find", lambda _paths, *, exclude: known)  # noqa: ARG005
    result = scan(Settings((str(folder),), RULES))
    assert result.complete
    assert totals(result).hits == 250
