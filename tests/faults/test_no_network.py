"""Without a network everything is the same: logan asks for none."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.faults.disk import content
from tests.faults.logs import logan, squid, write_log

#: Ends the process when anybody asks for a name or sends anything anywhere.
GUARDED = """
import os, runpy, sys
def guard(event, details):
    if event.split(".")[1].startswith(("connect", "send", "get")):
        os.write(2, f"the network was asked for: {event} {details}".encode())
        os._exit(99)
sys.addaudithook(lambda event, details: event[:7] == "socket." and guard(event, details))
if sys.argv[1] == "try":
    import socket; socket.getaddrinfo("pimeyes.com", 443)
sys.argv[0] = "logan"
runpy.run_module("logan", run_name="__main__")
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with all that could tempt to look something up: hosts, look-alikes, addresses."""
    hosts = ("pimeyes.com:443", "a.notpimeyes.com:443", "facecheck.id:443", "198.51.100.7:443")
    return write_log(tmp_path / "access.log", [squid(n, url=url) for n, url in enumerate(hosts)])


def test_no_name_is_asked_for_and_nothing_sent(tmp_path: Path, log: Path) -> None:
    for arguments in (("--json", "--export", tmp_path / "out"), ("--top", "0")):
        ran = logan("scan", log, *arguments, code=GUARDED)
        assert (ran.returncode, ran.stderr) == (0, b"")
        assert b"notpimeyes.com" in ran.stdout
    assert logan("try", code=GUARDED).returncode == 99, "the guard does not guard"


def test_a_machine_without_network_gives_the_same(tmp_path: Path, log: Path) -> None:
    unshare = shutil.which("unshare")
    wrap = (unshare or "unshare", "--net", "--map-root-user")
    if not unshare or subprocess.run([*wrap, "true"], capture_output=True, check=False).returncode:
        pytest.skip(
            "needs unshare(1) and the right to a network of one's own: apt install util-linux"
        )
    out = tmp_path / "out"
    found = []
    for before in ((), wrap):
        ran = logan("scan", log, "--json", "--export", out, wrap=before)
        assert ran.returncode == 0, ran.stderr
        found.append((ran.stdout, content(out)))
    assert found[0] == found[1]
