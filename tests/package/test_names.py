"""Which folders may be replaced, and that two runs do not write to one place."""

import sys
from pathlib import Path

import pytest

from logan.errors import ExitStatus, LockedError, UsageError
from logan.package.names import check_folder
from logan.runtime.whole_folder import hold_place
from tests.conftest import Run
from tests.faults.logs import logan, squid, write_log
from tests.outputs.stories import STORIES
from tests.package.builders import write


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write(STORIES["one_user"](), tmp_path / "out")


@pytest.mark.parametrize("name", ["SHA256SUMS.sig", "SHA256SUMS.tsr", "x.tsq"])
def test_what_signs_a_package_goes_with_it(package: Path, name: str) -> None:
    (package / name).write_text("signed")
    check_folder(package)
    write(STORIES["one_user"](), package)
    assert not (package / name).exists()


@pytest.mark.parametrize(
    "name", ["notes.txt", "rules/notes.txt", "rules/more/a.yaml", "hits.csv.bak", ".git"]
)
def test_anything_else_keeps_the_folder(package: Path, name: str) -> None:
    (package / name).parent.mkdir(exist_ok=True, parents=True)
    (package / name).write_text("mine")
    with pytest.raises(UsageError, match=r"logan wrote|not of an export"):
        check_folder(package)


@pytest.mark.parametrize("content", ["{}", "[", '{"schema": "other/1"}', "[" * 99_999])
def test_a_manifest_of_something_else_keeps_the_folder(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(UsageError, match=r"manifest\.json: is not a file that logan wrote"):
        check_folder(tmp_path)


def test_an_export_of_an_older_logan_may_be_replaced(tmp_path: Path) -> None:
    head = (
        "user,service,hits,pages,searches,uploads,blocked,sessions,active_days,first_seen,last_seen"
    )
    (tmp_path / "users.csv").write_text(f"{head}\r\n")
    check_folder(tmp_path)
    (tmp_path / "users.csv").write_text("user,mine\r\n")
    with pytest.raises(UsageError):
        check_folder(tmp_path)
    (tmp_path / "users.csv").unlink()
    (tmp_path / "report.html").write_text("of somebody")
    with pytest.raises(UsageError):
        check_folder(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="needs locks as Unix has them")
def test_a_second_run_into_one_folder_ends_with_4(run: Run, tmp_path: Path) -> None:
    log = write_log(tmp_path / "a.log", [squid()])
    with hold_place(tmp_path / "out"):
        ran = run("scan", log, "-q", "--export", tmp_path / "out")
        assert ran.status == ExitStatus.LOCKED
        assert "another run is writing there" in ran.err
        assert not (tmp_path / "out").exists()
        assert run("scan", log, "-q", "--export", tmp_path / "other").status == 0
        with pytest.raises(LockedError), hold_place(tmp_path / "out"):
            pass
    assert run("scan", log, "-q", "--export", tmp_path / "out").status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.log", "other", "out"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs locks as Unix has them")
def test_a_lock_that_a_killed_run_left_holds_nobody(run: Run, tmp_path: Path) -> None:
    log = write_log(tmp_path / "a.log", [squid()])
    (tmp_path / ".out-lock").write_text("")
    assert run("scan", log, "-q", "--export", tmp_path / "out").status == 0
    assert not (tmp_path / ".out-lock").exists()


def test_a_place_that_cannot_be_locked_is_said(run: Run, tmp_path: Path) -> None:
    log = write_log(tmp_path / "a.log", [squid()])
    (tmp_path / "file").write_text("")
    ran = run("scan", log, "-q", "--export", tmp_path / "file" / "out")
    assert (ran.status, "could not be written" in ran.err) == (3, True)


def test_an_export_says_how_to_sign_it(tmp_path: Path) -> None:
    log = write_log(tmp_path / "a.log", [squid()])
    ran = logan("scan", log, "--export", tmp_path / "out")
    assert b"ssh-keygen -Y sign -f KEY -n logan-package" in ran.stderr
    assert f"{tmp_path}/out/SHA256SUMS".encode() in ran.stderr
    assert logan("scan", log, "-q", "--export", tmp_path / "out").stderr == b""
    assert (tmp_path / "out" / "SHA256SUMS").is_file()
