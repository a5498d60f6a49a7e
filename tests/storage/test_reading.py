"""Objects are read as files are: whatever is in them, in parts, from any place, in bounded memory."""

import hashlib
import random
import tracemalloc
from pathlib import Path

import pytest

from logan.intake.opening import open_source, readers_of
from logan.intake.reader import SourceReader
from logan.intake.small import read_small
from logan.intake.source_search import find
from logan.intake.sources import ByteRange, Source
from tests.intake.test_archives import tarred, zipped
from tests.intake.test_packed import PACK
from tests.storage.proxy import Proxy
from tests.storage.servers import Bucket

_RANDOM = random.Random(3)
#: Enough for several ranges.
LINES = b"".join(b"%07d %x pimeyes.com\n" % (n, _RANDOM.getrandbits(64)) for n in range(60_000))
#: What is packed: some packers are slow.
FEW = LINES[:37_000]


def parquet(folder: Path) -> bytes:
    import polars as pl

    pl.DataFrame({"host": ["pimeyes.com"] * 50, "n": range(50)}).write_parquet(folder / "x")
    return (folder / "x").read_bytes()


def contents(folder: Path) -> dict[str, bytes]:
    """What may be in an object, by its name."""
    return {
        "plain.log": LINES,
        "long.log.gz": PACK["gzip"](LINES),
        "short.log": LINES[:300],
        "no-end.log": LINES[:-1],
        "wide.log": LINES[:9000].decode().encode("utf-16"),
        "hole.log": bytes(5000) + LINES[:9000],
        "empty.log": b"",
        "empty.log.gz": b"",
        "cut.log.gz": PACK["gzip"](FEW)[:-100],
        "damaged.log.xz": PACK["xz"](LINES[:900])[:60] + b"?" * 60,
        "logs.tar": tarred({"a.log": FEW, "b/c.log": b"2\n", "README": b"x"}),
        "logs.tar.gz": PACK["gzip"](tarred({"a.log": LINES[:900]})),
        "logs.zip": zipped({"a.log": FEW, "b/c.log": b"2\n"}),
        "cut.zip": zipped({"a.log": FEW})[:-40],
        "rows.parquet": parquet(folder),
        "half.parquet": parquet(folder)[:-9],
        "capture.log": b"\xd4\xc3\xb2\xa1" + bytes(100),
        **{f"packed.{name}": pack(FEW) for name, pack in PACK.items()},
    }


def outcome(reader: SourceReader) -> list[object]:
    text = b"".join(block.data for block in reader.blocks())
    facts = (reader.container, reader.encoding, reader.sha256, reader.content_sha256, reader.notes)
    why = (reader.failure, reader.advice)
    return [reader.head, hashlib.sha256(text).digest(), reader.text_size, *facts, *why]


def read(source: Source, top: str) -> dict[str, list[object]]:
    """What becomes of a source, and of the files in it, by names below a folder."""
    with open_source(source, hashing=True, block_size=300_000) as archive:
        return {
            one.source.name.removeprefix(top): outcome(one)
            for one in readers_of(archive)
            if one is not archive or not one.source.name.endswith((".tar", ".tar.gz", ".zip"))
        }


def test_what_is_in_an_object_is_read_as_in_a_file(bucket: Bucket, folder: Path) -> None:
    for name, data in contents(folder.parent).items():
        (folder / name).write_bytes(data)
    address = bucket.put_folder(folder)
    there, here = find([address]).sources, find([str(folder)]).sources
    assert len(there) == len(here) > 18
    for far, near in zip(there, here, strict=True):
        assert read(far, address) == read(near, str(folder)), near.name
        for most in (1000, 10_000_000):
            small = [read_small(one, hashing=True, most=most) for one in (far, near)]
            assert small[0] == small[1]


@pytest.mark.parametrize("name", ["damaged.log.xz", "cut.log.gz", "cut.zip", "half.parquet"])
def test_damage_is_told(s3: Bucket, tmp_path: Path, name: str) -> None:
    (source,) = find([s3.put(name, contents(tmp_path)[name])]).sources
    with open_source(source) as archive:
        for reader in readers_of(archive):
            reader.finish()
        assert archive.failure


def test_the_parts_of_an_object_are_the_object(s3: Bucket) -> None:
    (source,) = find([s3.put("a.log", LINES)]).sources
    bounds = [0, LINES.index(b"\n", 700_000) + 1, LINES.index(b"\n", 1_500_000) + 1, len(LINES)]
    text = b""
    for part in map(ByteRange, bounds, bounds[1:]):
        with open_source(source._replace(part=part), hashing=True) as reader:
            text += b"".join(block.data for block in reader.blocks())
            assert reader.failure is reader.sha256 is None
            assert reader.position == part.stop
    assert text == LINES


def test_a_head_costs_a_head(s3: Bucket, proxy: Proxy) -> None:
    (source,) = find([s3.put("a.log", LINES)]).sources
    proxy.sent = 0
    with open_source(source) as reader:
        assert reader.head == LINES[: len(reader.head)]
    assert proxy.sent < 300_000
    assert proxy.gets("a.log") == 1


def test_a_small_object_costs_three_requests(s3: Bucket, proxy: Proxy) -> None:
    (source,) = find([s3.put("a.log", LINES[:9000])]).sources
    proxy.requests.clear()
    small = read_small(source, hashing=True, most=10_000)
    assert small == (LINES[:9000], hashlib.sha256(LINES[:9000]).hexdigest())
    assert len(proxy.requests) == 3


def test_memory_does_not_grow_with_the_object(s3: Bucket) -> None:
    data = bytes(1023) + b"\n"
    (source,) = find([s3.put("a.log", b"x" + data[1:] + data * (48 << 10))]).sources
    tracemalloc.start()
    try:
        with open_source(source) as reader:
            size = sum(len(block.data) for block in reader.blocks())
            assert reader.failure is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size == source.size
    assert peak < 28 << 20 < size // 1.5


@pytest.mark.parametrize("bucket", ["gs"], indirect=True)
def test_an_object_that_the_storage_changes_on_its_way_is_refused(bucket: Bucket) -> None:
    address = bucket.put_encoded("a.log", PACK["gzip"](LINES), "gzip")
    with open_source(find([address]).sources[0]) as reader:
        assert reader.failure is not None
        assert "Content-Encoding" in reader.failure


def test_hdfs_is_read_by_pyarrow_too(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """There is no HDFS here: what is asked of its client is answered from a disk."""
    from pyarrow import fs

    asked: list[tuple[str, int]] = []

    def connect(host: str, port: int) -> fs.FileSystem:
        asked.append((host, port))
        return fs.LocalFileSystem()

    environment.setattr(fs, "HadoopFileSystem", connect)
    (tmp_path / "a.log").write_bytes(LINES)
    for store, host, port in (("", "default", 0), ("nn", "nn", 0), ("nn:8020", "nn", 8020)):
        (source,) = find([f"hdfs://{store}{tmp_path}"]).sources
        assert source.name == f"hdfs://{store}{tmp_path}/a.log"
        assert asked[-1] == (host, port)
        with open_source(source, hashing=True) as reader:
            reader.finish()
            assert (reader.failure, reader.text_size) == (None, len(LINES))
