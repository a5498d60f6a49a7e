"""A disk that refuses any one step of an export: the old export stands, and nothing is left over."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from logan.errors import ExitStatus, OutputError
from logan.package.names import FILES
from logan.runtime import whole_folder
from logan.tables.summary import Summary, summarise
from tests.conftest import Run
from tests.faults.disk import content, steps
from tests.faults.logs import logan, squid, write_log
from tests.outputs.stories import STORIES
from tests.package.builders import write

CODES = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES)
#: The folder is made; each file is opened, written and synced; then the folder is synced and
#: takes its place. What goes before (its parent is there) and after (the entry is synced) may fail.
FEWEST = 1 + 3 * len(FILES) + 2


@pytest.fixture(scope="module")
def old() -> Summary:
    return summarise(STORIES["one_user"]())


@pytest.fixture(scope="module")
def new() -> Summary:
    return summarise(STORIES["one_day"]())


def failing(number: int, *, code: int, for_good: bool) -> tuple[Callable[[], None], list[int]]:
    """A disk whose step of this number fails, alone or with all that follow; and its steps so far."""
    done: list[int] = []

    def act() -> None:
        done.append(len(done) + 1)
        if done[-1] == number or (for_good and done[-1] > number):
            raise OSError(code, os.strerror(code))

    return act, done


def complaint(summary: Summary, folder: Path, act: Callable[[], None]) -> str | None:
    with steps(act):
        try:
            write(summary, folder)
        except OutputError as error:
            return str(error)
    return None


@pytest.mark.parametrize("for_good", [True, False])
@pytest.mark.parametrize("exchanging", [True, False])
def test_whichever_step_fails_the_old_export_stands(
    tmp_path: Path,
    old: Summary,
    new: Summary,
    monkeypatch: pytest.MonkeyPatch,
    exchanging: bool,
    for_good: bool,
) -> None:
    if not exchanging:
        monkeypatch.setattr(whole_folder, "exchange", lambda *_: False)
    work = tmp_path / "work"
    act, done = failing(0, code=0, for_good=False)
    assert complaint(new, work / "out", act) is None
    after = content(work)
    before = content(write(old, tmp_path / "old" / "out").parent)
    told = 0
    # Every fourth step, each time from another one on: together all of them.
    for number in range(1 + 2 * exchanging + for_good, len(done) + 1, 4):
        shutil.rmtree(work)
        shutil.copytree(tmp_path / "old", work)
        act, _ = failing(number, code=CODES[number % len(CODES)], for_good=for_good)
        said = complaint(new, work / "out", act)
        told += said is not None
        assert said is None or "could not be written: " in said
        assert said is None or "Nothing was changed" in said
        assert content(work) == (before if said else after), f"step {number}"
        assert [path.name for path in work.iterdir()] == ["out"], f"step {number}"
    assert 4 * told >= FEWEST - 4


@pytest.mark.parametrize("number", [2, 9, 20])
def test_the_command_says_so_and_ends_with_3(tmp_path: Path, run: Run, number: int) -> None:
    log = write_log(tmp_path / "access.log", [squid()])
    assert run("scan", log, "-q", "--export", tmp_path / "out").status == ExitStatus.COMPLETE
    before = content(tmp_path)
    write_log(log, [squid(), squid(1)])
    act, _ = failing(number, code=errno.ENOSPC, for_good=False)
    with steps(act):
        ran = run("scan", log, "-q", "--export", tmp_path / "out", "--fail-on", "hits>0")
    assert ran.status == ExitStatus.INCOMPLETE
    assert ran.err.startswith(f"logan: {tmp_path}/out: the export could not be written: No space")
    log.write_text(squid())
    assert content(tmp_path) == before


def test_files_that_may_not_grow(tmp_path: Path) -> None:
    log = write_log(tmp_path / "access.log", [squid(second) for second in range(99)])
    limit = ("sh", "-c", 'ulimit -f 1; exec "$0" "$@"')
    ran = logan("scan", log, "-q", "--export", tmp_path / "out", wrap=limit)
    assert ran.returncode == ExitStatus.INCOMPLETE, ran.stderr
    assert b"could not be written: File too large" in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["access.log"]


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_a_summary_that_cannot_be_written_is_not_taken_for_one(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full: run on Linux")
    log = write_log(tmp_path / "access.log", [squid()])
    onto_full = ("sh", "-c", 'exec "$0" "$@" > /dev/full')
    ran = logan("scan", log, *arguments, wrap=onto_full)
    assert ran.returncode == ExitStatus.INCOMPLETE, ran.stderr
    assert b"No space left on device" in ran.stderr
    assert b"Traceback" not in ran.stderr
    assert b"fault in logan itself" not in ran.stderr
