"""Single steps of a scan with nothing around them: what logan cannot be faster than.

Run by `limits.py` as `bare.py STEP PATH...`. Each step starts as any program in Python must that
uses these libraries, and does its part as fast as we know how, with as many threads as logan has.
It accounts for no line and checks nothing.
"""

import importlib
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice, takewhile
from mmap import mmap
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any

from queries import SERVICES

if TYPE_CHECKING:
    import polars as pl

    from logan.rules.compilation import Patterns

_BLOCK = 2 << 20
_GAP_SECONDS = 1800
_THREADS = min(os.cpu_count() or 1, 8)
_FIELDS = (
    r"^(?P<time>[0-9.]+) +(?P<took>[0-9]+) (?P<client_ip>[^ ]+) (?P<result>[A-Z_]+)/"
    r"(?P<status>[0-9]+) (?P<bytes>[0-9]+) (?P<method>[A-Z]+) (?:(?P<scheme>[a-z]+)://)?"
    r"(?P<host>[^/:? ]+)(?::(?P<port>[0-9]+))?(?P<path>[^? ]*)(?:\?(?P<query>[^ ]*))? "
    r"(?P<user>[^ ]+)"
)


def start() -> None:
    """Import what a scan cannot do without."""
    for name in ("click", "numpy", "polars", "hyperscan"):
        importlib.import_module(name)


def search(log: Path) -> None:
    """Read a log and search it for the watched names."""
    patterns = _patterns()

    def look(block: memoryview) -> None:
        patterns.find(block)

    _side_by_side(log, look)


def lines(log: Path) -> None:
    """Read a log, search it, and find where every line begins."""
    from logan.intake.line_index import LineIndex

    patterns = _patterns()

    def look(block: memoryview) -> None:
        patterns.find(block)
        LineIndex(block)

    _side_by_side(log, look)


def inflate(*paths: Path) -> None:
    """Inflate files to nowhere, one in each thread."""
    start()
    _all(lambda path: [None for _ in _inflated(path)], paths)


def inflate_and_search(*paths: Path) -> None:
    """Inflate files and search what comes out: one in one thread for another, several in each."""
    patterns = _patterns()
    if len(paths) > 1:
        _all(lambda path: [patterns.find(block) for block in _inflated(path)], paths)
        return
    ready: Queue[bytes | None] = Queue(4)

    def produce() -> None:
        for block in _inflated(paths[0]):
            ready.put(block)
        ready.put(None)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(produce)
        while (block := ready.get()) is not None:
            patterns.find(block)


def _inflated(path: Path) -> Iterator[bytes]:
    """The text of a packed file in blocks."""
    from logan.intake.packed import PACKED_CHUNK, recognise, unpack

    with path.open("rb", buffering=0) as file:
        container = recognise(file.read(16))
        if container is None:
            raise SystemExit(f"{path} is not packed")
        file.seek(0)
        steps = unpack(container, iter(lambda: file.read(PACKED_CHUNK), b""))
        while block := b"".join(islice(steps, 8)):
            yield block


def files(folder: Path) -> None:
    """Open, read, search and close every file of a folder."""
    patterns = _patterns()
    for text in _texts(folder):
        patterns.find(text)


def recognised(folder: Path) -> None:
    """Open, read and close every file of a folder, and find out which format it has."""
    start()
    from logan.formats import FORMATS
    from logan.formats.detect.detection import detect
    from logan.formats.detect.head import head_of

    for text in _texts(folder):
        detect(head_of(bytes(text), whole=True), FORMATS)


def _texts(folder: Path) -> Iterator[memoryview]:
    """The bytes of every file of a folder, one after the other in the same memory."""
    room = memoryview(mmap(-1, _BLOCK))
    for entry in os.scandir(folder):
        number = os.open(entry.path, os.O_RDONLY)
        size = os.fstat(number).st_size
        yield room[: os.readv(number, [room[:size]])]
        os.close(number)


def records(log: Path, out: Path) -> None:
    """Cut every line into its fields with one pattern, and write them to Parquet."""
    _write(log, out, lambda frame, file: frame.write_parquet(file, statistics=False))


