"""Ten thousand small files against the same bytes in one file."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands import WORK
from measure import (
    GB,
    MB,
    Options,
    Result,
    a_log,
    name_size,
    need_room,
    race_scans,
    read_options,
    warm,
)
from rows import Bound, raced_row

FILES = 10_000
TARGET = 2


@contextmanager
def cut(log: Path, files: int) -> Iterator[Path]:
    """A folder with the log's lines in so many files of about one size; gone afterwards."""
    folder = WORK / "cut"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    size = log.stat().st_size
    need_room(size)
    with log.open("rb") as whole:
        for number in range(files):
            with (folder / f"access-{number:05}.log").open("wb") as part:
                # Piece by piece: memory of this process counts as that of those it starts.
                while (left := size * (number + 1) // files - whole.tell()) > 0:
                    part.write(whole.read(min(left, MB)))
                part.write(whole.readline())
    warm(folder.iterdir())
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def race_files(options: Options) -> Result:
    """Many files and one in turn."""
    files = max(1, min(FILES, options.size // 1_000))
    with a_log("squid", options.size, hit_every=options.hit_every) as log, cut(log, files) as parts:
        raced = race_scans({"logan": (parts,), "one": (log,)}, options.repeats)
    return raced_row(
        raced,
        "many-files",
        f"{files:,} files, {name_size(options.size)} of Squid log in all",
        Bound("at most", TARGET),
        raced.ratio("logan", "one"),
        "times the time of the same bytes in one file",
    )


if __name__ == "__main__":
    given = read_options(__doc__, quick=250 * MB, full=GB)
    given.keep(race_files(given))
