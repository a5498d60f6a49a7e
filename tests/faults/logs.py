"""Logs whose truth is known, and `logan` run on them as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

#: 1 January 2024, 10:00 UTC.
START = 1_704_103_200

# Linux hands the peak of the process that starts another on to it (`ru_maxrss`): of tests that have
# run for long that is more than logan takes. `VmHWM` begins anew with each program.
_MEASURED = """
import pathlib, re, resource, sys
from logan.cli.main import main
sys.argv[0] = "logan"
try:
    main()
finally:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 * 1024)
    if sys.platform == "linux":
        status = pathlib.Path("/proc/self/status").read_text()
        peak = int(re.search("VmHWM: *([0-9]+)", status.replace("\\t", " "))[1]) // 1024
    print(peak, file=sys.stderr)
"""


def squid(
    second: int = 0,
    user: str = "jdoe",
    url: str = "pimeyes.com:443",
    *,
    method: str = "CONNECT",
    status: str = "TCP_TUNNEL/200",
    address: str = "10.1.2.3",
) -> str:
    """One line of Squid's native log, with its end."""
    return (
        f"{START + second}.100 5 {address} {status} 5120 {method} {url} {user} "
        "HIER_DIRECT/203.0.113.9 -\n"
    )


def write_log(path: Path, lines: Iterable[str]) -> Path:
    """Write a log, folders and all; letters that are no UTF-8 go out as the bytes they stand for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(lines).encode("utf-8", "surrogateescape"))
    return path


def logan(
    *arguments: object,
    wrap: Iterable[str] = (),
    code: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own, which must end within a minute.

    `wrap` stands before it; `code` is run in place of the module, with the same arguments.
    """
    start = ["-m", "logan"] if code is None else ["-c", code]
    command = [*wrap, sys.executable, *start, *map(str, arguments)]
    return subprocess.run(
        command,
        capture_output=True,
        check=False,
        timeout=60,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])} | (env or {}),
    )


def measured(*arguments: object) -> tuple[subprocess.CompletedProcess[bytes], int]:
    """Run the command in a process of its own; with its peak memory in MiB."""
    pytest.importorskip("resource", reason="needs Unix to measure memory")
    ran = logan(*arguments, code=_MEASURED)
    return ran, int(ran.stderr.split()[-1])
