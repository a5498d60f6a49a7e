"""Two workers of one thread against two threads; ten thousand small files; what merging costs.

Scheduler and workers run on this machine, without certificates: what is measured is what handing
out, sending back and putting together costs, not a network.
"""

import io
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands import WORK, environment
from many_files import FILES, cut
from measure import GB, MB, Options, Result, a_log, name_size, race_scans, read_options
from rows import Bound, raced_row

WORKERS = 2
_LEAST = 0.9
_MOST_MS = 20
_MOST_SECONDS = 3
#: The size that is asked for, by the findings that are merged then.
_BYTES_A_FINDING = 1_600
_DASK = (sys.executable, "-m", "dask")


@contextmanager
def a_cluster() -> Iterator[str]:
    """A scheduler and two workers of one thread; the scheduler's address."""
    found = WORK / "scheduler.json"
    found.unlink(missing_ok=True)
    where = ("--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(found))
    processes = [_start("scheduler", *where, "--no-dashboard")]
    try:
        while not found.exists() or not found.read_text().rstrip().endswith("}"):
            time.sleep(0.1)
        address: str = json.loads(found.read_text())["address"]
        alone = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0")
        processes += [_start("worker", address, *alone) for _ in range(WORKERS)]
        yield address
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _start(*arguments: str) -> "subprocess.Popen[bytes]":
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(
        [*_DASK, *arguments], stdin=nowhere, stdout=nowhere, stderr=nowhere, env=environment()
    )


def race_workers(options: Options, address: str) -> Result:
    """The same log by two workers and by two threads."""
    there = ("--cluster", address)
    with a_log("squid", options.size, hit_every=options.hit_every) as log:
        raced = race_scans({"logan": (log, *there), "here": (log,)}, options.repeats)
    return raced_row(
        raced,
        "cluster-workers",
        f"two workers of one thread, {name_size(options.size)} of Squid log",
        Bound("at least", _LEAST),
        raced.ratio("here", "logan"),
        "times as fast as a scan with two threads",
    )


def race_files(options: Options, address: str) -> Result:
    """Many small files by two workers and by two threads."""
    size = options.size // 4
    files = max(1, min(FILES, size // 1_000))
    there = ("--cluster", address)
    with a_log("squid", size, hit_every=options.hit_every) as log, cut(log, files) as parts:
        raced = race_scans({"logan": (parts, *there), "here": (parts,)}, options.repeats)
    cost = 1_000 * (raced.seconds("logan") - raced.seconds("here")) / files
    return raced_row(
        raced,
        "cluster-files",
        f"two workers, {files:,} files, {name_size(size)} of Squid log in all",
        Bound("at most", _MOST_MS, "ms a file"),
        round(cost, 3),
        "ms a file more than on this machine",
    )


def time_merging(options: Options) -> Result:
    """What came back of a log in which every line is a hit, put together again and again."""
    from logan.evidence.evidence import EvidenceMerger
    from logan.evidence.packed import pack, unpack
    from logan.pipeline.read import read
    from logan.pipeline.settings import Settings
    from logan.rules.packs import load_rules

    size = min(options.size // 10, 100 * MB)
    with a_log("squid", size, hit_every=1) as log:
        evidence = read(Settings((str(log),), load_rules()))
    stream = io.BytesIO()
    pack(evidence, stream)
    # Ten million findings where the benchmark is run in full.
    rounds = max(5, -(-options.size // _BYTES_A_FINDING // evidence.findings.height))
    seconds = []
    for _ in range(options.repeats):
        started = time.perf_counter()
        merger = EvidenceMerger(compared=True)
        for number in range(rounds):
            named = unpack(stream)
            sources = tuple(one._replace(name=f"{number}/{one.name}") for one in named.sources)
            merger.add(named._replace(sources=sources))
        rows = merger.merged().findings.height
        seconds.append(time.perf_counter() - started)
    sent = f"{rounds * len(stream.getvalue()) / MB:.0f} MB"
    each = statistics.median(seconds) * 1e6 / rows
    return Result(
        row="cluster-merging",
        what=f"what workers send, put together: {rows:,} findings, {sent}",
        target=f"at most {_MOST_SECONDS} s a million findings",
        met=each <= _MOST_SECONDS,
        ratio=round(each, 3),
        unit="s a million findings",
        sides={
            "logan": {
                "seconds": round(statistics.median(seconds), 3),
                "cpu": 0.0,
                "peak_mb": 0.0,
                "times": [round(one, 3) for one in seconds],
            }
        },
        others=None,
    )


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    given = read_options(__doc__, quick=GB, full=16 * GB, repeats=(3, 3))
    with a_cluster() as scheduler:
        given.keep(race_workers(given, scheduler))
        given.keep(race_files(given, scheduler))
    given.keep(time_merging(given))
