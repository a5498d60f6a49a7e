"""Small files read together are what each of them is alone."""

import gzip
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logan.formats import FORMATS
from logan.intake import line_runs
from logan.intake.blocks import buffer_size
from logan.intake.buffers import BufferPool, ClosedError
from logan.intake.line_index import LineIndex
from logan.intake.line_runs import LineRuns, runs_of, runs_of_each
from logan.intake.opening import open_source
from logan.intake.source_search import find
from logan.pipeline import batches, scan
from logan.pipeline.batches import Batch, LongLinePiece, read_batches
from logan.pipeline.scan import Settings
from logan.pipeline.source_options import RequestedSource
from logan.result import ScanResult
from logan.rules.packs import load_rules

RULES = load_rules()
HOSTS = st.sampled_from(["pimeyes.com", "a.example", "notpimeyes.com", "b.example", "facecheck.id"])
ENDS = st.sampled_from(["\n", "", "\r\n", "\n\n", "\n \t\r\n"])
SQUID = (
    "{stamp}.123 5 10.1.2.3 TCP_MISS/200 9 GET https://{host}/api/search/new jdoe HIER_DIRECT/1 -"
)
HEADER = "#Fields: date time c-ip cs-username cs-method cs-host cs-uri-path sc-status"
OTHER_HEADER = "#Fields: date-local time-local c-ip cs-host cs-method cs-username"


@st.composite
def squid_file(draw: st.DrawFn) -> bytes:
    stamps = draw(st.lists(st.integers(0, 90_000), min_size=1, max_size=30))
    lines = [SQUID.format(stamp=1_704_067_200 + at, host=draw(HOSTS)) for at in stamps]
    for _ in range(draw(st.integers(0, 3))):
        odd = draw(st.sampled_from(["", " \r", "17040", "junk", "pimeyes.com \x00", "1" * 30]))
        lines.insert(draw(st.integers(0, len(lines))), odd)
    return ("\n".join(lines) + draw(ENDS)).encode()


@st.composite
def common_file(draw: st.DrawFn) -> bytes:
    """A format of which every stamp is read."""
    minutes = draw(st.lists(st.integers(0, 59), min_size=1, max_size=9))
    line = '10.1.2.3 - jdoe [10/Jan/2024:1{}:{:02}:00 +0100] "GET http://{}/a HTTP/1.1" 200 9'
    lines = [line.format(minute % 9, minute, draw(HOSTS)) for minute in minutes]
    return ("\n".join([*lines, *draw(st.sampled_from([[], ["junk"], [""]]))]) + draw(ENDS)).encode()


@st.composite
def w3c_file(draw: st.DrawFn) -> bytes:
    lines = [HEADER]
    for minute in draw(st.lists(st.integers(0, 59), min_size=0, max_size=12)):
        host = draw(HOSTS)
        lines.append(f"2024-01-02 1{minute % 5}:{minute:02}:00 10.1.2.3 jdoe GET {host} /en 200")
    if draw(st.booleans()):
        lines += [OTHER_HEADER, f"2024-07-01 09:00:00 10.1.2.4 {draw(HOSTS)} GET jroe"]
    return ("\n".join(lines) + draw(ENDS)).encode()


@st.composite
def json_file(draw: st.DrawFn) -> bytes:
    indent = draw(st.sampled_from([None, None, 2]))
    records = [
        {
            "ts": 1_704_067_200.5 + at,
            "uid": "C1",
            "id.orig_h": "10.1.2.3",
            "id.orig_p": 1,
            "id.resp_h": "192.0.2.1",
            "id.resp_p": 80,
            "method": "GET",
            "host": draw(HOSTS),
            "uri": "/",
        }
        for at in draw(st.lists(st.integers(0, 9_000), min_size=1, max_size=5))
    ]
    return ("\n".join(json.dumps(one, indent=indent) for one in records) + draw(ENDS)).encode()


SAMPLES = st.sampled_from([sample for form in FORMATS for sample in form.texts])
ODD_FILES = st.sampled_from(
    [b"", b"\n", b" \r\n", b"\xef\xbb\xbf" + SQUID.format(stamp=1704067200, host="a.b").encode()]
) | st.binary(max_size=200)
FILES = st.lists(
    squid_file()
    | squid_file()
    | common_file()
    | w3c_file()
    | json_file()
    | squid_file().map(lambda data: gzip.compress(data, mtime=0))
    | squid_file().map(lambda data: data.decode().encode("utf-16"))
    | st.tuples(SAMPLES, ENDS).map("".join).map(lambda text: text.encode("utf-8", "replace"))
    | ODD_FILES,
    min_size=1,
    max_size=9,
)
SLOW = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)


