"""A folder is the old one or the new one, and never half of either."""

import errno
import os
import stat
from pathlib import Path

import pytest

from logan.errors import ExitStatus, OutputError
from logan.runtime import whole_folder
from logan.runtime.whole_folder import write_whole


def listing(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    with write_whole(tmp_path / "a" / "out") as fresh:
        (fresh / "one").write_text("1")
        assert not (tmp_path / "a" / "out").exists()
    assert listing(tmp_path) == {"a/out/one": "1"}
    assert stat.S_IMODE((tmp_path / "a" / "out").stat().st_mode) == 0o700


def test_the_new_one_replaces_the_old_one(tmp_path: Path) -> None:
    for content in ("old", "new"):
        with write_whole(tmp_path / "out") as fresh:
            (fresh / content).write_text(content)
    assert listing(tmp_path) == {"out/new": "new"}


def test_without_an_exchange_the_new_one_replaces_the_old_one_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_folder, "exchange", lambda *_: False)
    for content in ("old", "new"):
        with write_whole(tmp_path / "out") as fresh:
            (fresh / content).write_text(content)
    assert listing(tmp_path) == {"out/new": "new"}


def test_what_killed_runs_left_is_cleared_away_and_nothing_else(tmp_path: Path) -> None:
    strange = [".out.12345678.new.d", ".outer.12345678.new", ".out.1234.new", "out.12345678.new"]
    for name in (".out.abcdef_1.new", ".out.0a1b2c3d.old", *strange):
        (tmp_path / name).mkdir()
        (tmp_path / name / "hits.csv").write_text("half")
    (tmp_path / ".out.aaaaaaaa.new").symlink_to(tmp_path / strange[0])
    with write_whole(tmp_path / "out"):
        pass
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"out", ".out.aaaaaaaa.new", *strange}
    assert len(listing(tmp_path)) == len(strange)


def test_the_folder_of_a_living_run_is_left_alone(tmp_path: Path) -> None:
    with write_whole(tmp_path / "out") as mine:
        (mine / "mine").write_text("1")
        with write_whole(tmp_path / "out") as other:
            (other / "other").write_text("2")
        assert listing(tmp_path / "out") == {"other": "2"}
        assert listing(mine) == {"mine": "1"}
    assert listing(tmp_path) == {"out/mine": "1"}


def test_an_old_folder_that_a_killed_run_moved_aside_is_put_back(tmp_path: Path) -> None:
    (tmp_path / ".out.0a1b2c3d.old").mkdir()
    (tmp_path / ".out.0a1b2c3d.old" / "old").write_text("old")
    with pytest.raises(ValueError, match="half"), write_whole(tmp_path / "out"):
        raise ValueError("half")
    assert listing(tmp_path) == {"out/old": "old"}


def test_a_link_keeps_pointing_at_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with write_whole(tmp_path / "link") as fresh:
        (fresh / "one").write_text("1")
    assert (tmp_path / "link").is_symlink()
    assert listing(tmp_path / "real") == {"one": "1"}


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError, RecursionError])
def test_whatever_goes_wrong_the_old_one_stands(
    tmp_path: Path, failure: type[BaseException]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_text("old")

    def write_half() -> None:
        with write_whole(tmp_path / "out") as fresh:
            (fresh / "half").write_text("ha")
            raise failure

    with pytest.raises(failure):
        write_half()
    assert listing(tmp_path) == {"out/old": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_the_system_refuses_is_said_with_its_place(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with (
        pytest.raises(OutputError, match=r"out: .*No space left.* Make room") as raised,
        write_whole(tmp_path / "out"),
    ):
        raise full
    assert raised.value.exit_status is ExitStatus.INCOMPLETE
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", [1, 2])
def test_a_swap_that_fails_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_text("old")
    rename, calls = Path.rename, []

    def fail(path: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == call:
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    monkeypatch.setattr(whole_folder, "exchange", lambda *_: False)
    with pytest.raises(OutputError, match="Permission denied"), write_whole(tmp_path / "out"):
        pass
    assert listing(tmp_path) == {"out/old": "old"}


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(OutputError, match="could not be written"),
        write_whole(tmp_path / "file" / "out"),
    ):
        pass
