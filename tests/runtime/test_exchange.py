"""Two names swapped in one step."""

import ctypes
import errno
from pathlib import Path

import pytest

from logan.runtime.exchange import exchange


def folders(at: Path) -> tuple[Path, Path]:
    for name in ("one", "other"):
        (at / name).mkdir()
        (at / name / name).touch()
    return at / "one", at / "other"


def test_both_names_keep_existing_with_each_others_content(tmp_path: Path) -> None:
    one, other = folders(tmp_path)
    if not exchange(one, other):
        pytest.skip("this system or file system cannot exchange names: run on Linux, not on NFS")
    assert [path.name for path in one.iterdir()] == ["other"]
    assert [path.name for path in other.iterdir()] == ["one"]


def test_what_the_system_refuses_is_raised(tmp_path: Path) -> None:
    one, other = folders(tmp_path)
    if not exchange(one, other):
        pytest.skip("this system or file system cannot exchange names: run on Linux, not on NFS")
    with pytest.raises(FileNotFoundError, match="missing"):
        exchange(tmp_path / "missing", other)


@pytest.mark.parametrize("platform", ["darwin", "win32", "linux"])
def test_where_there_is_no_such_step_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    def load(*_: object, **__: object) -> object:
        return object()  # an old C library, without renameat2

    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.setattr("sys.platform", platform)
    one, other = folders(tmp_path)
    assert not exchange(one, other)
    assert [path.name for path in one.iterdir()] == ["one"]


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_cannot_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    class Library:
        @staticmethod
        def renameat2(*_: object) -> int:
            ctypes.set_errno(code)
            return -1

    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Library)
    assert not exchange(*folders(tmp_path))