def write(folder: Path, files: list[bytes]) -> list[str]:
    paths = [folder / f"{at:03}.log" for at in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    return [str(path) for path in paths]


def scanned(paths: list[str], **options: Any) -> ScanResult:
    return scan.scan(Settings(tuple(paths), RULES, **options))


def rows(frame: pl.LazyFrame) -> list[tuple[Any, ...]]:
    return frame.sort("source", "line").collect().rows()


@SLOW
@given(FILES, st.sampled_from([3, 128]), st.booleans())
def test_files_read_together_are_what_each_is_alone(
    tmp_path: Path, files: list[bytes], most: int, hashing: bool
) -> None:
    paths = write(tmp_path, files)
    options: dict[str, Any] = {"hashing": hashing, "zones": (("00[0-4].log", "Asia/Kolkata"),)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "MOST_SOURCES", most)
        together = scanned(paths, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "SMALL", 0)
        alone = scanned(paths, **options)
    assert together.sources == alone.sources
    assert rows(together.found) == rows(alone.found)
    assert rows(together.rejects) == rows(alone.rejects)
    assert together.notes == alone.notes


@given(
    st.lists(st.lists(st.text("019 x", max_size=40), min_size=1, max_size=6), max_size=6),
    st.integers(0, 4),
    st.integers(1, 12),
)
def test_runs_of_many_files_at_once_are_those_of_each(
    files: list[list[str]], begin: int, width: int
) -> None:
    span = (begin, begin + width)
    index = LineIndex("".join(f"{line}\n" for lines in files for line in lines).encode())
    bounds = np.cumsum([0, *map(len, files)])
    each = [runs_of(index, at, to, span) for at, to in pairwise(bounds.tolist())]
    assert list(map(shown, runs_of_each(index, bounds, span))) == list(map(shown, each))


def shown(runs: LineRuns | None) -> list[list[int]] | None:
    if runs is None:
        return None
    return [one.tolist() for one in (runs.rows, runs.begins, runs.lowest, runs.highest)]


def test_many_runs_in_one_file_are_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_runs, "MOST_RUNS", 3)
    index = LineIndex(b"".join(b"%02d at some time of the day or other\n" % at for at in range(30)))
    few, many = runs_of_each(index, np.array([0, 2, 30]), (0, 2))
    assert shown(few) == shown(runs_of(index, 0, 2, (0, 2)))
    assert shown(few) is not None
    assert many is None


def read_all(paths: list[str], buffers: BufferPool) -> Iterator[Batch | LongLinePiece]:
    requested = (RequestedSource(source, at) for at, source in enumerate(find(paths).sources))
    return read_batches(
        requested,
        buffers,
        open_source,
        formats=FORMATS,
        hashing=False,
        prefix_digests=False,
        request_member=lambda _source: None,
    )


def shares(batch: Batch | LongLinePiece) -> list[tuple[bytes, int, bool]]:
    """For each source in a batch its text, the stored bytes read, and whether it is through."""
    assert isinstance(batch, Batch)
    stops = [0, *(part.stop for part in batch.parts)]
    texts = [bytes(batch.data[at:stop]) for at, stop in pairwise(stops)]
    return [
        (text, part.position, part.end is not None)
        for text, part in zip(texts, batch.parts, strict=True)
    ]


def test_small_files_are_put_together_until_a_buffer_is_full(tmp_path: Path) -> None:
    line = SQUID.format(stamp=1_704_067_200, host="a.example").encode() + b"\n"
    paths = write(tmp_path, [line * 1_000] * 30)
    found = list(map(shares, read_all(paths, BufferPool(buffer_size(), most=4))))
    assert list(map(len, found)) == [20, 10]
    assert {text for batch in found for text, _, _ in batch} == {line * 1_000}


def test_a_last_line_is_ended_and_not_joined_with_the_next(tmp_path: Path) -> None:
    line = SQUID.format(stamp=1_704_067_200, host="a.example").encode()
    (batch,) = read_all(
        write(tmp_path, [line, line + b"\n", line]), BufferPool(buffer_size(), most=1)
    )
    sizes = (len(line), len(line) + 1, len(line))
    assert shares(batch) == [(line + b"\n", size, True) for size in sizes]


def test_packed_texts_are_put_together_where_they_are_short(tmp_path: Path) -> None:
    line = SQUID.format(stamp=1_704_067_200, host="a.example").encode() + b"\n"
    texts = [line * 10, line * 5_000, line * 20]
    paths = write(tmp_path, [gzip.compress(text, mtime=0) for text in texts])
    stored = [Path(path).stat().st_size for path in paths]
    first, *midst, last = map(shares, read_all(paths, BufferPool(buffer_size(), most=4)))
    assert first == [(texts[0], stored[0], True)]
    assert last == [(texts[2], stored[2], True)]
    assert [share for batch in midst for share in batch] == [
        (texts[1], stored[1], False),
        (b"", stored[1], True),
    ]


@pytest.mark.parametrize("text", [b"", b"\n", b"a\n" * 99])
def test_the_last_batch_of_every_source_says_that_it_is_through(
    tmp_path: Path, text: bytes
) -> None:
    paths = write(tmp_path, [text, b"[\n1\n]\n", text])
    ended = [
        part.source.number
        for batch in read_all(paths, BufferPool(buffer_size(), most=4))
        if isinstance(batch, Batch)
        for part in batch.parts
        if part.end is not None
    ]
    assert sorted(ended) == [0, 1, 2]


def test_nobody_reads_on_once_the_buffers_are_closed(tmp_path: Path) -> None:
    buffers = BufferPool(buffer_size(), most=1)
    buffers.close()
    with pytest.raises(ClosedError):
        next(read_all(write(tmp_path, [b"x\n"]), buffers))
