"""Compressed logs: a whole `logan scan` against inflating the same file to nowhere.

`python benchmarks/packed.py [--size 1GB]`. Needs igzip and zstd (`apt-get install isal zstd`).
"""

import argparse
import shutil
import subprocess
from pathlib import Path

from generate import read_size, write_log
from generator.traffic import Plan
from measure import LOGAN, WORK, Result, keep, medians, race, run, warm

_TARGET = 1.25
#: Suffix -> the command that packs to stdout, the one that inflates to stdout.
_TOOLS = {
    "gz": (["igzip", "-1", "-c"], ["igzip", "-dc"]),
    "zst": (["zstd", "-3", "-q", "-c"], ["zstd", "-dc"]),
}


def pack(log: Path, suffix: str) -> Path:
    """The log packed, unless it is there already."""
    packed = log.with_name(f"{log.name}.{suffix}")
    if not packed.exists():
        with packed.open("wb") as out:
            subprocess.run([*_TOOLS[suffix][0], log], stdout=out, check=True)
    return packed


def race_packed(suffix: str, size: int) -> Result:
    """One kind of compression: both sides in turn, the ratio of the medians."""
    packed = pack(write_log(WORK / f"squid-{size}.log", "squid", Plan(size)), suffix)
    warm([packed])
    inflate = _TOOLS[suffix][1]
    runs = race(
        {
            "logan": lambda: run([*LOGAN, "scan", packed, "--quiet"]),
            inflate[0]: lambda: run([*inflate, packed]),
        }
    )
    sides = medians(runs)
    ratio = round(sides["logan"]["seconds"] / sides[inflate[0]]["seconds"], 2)
    return Result(
        row=f"packed-{suffix}",
        what=f"one .{suffix} file of {size / 1e9:g} GB inflated",
        target=f"at most {_TARGET} times",
        met=ratio <= _TARGET,
        ratio=ratio,
        unit=f"times the time of {' '.join(inflate)}",
        sides=sides,
    )


def main() -> None:
    """Race both kinds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=read_size, default=10**9)
    given = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    for suffix, (pack_command, _) in _TOOLS.items():
        if shutil.which(pack_command[0]) is None:
            raise SystemExit(f"needs {pack_command[0]}: apt-get install isal zstd")
        keep(race_packed(suffix, given.size))


if __name__ == "__main__":
    main()
