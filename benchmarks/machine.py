"""What machine a measurement ran on, and how busy all its processes keep it."""

import os
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from commands import HERE
from tools import tool_version

_LIBRARIES = ("polars", "pyarrow", "numpy", "hyperscan", "isal", "backports.zstd", "click")


@cache
def describe_machine() -> dict[str, str]:
    """Processor, cores, memory, kernel, load at the start and the versions of what ran."""
    commit = tool_version("git", "-C", str(HERE), "rev-parse", "--short", "HEAD")
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB",
        "kernel": ".".join(platform.release().split(".")[:2]),
        "load": f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown",
        "python": platform.python_version(),
        "logan": commit,
        **{name: _version(name) for name in _LIBRARIES},
    }


def busy_seconds() -> float | None:
    """What all processes of the machine have taken so far, with what a host took away."""
    try:
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    except OSError:
        return None
    user, nice, system, _idle, _wait, hard, soft, stolen = map(int, fields[:8])
    return (user + nice + system + hard + soft + stolen) / os.sysconf("SC_CLK_TCK")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())
