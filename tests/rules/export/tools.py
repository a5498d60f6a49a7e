"""Real programs that read what logan writes; a test without its program is skipped, and says so."""

import shutil
import subprocess
from pathlib import Path

import pytest


def need(program: str, package: str) -> str:
    """The path of a program, or a skip that says how to get it."""
    places = [None, "/usr/sbin", "/sbin"]
    found = next((path for place in places if (path := shutil.which(program, path=place))), None)
    if found is None:
        pytest.skip(f"no {program} here: apt-get install {package}")
    return found


def call(*arguments: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program to its end, with `text` on its standard input."""
    return subprocess.run(
        [str(one) for one in arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