def hits(log: Path, out: Path) -> None:
    """Cut every line into its fields with one pattern, and write them as CSV."""
    _write(log, out, lambda frame, file: frame.write_csv(file))


def users(log: Path, out: Path) -> None:
    """As `hits`, and beside it the table of users and services, with their sessions."""
    import polars as pl

    host, seen = pl.col("host").str.to_lowercase(), pl.col("time").cast(pl.Float64)
    service = pl.coalesce(
        pl.when(("." + host).str.ends_with(f".{domain}")).then(pl.lit(name))
        for domain, name in SERVICES.items()
    )
    kept: list[pl.DataFrame] = []

    def write(frame: pl.DataFrame, file: io.BytesIO) -> None:
        kept.append(
            frame.select("user", service=service, seen=seen, search=pl.col("method") == "POST")
        )
        frame.write_csv(file)

    _write(log, out, write)
    keys = ("user", "service")
    ordered = pl.concat(kept).drop_nulls("service").sort(*keys, "seen")
    later = (pl.col("seen").diff() > _GAP_SECONDS) & (pl.col("user") == pl.col("user").shift())
    table = (
        ordered.lazy()
        .with_columns(later=later & (pl.col("service") == pl.col("service").shift()))
        .group_by(keys)
        .agg(
            hits=pl.len(),
            searches=pl.col("search").sum(),
            sessions=1 + pl.col("later").sum(),
            active_days=(pl.col("seen") // 86_400).n_unique(),
            first_seen=pl.col("seen").min(),
            last_seen=pl.col("seen").max(),
        )
        .sort("hits", *keys, descending=[True, False, False])
    )
    table.collect().write_csv(out.with_suffix(".users"))


def _write(log: Path, out: Path, write: "Callable[[pl.DataFrame, io.BytesIO], None]") -> None:
    """One pattern a line; the pieces go into one file, which is no good but for its size."""
    start()
    import polars as pl

    from logan.intake.line_index import LineIndex

    with out.open("wb") as file, ThreadPoolExecutor(1) as writer:

        def cut(block: memoryview) -> None:
            fields = LineIndex(block).text().alias("text").to_frame()
            frame = fields.select(pl.col("text").str.extract_groups(_FIELDS)).unnest("text")
            piece = io.BytesIO()
            write(frame, piece)
            writer.submit(file.write, piece.getvalue())

        _side_by_side(log, cut)


def _patterns() -> "Patterns":
    start()
    from logan.rules.compilation import begin_compiling
    from logan.rules.packs import load_rules

    return begin_compiling(load_rules((), ()))().patterns


def _side_by_side(log: Path, look: Callable[[memoryview], None]) -> None:
    """Whole lines of a log, block by block, each thread with every so many of them."""
    file = os.open(log, os.O_RDONLY)
    blocks = -(-os.fstat(file).st_size // _BLOCK)

    def every(first: int) -> None:
        room = mmap(-1, _BLOCK)
        for number in takewhile(lambda number: number < blocks, count(first, _THREADS)):
            read = os.preadv(file, [room], number * _BLOCK)
            # Where a line crosses two blocks, it is cut: a few in a million are lost here.
            begin = room.find(b"\n", 0, read) + 1 if number else 0
            look(memoryview(room)[begin : room.rfind(b"\n", 0, read) + 1])

    _all(every, range(_THREADS))


def _all(work: Callable[[Any], None], many: Iterable[Any]) -> None:
    with ThreadPoolExecutor(_THREADS) as pool:
        done: Iterator[None] = pool.map(work, many)
        list(done)


STEPS: dict[str, Callable[..., None]] = {
    step.__name__: step
    for step in (
        *(start, search, lines, inflate, inflate_and_search),
        *(files, recognised, records, hits, users),
    )
}


def main(arguments: Sequence[str]) -> None:
    """Do one step; end as logan does, without taking everything apart."""
    step, *paths = arguments
    STEPS[step](*map(Path, paths))
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
