"""What tests start does not stay behind where they are killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CODE = """
import subprocess, time
from tests.processes import start_process
ended = start_process(["true"])
ended.wait()
print(start_process(["sleep", "600"], stdout=subprocess.DEVNULL).pid, flush=True)
time.sleep(600)
"""


def is_running(number: int) -> bool:
    """Whether a process is there that has not ended."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="Linux tells when one began")
def test_a_program_ends_with_the_tests_that_were_killed() -> None:
    root = Path(__file__).parents[1]
    tests = subprocess.Popen(
        [sys.executable, "-c", CODE], stdout=subprocess.PIPE, text=True, cwd=root
    )
    assert tests.stdout is not None
    number = int(tests.stdout.readline())
    assert is_running(number)
    os.kill(tests.pid, signal.SIGKILL)
    tests.communicate()
    end = time.monotonic() + 60
    while is_running(number):
        assert time.monotonic() < end, "it is left behind"
        time.sleep(0.02)
