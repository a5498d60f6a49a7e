"""Runs one command, and says what it took or what it printed. One that fails stops everything."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = HERE / "work"
#: What the console script does, of this very tree.
LOGAN = (sys.executable, "-c", "import sys; from logan.cli.main import main; sys.exit(main())")

Command = Sequence[str | Path]


@dataclass(frozen=True)
class Run:
    """One process from start to exit: wall clock and processor time in seconds, memory in MB."""

    seconds: float
    cpu: float
    peak_mb: float


def run(command: Command, *, expect: Sequence[int] = (0,)) -> Run:
    """Run a command with its output thrown away. Fails loudly: a side that fails is no measure."""
    started = time.perf_counter()
    with Path(os.devnull).open("wb") as nowhere, (WORK / "stderr").open("w+b") as words:
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=nowhere,
            stderr=words,
            cwd=WORK,
            env=environment(),
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in expect:
            words.seek(0)
            _fail(command, process.returncode, words.read())
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)


def output(command: Command) -> bytes:
    """What a command prints."""
    done = subprocess.run(
        list(map(str, command)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=WORK,
        env=environment(),
        check=False,
    )
    if done.returncode:
        _fail(command, done.returncode, done.stderr)
    return done.stdout


def _fail(command: Command, status: int, words: bytes) -> None:
    text = words.decode(errors="replace")[-2000:]
    raise SystemExit(f"{' '.join(map(str, command))}: exit {status}\n{text}")


def environment() -> dict[str, str]:
    """The environment of a user who has this tree installed: byte code is kept."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(HERE.parent), "LC_ALL": "C.UTF-8"}
