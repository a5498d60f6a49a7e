"""Stored bytes: every way a file can go away under the reader, told in words."""

import errno
import io
import os
from itertools import count
from pathlib import Path

import pytest

from logan.intake import files
from logan.intake.opening import open_source
from logan.intake.source_search import find
from logan.intake.sources import Source
from logan.intake.stored import StoredFile
from logan.intake.unreadable import UnreadableError

LINES = b"".join(b"%07d some line of a log\n" % number for number in range(40_000))


@pytest.fixture
def log(tmp_path: Path) -> Source:
    (tmp_path / "a.log").write_bytes(LINES)
    return find([str(tmp_path / "a.log")]).sources[0]


def path_of(source: Source) -> Path:
    assert source.path is not None
    return source.path


def read(source: Source, **options: bool) -> bytes:
    opened = StoredFile(source, hashing=False)
    try:
        return b"".join(opened.chunks(100_000, **options))
    finally:
        opened.close()


def test_chunks_join_to_the_file(log: Source) -> None:
    assert read(log) == read(log, whole_lines=True) == LINES


def test_chunks_of_whole_lines(log: Source) -> None:
    opened = StoredFile(log, hashing=False)
    chunks = list(opened.chunks(100_000, whole_lines=True))
    assert all(chunk.endswith(b"\n") for chunk in chunks)
    assert [len(chunk) for chunk in chunks[:-1]] == [99_981] * (len(chunks) - 1)
    opened.close()


def test_no_newline_near_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 250_000)
    (source,) = find([str(tmp_path / "a")]).sources
    assert read(source, whole_lines=True) == b"x" * 250_000


def test_the_beginning_is_given_again(log: Source) -> None:
    opened = StoredFile(log, hashing=False)
    assert opened.beginning(10) == LINES[:10]
    assert opened.position == 0
    assert b"".join(opened.chunks(1 << 20)) == LINES
    assert opened.position == len(LINES)
    opened.close()


def test_what_is_appended_meanwhile_is_not_read_and_noted(log: Source) -> None:
    opened = StoredFile(log, hashing=False)
    with path_of(log).open("ab") as file:
        file.write(b"more\n")
    assert b"".join(opened.chunks(100_000, whole_lines=True)) == LINES
    assert opened.notes() == ("grew by 5 bytes while it was read; these are not included",)
    opened.close()


def test_a_write_in_place_is_noted(log: Source) -> None:
    opened = StoredFile(log, hashing=False)
    assert opened.notes() == ()
    os.utime(path_of(log), ns=(0, 0))
    assert opened.notes() == ("was written to while it was read",)
    opened.close()


def test_a_file_that_shrinks(log: Source) -> None:
    opened = StoredFile(log, hashing=True)
    chunks = opened.chunks(100_000)
    next(chunks)
    os.truncate(path_of(log), 150_000)
    assert len(next(chunks)) == 50_000
    with pytest.raises(UnreadableError, match="shrank while it was read: 150,000 of the 1,080,000"):
        next(chunks)
    with pytest.raises(UnreadableError):
        opened.sha256()
    opened.close()


def test_an_error_of_the_disk_names_the_place(log: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = StoredFile(log, hashing=False)
    chunks = opened.chunks(100_000)
    next(chunks)

    def fail(_file: int, _size: int) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "read", fail)
    with pytest.raises(
        UnreadableError, match="reading failed after 100,000 stored bytes: Input/output error"
    ):
        next(chunks)
    opened.close()


def test_a_file_that_vanished(log: Source) -> None:
    path_of(log).unlink()
    with pytest.raises(UnreadableError, match="vanished before it could be read"):
        StoredFile(log, hashing=False)


def test_a_file_that_became_something_else(log: Source) -> None:
    path_of(log).unlink()
    path_of(log).mkdir()
    with pytest.raises(UnreadableError, match="is a folder now; it was a file when it was found"):
        StoredFile(log, hashing=False)
    path_of(log).rmdir()
    os.mkfifo(path_of(log))
    with pytest.raises(UnreadableError, match="is a named pipe now"):
        StoredFile(log, hashing=False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file: run as another user")
def test_a_file_without_permission(log: Source) -> None:
    path_of(log).chmod(0)
    with pytest.raises(UnreadableError, match="permission denied"):
        StoredFile(log, hashing=False)


def test_a_file_of_somebody_else(log: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the owner may ask to leave the time of access alone."""
    if not files._NO_ATIME:
        pytest.skip("O_NOATIME exists on Linux only")
    opened, tried = os.open, []

    def refuse(path: Path, flags: int) -> int:
        tried.append(flags)
        if flags & files._NO_ATIME:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        return opened(path, flags)

    monkeypatch.setattr(os, "open", refuse)
    assert read(log) == LINES
    assert len(tried) == 2


def test_reading_leaves_no_trace(log: Source) -> None:
    if not files._NO_ATIME:
        pytest.skip("O_NOATIME exists on Linux only")
    os.utime(path_of(log), ns=(0, 10**18))
    before = path_of(log).stat()
    assert read(log) == LINES
    after = path_of(log).stat()
    assert (after.st_atime_ns, after.st_mtime_ns) == (before.st_atime_ns, before.st_mtime_ns)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LINES)))
    opened = StoredFile(Source("-", None, None), hashing=False)
    assert opened.beginning(10) == LINES[:10]
    assert b"".join(opened.chunks(100_000, whole_lines=True)) == LINES
    assert opened.position == len(LINES)
    assert opened.notes() == ()
    opened.close()


def test_standard_input_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(UnreadableError, match="standard input is closed"):
        StoredFile(Source("-", None, None), hashing=False)


def test_a_file_that_states_no_size() -> None:
    path = Path("/proc/self/status")
    if not path.exists():
        pytest.skip("needs a Linux with /proc")
    opened = StoredFile(Source(str(path), path, 0), hashing=False)
    assert opened.beginning(5) == b"Name:"
    assert b"VmRSS" in b"".join(opened.chunks(100_000))
    opened.close()


def test_a_closed_source_is_not_read(log: Source) -> None:
    opened = StoredFile(log, hashing=False)
    opened.close()
    opened.close()
    with pytest.raises(ValueError, match="closed"):
        next(opened.chunks(10))


@pytest.mark.parametrize("failing", range(1, 5))
def test_a_disk_that_fails_at_any_read_is_said_of_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    """A file in use is looked at again and again, and any of these looks may meet a bad block."""
    path = tmp_path / "access.log"
    path.write_bytes(b"a line\n" * 9000)
    (source,) = find([str(path)]).sources
    read, reads = os.read, count(1)

    def fails(file: int, size: int) -> bytes:
        if next(reads) >= failing:
            raise OSError(errno.EIO, "Input/output error")
        return read(file, size)

    monkeypatch.setattr(os, "read", fails)
    with open_source(source, hashing=True) as reader:
        for _ in reader.blocks():
            pass
    assert "Input/output error" in (reader.failure or "")
