"""Which files a night opens: those that could have changed since a run looked, and no others."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from logan.audit.log_rows import PlaceRow, StreamRow
from tests.audit.nights import Nights, compile_once, squid

_opened: list[str] = []
_watching: list[bool] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if _watching and event == "open":
        _opened.append(str(arguments[0]))


sys.addaudithook(_note)  # for good: Python takes none away


@contextmanager
def opened_below(folder: Path) -> Iterator[list[str]]:
    """The files below a folder that are opened in the block, by name and in order."""
    _opened.clear()
    names: list[str] = []
    _watching.append(True)
    try:
        yield names
    finally:
        _watching.clear()
        names += [Path(one).name for one in _opened if one.startswith(f"{folder}/")]


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nights:
    compile_once(monkeypatch)
    monkeypatch.setattr("logan.audit.file_survey.is_due_for_proof", lambda *_: False)
    return Nights(tmp_path)


def written(path: Path, seconds: float, nights: Nights) -> None:
    """Have a file be written so long before the next run begins."""
    at = int((nights.now - timedelta(seconds=seconds)).timestamp() * 10**9)
    os.utime(path, ns=(at, at))


def next_night(nights: Nights) -> list[str]:
    with opened_below(nights.logs) as opened:
        assert nights.run(hours=24).complete
    return opened


def test_a_file_that_did_not_change_is_not_opened_however_new_it_is(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that was written to within the hour is one in use, to all who read it."""
    monkeypatch.setattr("logan.intake.files._IN_USE_SECONDS", 10**10)
    nights.write("access.log.1", squid(0))
    nights.write("access.log", squid(1))
    with opened_below(nights.logs) as opened:
        nights.begin()
    assert {*opened} == {"access.log", "access.log.1"}
    nights.write("access.log", squid(2))
    assert {*next_night(nights)} == {"access.log"}
    assert next_night(nights) == []
    assert nights.hits() == 3


@pytest.mark.parametrize(("seconds", "again"), [(-60, True), (1, True), (3, False)])
def test_a_file_that_was_just_written_to_as_a_run_looked_is_looked_at_once_more(
    nights: Nights, seconds: float, again: bool
) -> None:
    """Times are rounded, to two seconds at most: what is written within them may have one time."""
    log = nights.write("access.log", squid(0))
    nights.begin()
    log.write_text(squid(0) + squid(1))
    nights.now += timedelta(hours=24)
    written(log, seconds, nights)
    state = log.stat()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.audit.nights.date_logs", lambda *_: None)
        nights.run(hours=0)
        log.write_text(squid(7) + squid(8))
        os.utime(log, ns=(state.st_atime_ns, state.st_mtime_ns))
        assert bool(next_night(nights)) == again
        assert nights.hits() == 2 + 2 * again
        assert next_night(nights) == []


def test_a_night_writes_the_places_of_what_is_not_as_it_was_and_no_others(nights: Nights) -> None:
    """A hundred thousand files that nobody wrote to are a hundred thousand rows."""

    def runs() -> dict[str, int]:
        with nights.ledger() as ledger:
            return {Path(one.path).name: one.run for one in ledger.select(PlaceRow)}

    for name in ("a.log", "b.log", "c.log"):
        nights.write(name, squid(ord(name[0])))
    nights.begin()
    nights.write("b.log", squid(1))
    (nights.logs / "c.log").rename(nights.logs / "d.log")
    nights.run()
    assert runs() == {"a.log": 1, "b.log": 2, "d.log": 2}
    (nights.logs / "a.log").unlink()
    nights.run()
    assert runs() == {"b.log": 2, "d.log": 2}
    with nights.ledger() as ledger:
        streams = ledger.select(StreamRow, "ORDER BY id")
    assert [Path(one.path).name for one in streams] == ["a.log", "b.log", "d.log"]
    assert [one.seen_run for one in streams] == [2, 3, 3]
