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
from itertools import count, takewhile
from mmap import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from logan.patterns import Patterns

_BLOCK = 2 << 20
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
    from logan.lines import LineIndex

    patterns = _patterns()

    def look(block: memoryview) -> None:
        patterns.find(block)
        LineIndex(block)

    _side_by_side(log, look)


def inflate(*paths: Path) -> None:
    """Inflate files to nowhere, one in each thread."""
    start()
    from logan.intake.packed import PACKED_CHUNK, recognise, unpack

    def one(path: Path) -> None:
        with path.open("rb", buffering=0) as file:
            container = recognise(file.read(16))
            file.seek(0)
            if container is None:
                raise SystemExit(f"{path} is not packed")
            for _ in unpack(container, iter(lambda: file.read(PACKED_CHUNK), b"")):
                pass

    _all(one, paths)


def files(folder: Path) -> None:
    """Open, read, search and close every file of a folder."""
    patterns = _patterns()
    room = mmap(-1, _BLOCK)
    for entry in os.scandir(folder):
        number = os.open(entry.path, os.O_RDONLY)
        size = os.fstat(number).st_size
        patterns.find(memoryview(room)[: os.readv(number, [memoryview(room)[:size]])])
        os.close(number)


def records(log: Path, out: Path) -> None:
    """Cut every line into its fields with one pattern, and write them to Parquet."""
    _write(log, out, lambda frame, file: frame.write_parquet(file, statistics=False))


def hits(log: Path, out: Path) -> None:
    """Cut every line into its fields with one pattern, and write them as CSV."""
    _write(log, out, lambda frame, file: frame.write_csv(file))


def _write(log: Path, out: Path, write: "Callable[[pl.DataFrame, io.BytesIO], None]") -> None:
    """One pattern a line; the pieces go into one file, which is no good but for its size."""
    start()
    import polars as pl

    from logan.lines import LineIndex

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
    from logan.patterns import begin_compiling
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
    step.__name__: step for step in (start, search, lines, inflate, files, records, hits)
}


def main(arguments: Sequence[str]) -> None:
    """Do one step; end as logan does, without taking everything apart."""
    step, *paths = arguments
    STEPS[step](*map(Path, paths))
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
