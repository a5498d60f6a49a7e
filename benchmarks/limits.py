"""What single steps of the work take with nothing around them (`bare.py`), against the same sides.

A target that even the bare step misses is out of reach for a program in Python with these
libraries on this machine. How far logan is from the bare step is what could still be gained.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import dense
import many_files
import packed
import parsing
import plain
from commands import HERE, LOGAN, WORK, Command
from measure import GB, Options, Race, Result, a_log, domains, name_size, race, read_options
from rows import Bound, raced_row
from tools import need, python_with

_OUT = WORK / "bare-out"


def bare(step: str, *paths: Path) -> Command:
    """The command that does one step and nothing else."""
    return (sys.executable, HERE / "bare.py", step, *paths)


def outcome(
    row: str, what: str, raced: Race, *, ratio: float, target: float, unit: str, most: bool = False
) -> Result:
    """A limit as a row: `target` is that of the work the step is part of, `most` an upper bound."""
    bound = Bound("at most" if most else "at least", target, "")
    return raced_row(raced, f"limit-{row}", what, bound, round(ratio, 3), unit)


def start_up(options: Options) -> list[Result]:
    """Importing libraries, and a scan of next to nothing."""
    with a_log("squid", 10_000, hit_every=50) as log:
        scan = (*LOGAN, "scan", log, "--quiet")
        raced = race({"bare": bare("start"), "logan": scan}, options.repeats)
    what = "importing click, NumPy, Polars and Hyperscan"
    seconds = raced.seconds("bare")
    return [outcome("startup", what, raced, ratio=seconds, target=0.6, unit="s", most=True)]


def searching(options: Options) -> list[Result]:
    """Reading and searching a plain log, without and with line ends, against ripgrep."""
    count = ("rg", "-ciFf", domains())
    with a_log("squid", options.size, hit_every=options.hit_every) as log:
        sides = {
            "search": bare("search", log),
            "lines": bare("lines", log),
            "logan": (*LOGAN, "scan", log, "--quiet"),
            "rg": (*count, log),
        }
        raced = race(sides, options.repeats)
    target = plain.TARGETS["squid"][options.scale == "full"]
    size = name_size(options.size)
    return [
        outcome(
            f"plain-{step}",
            f"{words} {size} of Squid log",
            raced,
            ratio=raced.ratio("rg", step),
            target=target,
            unit="times as fast as `rg -ciFf`",
        )
        for step, words in (
            ("search", "reading and searching"),
            ("lines", "reading and searching, and finding where lines begin, in"),
        )
    ]


def inflating(options: Options) -> list[Result]:
    """Inflating in Python, to nowhere and into a search, against the tools."""
    results = []
    for name, kind in packed.KINDS.items():
        size = options.size if options.scale == "full" else options.size // kind.files
        plain = packed.plain_log(kind, size, options)
        with plain as log, packed.packed(kind, log) as paths:
            sides = {
                "inflate": bare("inflate", *paths),
                "search": bare("inflate_and_search", *paths),
                "logan": (*LOGAN, "scan", *paths, "--quiet"),
                "tool": packed.in_a_row(kind, paths),
            }
            raced = race(sides, options.repeats)
        results += [
            outcome(
                f"packed-{name}-{step}",
                f"inflating {packed.name_files(kind, size)} {where}",
                raced,
                ratio=raced.ratio(step, "tool"),
                target=kind.target,
                unit=f"times the time of `{' '.join(kind.inflate)}`",
                most=True,
            )
            for step, where in (("inflate", "to nowhere"), ("search", "and searching it"))
        ]
    return results


def writing(options: Options) -> list[Result]:
    """One pattern a line, written as CSV and as Parquet, against DuckDB's whole work."""
    python = python_with("duckdb")
    if python is None:
        raise SystemExit("needs duckdb from PyPI, which could not be installed")
    duck = HERE / "duck.py"
    size = options.size // 5
    kinds: tuple[tuple[str, str, int, tuple[float, float], Callable[[Path], str]], ...] = (
        ("users", "dense", dense.USERS, dense.TARGETS, dense.users_query),
        ("records", "parse", 5_000, parsing.TARGETS, parsing.query),
    )
    words = {"users": "all hits and the table of users", "records": "Parquet"}
    results = []
    for step, row, users, targets, query in kinds:
        every = 1 if step == "users" else options.hit_every
        with a_log("squid", size, users=users, hit_every=every) as log:
            sides = {"bare": bare(step, log, _OUT), "duckdb": (python, duck, query(log))}
            raced = race(sides, options.repeats, before=lambda _: clear())
        what = f"cutting {name_size(size)} of Squid log with one pattern, and writing {words[step]}"
        rate, ratio = size / GB / raced.seconds("bare"), raced.ratio("duckdb", "bare")
        fast = "times as fast as DuckDB"
        results += [
            outcome(f"{row}-rate", what, raced, ratio=rate, target=targets[0], unit="GB/s"),
            outcome(f"{row}-duckdb", what, raced, ratio=ratio, target=targets[1], unit=fast),
        ]
    clear()
    return results


def opening(options: Options) -> list[Result]:
    """Opening and reading small files, and searching or recognising them, against one file."""
    size = options.size // 4
    with a_log("squid", size) as log, many_files.cut(log, many_files.FILES) as parts:
        sides = {
            "files": bare("files", parts),
            "recognised": bare("recognised", parts),
            "one": (*LOGAN, "scan", log, "--quiet"),
        }
        raced = race(sides, options.repeats)
    return [
        outcome(
            f"many-{step}",
            f"opening, reading and {words} {many_files.FILES:,} files",
            raced,
            ratio=raced.ratio(step, "one"),
            target=many_files.TARGET,
            unit="times a scan of one file",
            most=True,
        )
        for step, words in (("files", "searching"), ("recognised", "recognising"))
    ]


def clear() -> None:
    """Take away what the last run wrote."""
    _OUT.unlink(missing_ok=True)
    _OUT.with_suffix(".users").unlink(missing_ok=True)
    dense.clear()
    parsing.clear()


KINDS = {
    "startup": start_up,
    "plain": searching,
    "packed": inflating,
    "writing": writing,
    "files": opening,
}

if __name__ == "__main__":
    given = read_options(__doc__, quick=GB, full=4 * GB, only=KINDS)
    need({"rg": "ripgrep", "igzip": "isal", "zstd": "zstd"})
    for name_ in given.only:
        for result in KINDS[name_](given):
            given.keep(result)
