"""Scratch storage: what is put there is private, comes back as it was, and goes."""

import errno
import io
import os
import stat
from pathlib import Path

import pytest

from logan.cluster import scratch, worker
from logan.cluster.messages import TaskAnswer
from logan.cluster.plan import plan_reading
from logan.cluster.scratch import ScratchError, begin_scratch, end_scratch, put, take
from logan.errors import UsageError
from logan.formats import FORMATS
from logan.intake.source_search import find
from tests.cluster.tasks_here import TERMS
from tests.faults.logs import squid


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
    with pytest.raises(ScratchError, match=r"could not be taken .*: No such file or directory$"):
        take(folder, {**said, "name": "../../gone"}, tmp_path / "again")


class _FullAtTheEnd(io.BytesIO):
    """A result of which the last bytes do not fit."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return data


def test_of_what_does_not_fit_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(ScratchError, match="could not be put into scratch storage: No space left"):
        put(_FullAtTheEnd(b"found"), str(tmp_path), "a.evidence")
    assert [*tmp_path.iterdir()] == []


def test_a_result_has_a_name_of_its_own_each_time(tmp_path: Path) -> None:
    """Of a worker that died over it, half of it may still lie there."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text(squid(0) * 20)
    terms = TERMS._replace(most_sent=1, scratch=begin_scratch(str(tmp_path / "scratch"), "run"))
    (task,) = plan_reading(find([str(tmp_path / "logs")]).sources, FORMATS, terms.packed())
    names = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "_who_knows", lambda: lambda: True)
        patch.setattr(worker, "_who_tells", lambda _topic: lambda *_place: None)
        for _ in range(2):
            answer = TaskAnswer.unpacked(task.function(*task.arguments))
            assert answer.kind == "scratch", answer
            names.add(answer.said["name"])
    assert len(names) == 2


def test_what_a_storage_says_is_not_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyarrow's errors hold hosts and requests."""

    def fail(_place: str) -> None:
        raise OSError("AWS Error ACCESS_DENIED during PutObject at http://secret.example/?sig=x")

    monkeypatch.setattr(scratch, "_create", fail)
    with pytest.raises(ScratchError) as failed:
        put(io.BytesIO(b"found"), str(tmp_path), "a.evidence")
    assert str(failed.value) == (
        "could not be put into scratch storage: permission denied (ACCESS_DENIED)"
    )


def test_where_nothing_can_be_written_nothing_begins(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match=r"--scratch .*file: cannot be written to: Not a dir"):
        begin_scratch(str(tmp_path / "file"), "run")


@pytest.mark.parametrize("address", ["s3://key:secret@bucket/x", "s3://bucket/x?token=secret"])
def test_no_address_holds_credentials(address: str) -> None:
    with pytest.raises(UsageError) as refused:
        begin_scratch(address, "run")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("place", ["", "/", "//"])
def test_nothing_is_put_into_the_root_of_a_machine(place: str) -> None:
    with pytest.raises(UsageError, match="names no folder"):
        begin_scratch(place, "run")


def test_what_is_no_storage_is_refused() -> None:
    with pytest.raises(UsageError, match="no kind of address"):
        begin_scratch("ftp://somewhere/x", "run")
