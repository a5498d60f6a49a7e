"""Finds the programs that logan is compared with, and installs what is missing where it may.

Debian packages come through apt-get where that is allowed (as root); Python packages go into an
environment of their own below `benchmarks/work/`, so that none becomes a dependency of logan.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_PEERS = Path(__file__).resolve().parent / "work" / "peers"


def missing(programs: Mapping[str, str]) -> dict[str, str]:
    """Those of the programs (name -> Debian package) that are not there after trying."""
    wanted = _absent(programs)
    if wanted and shutil.which("apt-get") and os.geteuid() == 0:
        for arguments in (["update", "-q"], ["install", "-qy", "--no-install-recommends"]):
            packages = sorted(set(wanted.values())) if "install" in arguments else []
            subprocess.run(
                ["apt-get", *arguments, *packages],
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                stdout=subprocess.DEVNULL,
                check=False,
            )
    return _absent(programs)


def need(programs: Mapping[str, str]) -> None:
    """Stop unless all of the programs are there."""
    wanted = missing(programs)
    if wanted:
        packages = " ".join(sorted(set(wanted.values())))
        raise SystemExit(f"needs {', '.join(wanted)}: apt-get install {packages}")


@cache
def python_with(package: str) -> Path | None:
    """A Python that can import this package from PyPI, None where it cannot be had."""
    python = _PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", _PEERS], check=True)
    for attempt in range(2):
        if not subprocess.run([python, "-c", f"import {package}"], capture_output=True).returncode:
            return python
        if not attempt:
            subprocess.run([python, "-m", "pip", "install", "--quiet", package], check=False)
    return None


def tool_version(*command: str | Path) -> str:
    """The first line that a tool says about itself."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "none"
    return (done.stdout or done.stderr).strip().split("\n")[0]


def duckdb_version() -> str:
    """Which DuckDB it is that logan is compared with."""
    python = python_with("duckdb")
    return tool_version(python, "-c", "import duckdb; print(duckdb.__version__)") if python else ""


def _absent(programs: Mapping[str, str]) -> dict[str, str]:
    return {name: package for name, package in programs.items() if shutil.which(name) is None}
