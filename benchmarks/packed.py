"""Compressed logs: a whole `logan scan` against inflating the same files to nowhere.

One gzip file against `igzip -dc`, four against four `igzip -dc` in a row, one zstd file against
`zstd -dc`. The four hold as much as the one in the quick set, four times as much in the full one.
"""

import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from commands import LOGAN, WORK, Command
from many_files import cut
from measure import (
    GB,
    Options,
    Result,
    a_log,
    hits,
    name_size,
    need_equal,
    race,
    read_options,
    warm,
)
from rows import Bound, raced_row
from tools import need, tool_version


@dataclass(frozen=True)
class Packing:
    """The commands that pack to stdout and inflate to stdout, how many files, and what is asked."""

    suffix: str
    pack: tuple[str, ...]
    inflate: tuple[str, ...]
    files: int
    target: float


_GZIP = ("gz", ("igzip", "-1", "-c"), ("igzip", "-dc"))
KINDS = {
    "gz": Packing(*_GZIP, files=1, target=1.25),
    "four-gz": Packing(*_GZIP, files=4, target=0.7),
    "zst": Packing("zst", ("zstd", "-3", "-q", "-c"), ("zstd", "-dcq"), files=1, target=1.25),
}


def plain_log(kind: Packing, size: int, options: Options) -> AbstractContextManager[Path]:
    """What is packed: as many times `size` as there are files."""
    return a_log("squid", size * kind.files, hit_every=options.hit_every)


@contextmanager
def packed(kind: Packing, log: Path) -> Iterator[list[Path]]:
    """The lines of a log, packed in as many files, in the page cache; gone afterwards.

    No two files are equal: copies of one log are compared with each other, and count once.
    """
    folder = WORK / "packed"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with cut(log, kind.files) as parts:
        plain = sorted(parts.iterdir())
        paths = [folder / f"{part.name}.{kind.suffix}" for part in plain]
        for part, path in zip(plain, paths, strict=True):
            with path.open("wb") as out:
                subprocess.run([*kind.pack, part], stdout=out, check=True)
    warm(paths)
    try:
        yield paths
    finally:
        shutil.rmtree(folder)


def in_a_row(kind: Packing, paths: Sequence[Path]) -> Command:
    """Inflate all the files to nowhere, one after the other."""
    if len(paths) == 1:
        return (*kind.inflate, *paths)
    return ("sh", "-c", "; ".join(shlex.join([*kind.inflate, str(path)]) for path in paths))


def name_files(kind: Packing, size: int) -> str:
    """`four .gz of 250 MB inflated`."""
    return f"{'four' if kind.files > 1 else 'one'} .{kind.suffix} of {name_size(size)} inflated"


def race_kind(name: str, options: Options) -> Result:
    """One kind of compression: both sides in turn."""
    kind = KINDS[name]
    size = options.size if options.scale == "full" else options.size // kind.files
    tool = kind.inflate[0]
    with plain_log(kind, size, options) as log, packed(kind, log) as paths:
        need_equal("hits", {"packed": hits(*paths), "plain": hits(log)})
        sides = {"logan": (*LOGAN, "scan", *paths, "--quiet"), tool: in_a_row(kind, paths)}
        raced = race(sides, options.repeats)
    ratio = raced.ratio("logan", tool)
    row = "four " if kind.files > 1 else ""
    return raced_row(
        raced,
        f"packed-{name}",
        f"{name_files(kind, size)}, squid",
        Bound("at most", kind.target),
        ratio,
        f"times the time of {row}`{' '.join(kind.inflate)}`",
        tools={tool: tool_version(tool, "--version")},
    )


if __name__ == "__main__":
    given = read_options(__doc__, quick=GB, full=GB, only=KINDS)
    need({"igzip": "isal", "zstd": "zstd"})
    for kind_ in given.only:
        given.keep(race_kind(kind_, given))
