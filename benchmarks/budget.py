"""Holds the work of a scan to a budget: counts, not seconds, so a busy machine changes nothing.

    python benchmarks/budget.py          # compare with budget.json; exit status 1 if over it
    python benchmarks/budget.py --calls  # the counts of Python alone, without valgrind
    python benchmarks/budget.py --renew  # write budget.json anew; look at the diff, then commit

Every count is that of a large log less that of a small one, so that start-up cancels out: what is
left is what one more byte, or one more hit, costs.

- *instructions a byte*: all threads, by callgrind (`apt-get install valgrind`); repeats within a
  few percent.
- *calls*: of functions of logan, and out of them into libraries; repeats within 1 %. Those of a
  folder of small files are counted by the file.
- *calls into Polars*: of those, the ones that go to Polars, which like few and large frames.
"""

import argparse
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from commands import HERE, WORK, environment
from measure import MB, a_log

BUDGET = HERE / "budget.json"
#: A count may exceed its budget by so much, in percent, and fall below it by as much unremarked.
ROOM = 15
#: And by so much whatever its budget: nothing is no more than nothing.
_LEAST = 0.1
_LIBRARIES = ("polars", "numpy", "hyperscan")
#: Name -> lines to one hit, sizes in bytes of the small and the large log.
_CALLS = {"search": (1_000, 8 * MB, 40 * MB), "hits": (1, 2 * MB, 8 * MB)}
#: The size of a small file, and how many the small and the large folder have.
_SMALL_FILE, _FILES = 25_000, (50, 450)
_INSTRUCTIONS = {"search": (1_000, 1 * MB, 25 * MB)}

Counts = dict[str, float]


def count_calls() -> Counts:
    """What Python does for one more megabyte, of a log with few hits and of one full of them."""
    counts: Counts = {}
    for name, (every, small, large) in _CALLS.items():
        less, more = counted_by_size("calls", every, small, large)
        for kind, words in (("calls", "calls a MB"), ("polars", "calls into Polars a MB")):
            counts[f"{name}: {words}"] = round((more[kind] - less[kind]) / (large - small) * MB, 1)
    return counts


def count_files() -> Counts:
    """What Python does for one more small file."""
    few, many = _FILES
    with a_log("squid", many * _SMALL_FILE, hit_every=1_000) as log, ExitStack() as opened:
        lines = log.read_bytes().splitlines(keepends=True)
        share = len(lines) // many
        folders = []
        for count in _FILES:
            folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
            folders.append(folder)
            for at in range(count):
                data = b"".join(lines[at * share : (at + 1) * share])
                (folder / f"{at:03}.log").write_bytes(data)
        less, more = counted("calls", folders)
    return {"files: calls a file": round((more["calls"] - less["calls"]) / (many - few), 1)}


def count_instructions() -> Counts:
    """What the processor does for one more byte of a log with few hits."""
    counts: Counts = {}
    for name, (every, small, large) in _INSTRUCTIONS.items():
        less, more = counted_by_size("instructions", every, small, large)
        spent = more["instructions"] - less["instructions"]
        counts[f"{name}: instructions a byte"] = round(spent / (large - small), 2)
    return counts


def counted_by_size(kind: str, every: int, small: int, large: int) -> list[dict[str, int]]:
    """The counts of a scan of a small log and of a large one."""
    with ExitStack() as opened:
        return counted(
            kind,
            [
                opened.enter_context(a_log("squid", size, hit_every=every))
                for size in (small, large)
            ],
        )


def counted(kind: str, logs: Sequence[Path]) -> list[dict[str, int]]:
    """The counts of scans of a small input and a large one, in one process."""
    tool = [
        *("valgrind", "--tool=callgrind", "--instr-atstart=no", "--quiet"),
        "--callgrind-out-file=callgrind.out.%p",
    ]
    # One thread in Polars: how its threads share the work is chance.
    settled = {**environment(), "PYTHONHASHSEED": "0", "POLARS_MAX_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        command: list[str | Path] = [sys.executable, HERE / "counted.py", kind, logs[0], *logs]
        done = subprocess.run(
            [*(tool if kind == "instructions" else ()), *command],
            cwd=folder,
            env=settled,
            stdout=subprocess.PIPE,
            check=True,
        )
    counts: list[dict[str, int]] = json.loads(done.stdout)
    return counts


def over_budget(counts: Counts, budget: Counts) -> list[str]:
    """The counts that exceed their budget, or have none, in words."""
    return [
        _words(name, count, budget)
        for name, count in counts.items()
        if name not in budget or count > budget[name] * (1 + ROOM / 100) + _LEAST
    ]


def far_below(counts: Counts, budget: Counts) -> list[str]:
    """The counts that are so far below their budget that a slow-down could hide in the room."""
    return [
        _words(name, count, budget)
        for name, count in counts.items()
        if name in budget and count < budget[name] * (1 - ROOM / 100) - _LEAST
    ]


def _words(name: str, count: float, budget: Counts) -> str:
    if name not in budget:
        return f"{name}: {count:g}, without a budget"
    change = f", {100 * (count / budget[name] - 1):+.0f} %" if budget[name] else ""
    return f"{name}: {count:g}, budget {budget[name]:g}{change}"


def versions() -> dict[str, str]:
    """What the counts depend on besides logan."""
    python = ".".join(platform.python_version_tuple()[:2])
    machine = {"machine": platform.machine(), "python": python}
    return {**machine, **{name: version(name) for name in _LIBRARIES}}


def compare(counts: Counts) -> int:
    """Say what is over its budget, and return the exit status."""
    stored = json.loads(BUDGET.read_text())
    for name, count in counts.items():
        print(_words(name, count, stored["counts"]))
    if over := over_budget(counts, stored["counts"]):
        print(f"\nSLOWER by more than {ROOM} %:", *over, sep="\n  ")
        if stored["versions"] != versions():
            print(f"The budget was made with {stored['versions']}, this is {versions()}.")
        print(
            "If the work is worth it, renew the budget with `python benchmarks/budget.py --renew`\n"
            "and say in the commit what it buys."
        )
        return 1
    if below := far_below(counts, stored["counts"]):
        print("\nFaster than the budget knows; renew it, so that it stays so:", *below, sep="\n  ")
    return 0


def renew(counts: Counts) -> None:
    """Write the budget, and say what changed."""
    old: Counts = json.loads(BUDGET.read_text())["counts"] if BUDGET.exists() else {}
    for name, count in counts.items():
        print(_words(name, count, old))
    BUDGET.write_text(json.dumps({"versions": versions(), "counts": counts}, indent=1) + "\n")


def main() -> int:
    """Count, and compare or renew."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", action="store_true", help="leave out what needs valgrind")
    parser.add_argument("--renew", action="store_true", help="write the budget anew")
    given = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    if not given.calls and shutil.which("valgrind") is None:
        raise SystemExit("needs valgrind: apt-get install valgrind (or say --calls)")
    parts = [count_calls, count_files, *([] if given.calls else [count_instructions])]
    # Side by side: other work on the machine changes no count.
    with ThreadPoolExecutor() as pool:
        found = [pool.submit(part) for part in parts]
        counts = {name: count for part in found for name, count in part.result().items()}
    if given.renew:
        if given.calls:
            raise SystemExit("--renew counts everything: leave --calls out")
        renew(counts)
        return 0
    return compare(counts)


if __name__ == "__main__":
    sys.exit(main())
