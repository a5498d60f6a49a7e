"""Small plain files read in one step, and everything else left to a reader."""

import gzip
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logan.intake.foreign import FOREIGN
from logan.intake.opening import open_source
from logan.intake.small import read_small
from logan.intake.sources import Source

LINES = b"some line of a log\n" * 50


def source(path: Path, data: bytes) -> Source:
    path.write_bytes(data)
    return Source(path.name, path, len(data))


def test_a_plain_file_is_read_whole(tmp_path: Path) -> None:
    small = read_small(source(tmp_path / "a", LINES), hashing=True, most=len(LINES))
    assert small == (LINES, hashlib.sha256(LINES).hexdigest())
    assert read_small(source(tmp_path / "a", LINES), hashing=False, most=10_000) == (LINES, None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        LINES * 20,
        gzip.compress(LINES, mtime=0),
        b"\xef\xbb\xbf" + LINES,
        LINES.decode().encode("utf-16"),
        LINES.decode().encode("utf-16-le"),
        b"PAR1" + LINES,
        *(bytes(one.offset) + one.magic + LINES for one in FOREIGN),
    ],
)
def test_what_is_no_small_plain_file_is_left(tmp_path: Path, data: bytes) -> None:
    assert read_small(source(tmp_path / "a.log", data), hashing=False, most=10_000) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.binary(min_size=1, max_size=400))
def test_what_is_read_is_what_a_reader_gives(tmp_path: Path, data: bytes) -> None:
    log = source(tmp_path / "a.log", data)
    small = read_small(log, hashing=True, most=10_000)
    with open_source(log, hashing=True) as reader:
        text = b"".join(block.data for block in reader.blocks())
        if small is not None:
            assert (reader.container, reader.encoding, reader.failure) == ("plain", "utf-8", None)
            assert (small.data, small.sha256) == (text, reader.sha256)
        else:
            assert (reader.container, reader.encoding) != ("plain", "utf-8") or text != data


def test_standard_input_and_what_is_gone_are_left(tmp_path: Path) -> None:
    log = source(tmp_path / "a.log", LINES)
    assert read_small(Source("-", None, None), hashing=False, most=10_000) is None
    assert read_small(log._replace(size=None), hashing=False, most=10_000) is None
    (tmp_path / "a.log").unlink()
    assert read_small(log, hashing=False, most=10_000) is None
    (tmp_path / "a.log").mkdir()
    assert read_small(log, hashing=False, most=10_000) is None


@pytest.mark.parametrize(
    "happens",
    [
        lambda path: os.truncate(path, 10),
        lambda path: path.write_bytes(LINES + b"more\n"),
        lambda path: os.utime(path, ns=(0, 0)),
    ],
)
def test_a_file_that_changes_while_it_is_read_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Path], Any]
) -> None:
    log = source(tmp_path / "a.log", LINES)
    read = os.read

    def read_and_change(file: int, size: int) -> bytes:
        happens(tmp_path / "a.log")
        return read(file, size)

    monkeypatch.setattr(os, "read", read_and_change)
    assert read_small(log, hashing=False, most=10_000) is None


def test_a_file_that_grew_since_it_was_found_is_read_up_to_its_size_now(tmp_path: Path) -> None:
    log = source(tmp_path / "a.log", LINES)
    (tmp_path / "a.log").write_bytes(LINES * 2)
    small = read_small(log, hashing=False, most=10_000)
    assert small is not None
    assert small.data == LINES * 2
    assert read_small(log, hashing=False, most=len(LINES)) is None
