"""Scans logs one after another and counts the work of each scan; `budget.py` runs it.

`counted.py calls LOG...` prints what Python did, `counted.py instructions LOG...`, run under
callgrind, what the processor did. The first log is only there to load what is loaded once.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import polars

import logan
from logan.pipeline.scan import Settings, scan
from logan.rules.packs import load_rules

_LOGAN = str(Path(logan.__file__).parent)
_POLARS = str(Path(polars.__file__).parent)
Count = dict[str, int]


def count_calls(work: Callable[[], object]) -> Count:
    """Calls of logan's functions and out of them, in all threads; those into Polars once more."""
    seen: Counter[str] = Counter()

    def notice(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            name, caller = frame.f_code.co_filename, frame.f_back
            if name.startswith(_LOGAN):
                seen["calls"] += 1
            elif caller is not None and caller.f_code.co_filename.startswith(_LOGAN):
                seen["calls"] += 1
                seen["polars"] += name.startswith(_POLARS)
        elif event == "c_call" and frame.f_code.co_filename.startswith(_LOGAN):
            seen["calls"] += 1

    threading.setprofile(notice)
    sys.setprofile(notice)
    try:
        work()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return {"calls": seen["calls"], "polars": seen["polars"]}


def count_instructions(work: Callable[[], object]) -> Count:
    """Instructions of all threads, as callgrind counts them; it must run this process."""
    _tell_callgrind("instrumentation on")
    _tell_callgrind("zero")
    work()
    _tell_callgrind("dump")
    dump = max(Path.cwd().glob("callgrind.out.*.*"), key=lambda path: path.stat().st_mtime_ns)
    (total,) = (line for line in dump.read_text().splitlines() if line.startswith("totals:"))
    return {"instructions": int(total.removeprefix("totals:"))}


def _tell_callgrind(order: str) -> None:
    teller = subprocess.Popen(
        ["vgdb", f"--pid={os.getpid()}", *order.split()],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    # Callgrind listens between two steps of this process: it must not wait idly.
    while teller.poll() is None:
        time.sleep(0.01)
    if teller.returncode:
        raise SystemExit(f"vgdb {order}: exit {teller.returncode}")


def main() -> None:
    """Print what each log after the first took, as JSON."""
    kind, *logs = sys.argv[1:]
    count = {"calls": count_calls, "instructions": count_instructions}[kind]
    rules = load_rules()
    scans = [partial(scan, Settings((log,), rules)) for log in logs]
    _first, *counts = map(count, scans)
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
