"""Scratch storage: what is put there is private, comes back as it was, and goes."""

import io
import stat
from pathlib import Path

import pytest

from logan.cluster.scratch import ScratchError, begin_scratch, end_scratch, put, take
from logan.errors import UsageError


def test_what_is_put_there_comes_back_and_goes(tmp_path: Path) -> None:
    folder = Path(begin_scratch(str(tmp_path / "shared"), "run"))
    said = put(io.BytesIO(b"found" * 2_000_000), str(folder), "a.evidence")
    assert said["size"] == 10_000_000
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "a.evidence").stat().st_mode) == 0o600
    take(str(folder), said, tmp_path / "taken")
    assert (tmp_path / "taken").read_bytes() == b"found" * 2_000_000
    assert stat.S_IMODE((tmp_path / "taken").stat().st_mode) == 0o600
    assert [*folder.iterdir()] == []
    put(io.BytesIO(b"left"), str(folder), "b.evidence")
    end_scratch(str(folder))
    assert [*(tmp_path / "shared").iterdir()] == []


def test_what_was_changed_there_is_not_taken(tmp_path: Path) -> None:
    folder = begin_scratch(str(tmp_path), "run")
    said = put(io.BytesIO(b"found"), folder, "a.evidence")
    (Path(folder) / "a.evidence").write_bytes(b"other")
    with pytest.raises(ScratchError, match="is not what the worker put"):
        take(folder, said, tmp_path / "taken")
    with pytest.raises(FileNotFoundError):
        take(folder, {**said, "name": "../../gone"}, tmp_path / "again")


def test_where_nothing_can_be_written_nothing_begins(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match=r"--scratch .*file: cannot be written to: Not a dir"):
        begin_scratch(str(tmp_path / "file"), "run")


@pytest.mark.parametrize("address", ["s3://key:secret@bucket/x", "s3://bucket/x?token=secret"])
def test_no_address_holds_credentials(address: str) -> None:
    with pytest.raises(UsageError) as refused:
        begin_scratch(address, "run")
    assert "secret" not in str(refused.value)


def test_what_is_no_storage_is_refused() -> None:
    with pytest.raises(UsageError, match="no kind of address"):
        begin_scratch("ftp://somewhere/x", "run")
