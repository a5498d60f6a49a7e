"""Runs commands against each other in turn, and keeps what they took.

The sides of a comparison alternate, so that what else the machine does hits both. Files are read
once before, so the page cache is warm. Ratios are of medians.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = HERE / "work"
RESULTS = HERE / "results"
#: Both sides of a comparison run so often.
REPEATS = 5
LOGAN = (sys.executable, "-m", "logan")
_LIBRARIES = ("polars", "pyarrow", "numpy", "hyperscan", "isal", "backports.zstd", "click")

Command = Sequence[str | Path]


@dataclass(frozen=True)
class Run:
    """One process from start to exit: wall clock and processor time in seconds, memory in MB."""

    seconds: float
    cpu: float
    peak_mb: float


@dataclass(frozen=True)
class Result:
    """One row of the table. `ratio` is what `target` is about, in the words of `unit`."""

    row: str
    what: str
    target: str
    met: bool | None
    ratio: float
    unit: str
    sides: dict[str, dict[str, float]]
    note: str = ""
    scale: str = "quick"
    date: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%d"))
    machine: dict[str, str] = field(default_factory=lambda: describe_machine())


def run(command: Command, *, expect: Sequence[int] = (0,), folder: Path = WORK) -> Run:
    """Run a command with its output thrown away. Fails loudly: a side that fails is no measure."""
    started = time.perf_counter()
    with Path(os.devnull).open("wb") as nowhere, (WORK / "stderr").open("w+b") as words:
        process = subprocess.Popen(
            list(map(str, command)), stdout=nowhere, stderr=words, cwd=folder
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in expect:
            words.seek(0)
            text = words.read().decode(errors="replace")[-2000:]
            raise SystemExit(f"{' '.join(map(str, command))}: exit {process.returncode}\n{text}")
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)


def warm(paths: Sequence[Path]) -> None:
    """Read files into the page cache."""
    for path in paths:
        with path.open("rb", buffering=0) as file:
            while file.read(1 << 22):
                pass


def race(sides: Mapping[str, Callable[[], Run]], repeats: int = REPEATS) -> dict[str, list[Run]]:
    """Run the sides in turn, `repeats` times each."""
    runs: dict[str, list[Run]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, side in sides.items():
            runs[name].append(side())
    return runs


def medians(runs: Mapping[str, Sequence[Run]]) -> dict[str, dict[str, float]]:
    """The median of each measure, by side."""
    return {
        name: {
            measure: round(statistics.median(getattr(one, measure) for one in all_runs), 3)
            for measure in ("seconds", "cpu", "peak_mb")
        }
        for name, all_runs in runs.items()
    }


def keep(result: Result) -> None:
    """Store a result under its row, and say it."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{result.row}.json"
    path.write_text(json.dumps(asdict(result), indent=1) + "\n")
    verdict = {True: "met", False: "MISSED", None: "-"}[result.met]
    sides = ", ".join(f"{name} {one['seconds']:.2f} s" for name, one in result.sides.items())
    print(f"{result.row}: {result.ratio:.2f} {result.unit} ({result.target}: {verdict}); {sides}")


@cache
def describe_machine() -> dict[str, str]:
    """Processor, cores, memory, kernel and the versions of what ran."""
    versions = {name: _version(name) for name in _LIBRARIES}
    commit = _first_line(["git", "-C", str(HERE), "rev-parse", "--short", "HEAD"])
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB",
        "kernel": platform.release(),
        "python": platform.python_version(),
        "logan": commit,
        **versions,
    }


def tool_version(*command: str) -> str:
    """The first line that a tool says about itself."""
    return _first_line(list(command))


def _first_line(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "none"
    return (done.stdout or done.stderr).strip().split("\n")[0]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()
