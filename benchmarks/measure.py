"""Runs commands against each other in turn, and keeps what they took.

The sides of a comparison alternate, so that what else the machine does hits both. Files are read
once before, so the page cache is warm, and logan has run once before it is measured, so its byte
code is there. Ratios are of medians. What other processes took meanwhile is kept with the result.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from commands import HERE, LOGAN, WORK, Command, Run, output, run
from machine import busy_seconds, describe_machine

RESULTS = HERE / "results"
MB, GB = 10**6, 10**9
#: Both sides of a comparison run so often.
REPEATS = 5
#: More of the processors than this taken by others: the result says that the machine was busy.
BUSY_PERCENT = 10
#: Disk that must stay free, in bytes.
_SPARE = 3 * GB
_UNITS = {"": 1, "kB": 10**3, "MB": MB, "GB": GB}


@dataclass(frozen=True)
class Race:
    """The medians of each side and its single times; `others` is what other processes took of the
    processors meanwhile, in percent, None where the system does not tell."""

    sides: dict[str, dict[str, float | list[float]]]
    others: float | None

    def seconds(self, side: str) -> float:
        """The median time of a side."""
        return float(self.sides[side]["seconds"])  # type: ignore[arg-type]

    def processor_seconds(self, side: str) -> float:
        """The median processor time of a side, of all its threads and processes."""
        return float(self.sides[side]["cpu"])  # type: ignore[arg-type]

    def least_processor_seconds(self, side: str) -> float:
        """The least processor time of a side: what else a machine does can only add to it."""
        return float(self.sides[side]["least_cpu"])  # type: ignore[arg-type]

    def ratio(self, side: str, other: str) -> float:
        """How many times as long as `other` this side took."""
        return round(self.seconds(side) / self.seconds(other), 3)


@dataclass(frozen=True)
class Result:
    """One row of the table. `ratio` is what `target` is about, in the words of `unit`.

    `others` as in `Race`. `tools` are the versions of what logan was compared with.
    """

    row: str
    what: str
    target: str
    met: bool | None
    ratio: float
    unit: str
    sides: dict[str, dict[str, float | list[float]]]
    others: float | None
    note: str = ""
    tools: dict[str, str] = field(default_factory=dict)
    date: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%d"))
    machine: dict[str, str] = field(default_factory=lambda: describe_machine())


@dataclass(frozen=True)
class Options:
    """What every script here is told. `scale` names the set: quick, full, or trial for any other
    size. `only` are the sides or shapes wanted."""

    size: int
    scale: str
    repeats: int
    results: Path | None
    only: tuple[str, ...]

    @property
    def hit_every(self) -> int:
        """Lines to one hit; a trial is too small to have any at one in 50,000."""
        return 1_000 if self.scale == "trial" else 50_000

    def keep(self, result: Result) -> None:
        """Say a result and, unless it is a trial, store it under its row and scale."""
        verdict = {True: "met", False: "MISSED", None: "-"}[result.met]
        print(f"{result.what}\n  {result.ratio:g} {result.unit} ({result.target}: {verdict})")
        for name, side in result.sides.items():
            print(f"    {name}: {side['seconds']:.3f} s, {side['peak_mb']:.0f} MB")
        if result.others is not None and result.others > BUSY_PERCENT:
            print(f"  the machine was busy: others took {result.others:.0f} % of it")
        if result.note:
            print(f"  {result.note}")
        if self.results is not None:
            self.results.mkdir(parents=True, exist_ok=True)
            path = self.results / f"{result.row}-{self.scale}.json"
            stored = {**asdict(result), "scale": self.scale}
            path.write_text(json.dumps(stored, indent=1) + "\n")


def read_options(
    words: str,
    *,
    quick: int = 0,
    full: int = 0,
    repeats: tuple[int, int] = (REPEATS, REPEATS),
    only: Iterable[str] = (),
) -> Options:
    """What the command line asks for. `quick` and `full` are the sizes of the two sets in bytes,
    `repeats` how often each side of them runs."""
    parser = argparse.ArgumentParser(
        description=words, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", action="store_true", help="the full set, which takes hours")
    parser.add_argument("--size", type=read_size, help="another size: a trial, not stored")
    parser.add_argument("--repeats", type=int, help="runs of each side")
    parser.add_argument("--results", type=Path, help="store results here, trials too")
    parser.add_argument("--only", default=",".join(only), help="some of these")
    given = parser.parse_args()
    scale = "full" if given.full else "quick"
    size = (full if given.full else quick) if given.size is None else given.size
    trial = given.size is not None
    WORK.mkdir(exist_ok=True)
    load = describe_machine()["load"]
    if load != "unknown" and float(load) > 1:
        print(f"the machine is busy (load {load}): times will not be good ones", file=sys.stderr)
    return Options(
        size=size,
        scale="trial" if trial else scale,
        repeats=given.repeats or repeats[given.full],
        results=given.results or (None if trial else RESULTS),
        only=tuple(filter(None, given.only.split(","))),
    )


def read_size(text: str) -> int:
    """`10MB` as bytes."""
    found = re.fullmatch(r"([0-9.]+)([kMG]B)?", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text}: write a size such as 250MB")
    return int(float(found.group(1)) * _UNITS[found.group(2) or ""])


def name_size(size: int) -> str:
    """`1 GB`, `250 MB`."""
    return f"{size / GB:g} GB" if size >= GB else f"{size / MB:g} MB"


@contextmanager
def a_log(shape: str, size: int, *, users: int = 5_000, hit_every: int = 50_000) -> Iterator[Path]:
    """A generated log in the page cache. One above 2 GB that was not there before is taken away
    again; smaller ones stay for the next time."""
    unusual = [("users", users, 5_000), ("every", hit_every, 50_000)]
    name = "".join(f"-{what}{number}" for what, number, usual in unusual if number != usual)
    log = WORK / f"{shape}-{size}{name}.log"
    before = log.exists()
    if not before:
        need_room(size)
    # A process of its own: its memory would count as that of every process started here.
    options = ("--users", str(users), "--hit-every", str(hit_every))
    generate = (sys.executable, HERE / "generate.py", shape, str(size), log, *options)
    subprocess.run(generate, check=True, stderr=subprocess.DEVNULL)
    warm([log])
    try:
        yield log
    finally:
        if not before and size > 2 * GB:
            log.unlink()


def need_room(size: int) -> None:
    """Stop unless so many bytes can be written and some stay free."""
    free = shutil.disk_usage(WORK).free
    if free < size + _SPARE:
        raise SystemExit(f"needs {name_size(size)} and some room, {name_size(free)} are free")


def warm(paths: Iterable[Path]) -> None:
    """Read files into the page cache."""
    for path in paths:
        with path.open("rb", buffering=0) as file:
            while file.read(1 << 22):
                pass


def domains() -> Path:
    """The watched domains, one on a line, as ripgrep takes them."""
    WORK.mkdir(exist_ok=True)
    path = WORK / "domains.txt"
    path.write_bytes(output([sys.executable, HERE / "domains.py"]))
    return path


def race(
    sides: Mapping[str, Command],
    repeats: int = REPEATS,
    *,
    before: Callable[[str], object] = lambda _side: None,
) -> Race:
    """Run the sides in turn, `repeats` times each; `before` clears the way for each run."""
    runs: dict[str, list[Run]] = {name: [] for name in sides}
    started, busy = time.perf_counter(), busy_seconds()
    own = time.process_time()
    for _ in range(repeats):
        for name, command in sides.items():
            before(name)
            runs[name].append(run(command))
    wall = time.perf_counter() - started
    used = time.process_time() - own + sum(one.cpu for side in runs.values() for one in side)
    others = None
    if busy is not None:
        taken = (busy_seconds() or busy) - busy - used
        others = round(max(0.0, 100 * taken / wall / (os.cpu_count() or 1)), 1)
    return Race(medians(runs), others)


def race_scans(scans: Mapping[str, Sequence[str | Path]], repeats: int = REPEATS) -> Race:
    """Scans in turn, by side with what each is given; all must find as many hits."""
    need_equal("hits", {side: hits(*given) for side, given in scans.items()})
    sides = {side: (*LOGAN, "scan", *given, "--quiet") for side, given in scans.items()}
    return race(sides, repeats)


def medians(runs: Mapping[str, Sequence[Run]]) -> dict[str, dict[str, float | list[float]]]:
    """The median of each measure, the least processor time, every single time: by side."""
    return {
        name: {
            **{
                measure: round(statistics.median(getattr(one, measure) for one in all_runs), 3)
                for measure in ("seconds", "cpu", "peak_mb")
            },
            "least_cpu": round(min(one.cpu for one in all_runs), 3),
            "times": [round(one.seconds, 3) for one in all_runs],
        }
        for name, all_runs in runs.items()
    }


def need_equal(what: str, answers: Mapping[str, object]) -> None:
    """Stop where the sides of a comparison do not come to the same answer."""
    first, *others = answers.values()
    if any(other != first for other in others):
        raise SystemExit(f"the sides do not agree on {what}: {dict(answers)}")


def summary(*arguments: str | Path) -> dict[str, object]:
    """What `logan scan --json` says; the first run also leaves byte code behind."""
    told: dict[str, object] = json.loads(output([*LOGAN, "scan", *arguments, "--json"]))
    return told


def hits(*arguments: str | Path) -> int:
    """The hits that a scan finds."""
    return int(summary(*arguments)["totals"]["hits"])  # type: ignore[index]
