"""The audit under the real cron: a mail where something is new, none otherwise.

Takes some minutes, for cron wakes once a minute, and root, for cron has folders of its own: they are
replaced in a mount namespace, so that the machine's own cron and mail see nothing of it.

    LOGAN_REAL_CRON=1 pytest tests/audit/test_cron.py
"""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from logan.audit.ledger_opening import open_ledger
from logan.audit.ledger_rows import RunRow

pytestmark = pytest.mark.skipif(
    "LOGAN_REAL_CRON" not in os.environ, reason="takes minutes: set LOGAN_REAL_CRON=1"
)
ROOT: Final = Path(__file__).parents[2]
#: cron wakes once a minute, and a run takes some seconds.
_PATIENCE_SECONDS: Final = 150.0
CONFIGURATION: Final = """\
ledger = "ledger.sqlite"
[[gateway]]
name = "hq-squid"
paths = ["access.log"]
[[tell]]
about = ["hits", "searches"]
run = ["./mail"]
[keep]
hits = "400d"
counts = "7y"
"""
LINE: Final = (
    "{stamp:.3f} 95 10.1.2.3 TCP_MISS/200 900 GET http://{host}/ jdoe HIER_DIRECT/- text/html\n"
)


def wait_for(holds: Callable[[], object], what: str) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < until, f"cron did not get there: {what}"
        time.sleep(0.5)


def log(place: Path, *hosts: str) -> None:
    with (place / "access.log").open("a") as file:
        for host in hosts:
            file.write(LINE.format(stamp=time.time() - 60, host=host))


def script(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """An audit with its baseline, and a cron that runs it every minute."""
    cron = shutil.which("cron", path="/usr/sbin")
    own = shutil.which("unshare") and subprocess.run(["unshare", "-m", "true"]).returncode == 0
    if cron is None or not own:
        pytest.skip("needs root, mount namespaces (`unshare`) and Debian's cron: install cron")
    logan = f"env PYTHONPATH={ROOT} {sys.executable} -m logan"
    line = (ROOT / "contrib" / "cron" / "logan-audit").read_text()
    line = line.replace("40 4 * * *  logan  /opt/logan/bin/logan", f"* * * * *  root  {logan}")
    line = line.replace("/etc/logan/audit.toml", str(tmp_path / "audit.toml"))
    assert str(tmp_path) in line
    assert "* * * * *" in line
    (tmp_path / "audit.toml").write_text(CONFIGURATION)
    script(tmp_path / "mail", f"cat >> {tmp_path}/psd; echo ===== >> {tmp_path}/psd")
    script(tmp_path / "sbin" / "sendmail", f"cat >> {tmp_path}/root; echo ===== >> {tmp_path}/root")
    for folder in ("cron.d", "spool", "run", "bin"):
        (tmp_path / folder).mkdir()
    (tmp_path / "cron.d" / "logan-audit").write_text(line)
    (tmp_path / "crontab").write_text("")
    shutil.copy(cron, tmp_path / "bin" / "cron")
    log(tmp_path, "facecheck.id", "www.example.com")
    subprocess.run([*shlex.split(logan), "audit", "init", tmp_path / "audit.toml"], check=True)
    places = {
        "cron.d": "/etc/cron.d",
        "crontab": "/etc/crontab",
        "spool": "/var/spool/cron/crontabs",
        "run": "/run",
        "sbin": "/usr/sbin",
    }
    mounts = "; ".join(
        f"mount --bind {tmp_path}/{ours} {theirs}" for ours, theirs in places.items()
    )
    words = ["unshare", "-m", "sh", "-ec", f"{mounts}; exec {tmp_path}/bin/cron -f"]
    with subprocess.Popen(words, start_new_session=True) as process:
        try:
            yield tmp_path
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def mails(path: Path) -> list[str]:
    return path.read_text().split("=====\n")[:-1] if path.exists() else []


def runs(place: Path) -> int:
    with open_ledger(place / "ledger.sqlite") as ledger:
        return len(ledger.select(RunRow, "WHERE end IS NOT NULL"))


def test_cron_mails_what_is_new_and_is_silent_otherwise(place: Path) -> None:
    log(place, "facecheck.id", "facecheck.id", "www.example.com")
    wait_for(lambda: mails(place / "psd"), "the first mail")
    ended = runs(place)
    wait_for(lambda: runs(place) > ended, "a night without news")
    (mail,) = mails(place / "psd")
    assert "hq-squid: 2 new hits on FaceCheck.ID" in mail
    assert mails(place / "root") == []
    log(place, "pimeyes.com")
    wait_for(lambda: mails(place / "root"), "what no reader asked for")
    (printed,) = mails(place / "root")
    assert "hq-squid: the first hit on PimEyes" in printed
    assert "jdoe" not in printed
    assert len(mails(place / "psd")) == 2
