"""Logs that a night could not look at: nothing of them is gone, and the next night goes on."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from logan.audit import run_under_way, unseen_logs
from logan.audit.log_rows import PlaceRow, SegmentRow
from logan.audit.verify import verify_ledger
from logan.intake.folders import FolderEntry
from tests.audit.nights import Nights, compile_once, squid


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nights:
    """A log that is read from where it was left, though it is small."""
    compile_once(monkeypatch)
    monkeypatch.setattr("logan.audit.new_lines.HEAD_SIZE", 64)
    nights = Nights(tmp_path)
    nights.write("access.log", lines(0, 3))
    nights.begin()
    return nights


def lines(first: int, stop: int) -> str:
    """Lines of these minutes."""
    return "".join(map(squid, range(first, stop)))


@contextmanager
def refused(name: str, path: Path, number: int) -> Iterator[None]:
    """A function of `os` fails for what lies at a path: who runs the tests may read everything."""
    real = getattr(os, name)

    def refuse(given: object, *arguments: object, **named: object) -> object:
        if isinstance(given, str | os.PathLike) and os.fspath(given).rstrip("/") == str(path):
            raise OSError(number, os.strerror(number))
        return real(given, *arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, name, refuse)
        yield


def places(nights: Nights) -> list[PlaceRow]:
    with nights.ledger() as ledger:
        return ledger.select(PlaceRow, "ORDER BY path")


def segments(nights: Nights) -> list[tuple[int, int]]:
    with nights.ledger() as ledger:
        parts = ledger.select(SegmentRow, "WHERE superseded_by IS NULL ORDER BY from_byte")
    return [(one.from_byte, one.to_byte) for one in parts]


def assert_goes_on(nights: Nights) -> None:
    """The log is there again, with lines 3 and 4: each is read once, behind those before it."""
    outcome = nights.run()
    assert (outcome.complete, outcome.lines) == (True, 2)
    assert (nights.hits(), nights.lines(), nights.notices("hole")) == (5, 5, [])
    first, second = segments(nights)
    assert (first[0], first[1]) == (0, second[0])
    with nights.ledger() as ledger:
        assert verify_ledger(ledger, nights.configuration).faults == ()
    assert (nights.run().lines, nights.notices("hole")) == (0, [])


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ESTALE])
@pytest.mark.parametrize("rotated", [False, True])
def test_a_file_that_cannot_be_opened_keeps_its_place(
    nights: Nights, number: int, rotated: bool
) -> None:
    (before,) = places(nights)
    log = nights.write("access.log", lines(3, 5))
    if rotated:
        log = log.rename(nights.logs / "access.log.1")
    for _ in range(2):
        with refused("open", log, number):
            outcome = nights.run()
        (why,) = outcome.why
        assert why.startswith(f"hq: {log}: ")
        assert nights.notices("hole") == []
        assert len(nights.notices("incomplete")) == 1
        (kept,) = places(nights)
        assert kept.failure in why
        assert kept == replace(before, path=str(log), run=outcome.run, failure=kept.failure)
    assert_goes_on(nights)


def test_a_file_that_another_took_the_place_of_unseen_is_a_hole_when_it_can_be_read(
    nights: Nights,
) -> None:
    log = nights.logs / "access.log"
    log.write_text(lines(14, 16))
    with refused("open", log, errno.EACCES):
        nights.run()
    assert nights.notices("hole") == []
    nights.run()
    assert (nights.hits(), len(nights.notices("hole"))) == (5, 1)


def test_new_lines_that_cannot_be_read_leave_their_log_where_it_was(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.write("access.log", lines(3, 5))
    read = run_under_way.read_new_lines

    def fail(*arguments: object) -> Iterator[object]:
        for new in read(*arguments):  # type: ignore[arg-type]
            source = new.source._replace(content_sha256=None).failing(None)
            yield new._replace(source=source)

    with monkeypatch.context() as patch:
        patch.setattr(run_under_way, "read_new_lines", fail)
        outcome = nights.run()
    assert outcome.why == (f"hq: {nights.logs}/access.log: could not be read",)
    assert nights.notices("hole") == []
    assert_goes_on(nights)


@pytest.mark.parametrize("given", ["logs/*", "logs", "logs/**"])
def test_a_folder_that_cannot_be_listed_hides_its_logs(nights: Nights, given: str) -> None:
    """One reason for all of them."""
    path = nights.folder / "audit.toml"
    path.write_text(path.read_text().replace("logs/*", given))
    nights.write("second.log", lines(20, 23))
    nights.run()
    before = places(nights)
    with refused("scandir", nights.logs, errno.EACCES):
        outcome = nights.run()
    said = [why for why in outcome.why if "cannot be listed" in why]
    assert len(said) == 1
    assert len(outcome.why) <= 2, "and that there is no log"
    assert nights.notices("hole") == []
    assert places(nights) == before
    (nights.logs / "second.log").unlink()
    nights.write("access.log", lines(3, 5))
    assert (nights.run().lines, len(nights.notices("hole"))) == (2, 1), "of the second"
    assert (nights.hits(), nights.lines()) == (8, 8)


def test_a_file_that_cannot_be_looked_at_keeps_its_place(nights: Nights) -> None:
    before = places(nights)
    fault = OSError(errno.EIO, os.strerror(errno.EIO))
    with pytest.MonkeyPatch.context() as patch:
        look = "logan.intake.source_search.look_at"
        patch.setattr(look, lambda path, name: FolderEntry(path, name, fault))
        outcome = nights.run()
    assert any("cannot be looked at: Input/output error" in why for why in outcome.why)
    assert (places(nights), nights.notices("hole")) == (before, [])
    nights.write("access.log", lines(3, 5))
    assert_goes_on(nights)


@pytest.fixture
def shared(nights: Nights) -> Nights:
    """The same, with a second folder, so that there always is a log."""
    path = nights.folder / "audit.toml"
    path.write_text(path.read_text().replace('"logs/*"', '"logs/*", "logs/*/*", "local/*"'))
    (nights.folder / "local").mkdir()
    nights.write("../local/local.log", "")
    nights.run()
    return nights


@pytest.mark.parametrize("left", [True, False])
def test_a_share_that_is_not_mounted_hides_its_logs(
    shared: Nights, monkeypatch: pytest.MonkeyPatch, left: bool
) -> None:
    """Its folder is there, and empty, on another disk; or there is none at all."""
    before, away = places(shared), shared.folder / "away"
    shared.logs.rename(away)
    if left:
        shared.logs.mkdir()
    device = unseen_logs._Folders(run_under_way.FoundLogs((), (), (), ()), ())
    assert device._look(str(shared.folder)) == shared.folder.stat().st_dev
    with monkeypatch.context() as patch:
        patch.setattr(unseen_logs, "_look", lambda folder: 1 if Path(folder).is_dir() else None)
        patch.setattr(unseen_logs, "_devices", lambda _files: set())
        for _ in range(2):
            outcome = shared.run()
            folder = shared.logs if left else shared.folder
            said = "is not on the disk or share that it was on: mount that (1 log read before)"
            assert outcome.why == (f"hq: {folder}: {said}",)
            assert len(shared.notices("incomplete")) == 1
            assert shared.notices("hole") == []
        assert [one for one in places(shared) if "logs" in one.path] == before[1:]
    shutil.rmtree(shared.logs, ignore_errors=True)
    away.rename(shared.logs)
    shared.write("access.log", lines(3, 5))
    assert_goes_on(shared)


def test_what_is_removed_with_its_folder_is_gone(shared: Nights) -> None:
    (shared.logs / "2024").mkdir()
    shared.write("2024/access.log", lines(20, 23))
    shared.run()
    shutil.rmtree(shared.logs / "2024")
    outcome = shared.run()
    assert (outcome.why, len(shared.notices("hole"))) == ((), 1)


def test_a_share_that_is_asked_for_no_more_is_not_missed(
    shared: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unseen_logs, "_look", lambda _folder: 1)
    monkeypatch.setattr(unseen_logs, "_devices", lambda _files: set())
    path = shared.folder / "audit.toml"
    path.write_text(path.read_text().replace('"logs/*", "logs/*/*", ', ""))
    shutil.rmtree(shared.logs)
    assert shared.run().why == ()
    assert len(places(shared)) == 1
