"""Programs that tests start, and that do not outlive them: not even where pytest itself is killed."""

import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

#: Kills what it was told of when its input ends, as that of a process that died does. A process is
#: known by its number and the time that it began at, which Linux tells: elsewhere nothing is killed.
_REAPER = """
import os, signal, sys

def begun(number):
    try:
        with open(f"/proc/{number}/stat") as facts:
            return facts.read().rpartition(")")[2].split()[19]
    except OSError:
        return None

told = {int(line): begun(int(line)) for line in sys.stdin}
for number, time in told.items():
    if time is not None and begun(number) == time:
        os.kill(number, signal.SIGKILL)
"""


def start_process(command: Sequence[str], **options: Any) -> "subprocess.Popen[Any]":
    """As `subprocess.Popen`, of a program that ends with this one at the latest."""
    process = subprocess.Popen(command, **options)
    stdin = _reaper().stdin
    assert stdin is not None
    stdin.write(f"{process.pid}\n")
    stdin.flush()
    return process


@cache
def _reaper() -> "subprocess.Popen[str]":
    """The process that watches this one, in a session of its own: an interrupt must not end it."""
    return subprocess.Popen(
        [sys.executable, "-c", _REAPER],
        stdin=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
