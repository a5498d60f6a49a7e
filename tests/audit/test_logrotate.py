"""Real logrotate, night after night: each line is counted once, whatever becomes of its file."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.audit.estate import SquidLog, counted_hits, counted_records, mails, write_configuration
from tests.conftest import Run

LOGROTATE = shutil.which("logrotate") or shutil.which("logrotate", path="/usr/sbin")
CONFIGURATIONS = {
    "create, compressed a night later": "create\ncompress\ndelaycompress",
    "copytruncate": "copytruncate\ncompress",
    "dateext": "create\ndateext\ndateformat -%Y%m%d-%s\ncompress",
    "zstd": "create\ncompress\ncompresscmd /usr/bin/zstd\nuncompresscmd /usr/bin/unzstd\n"
    "compressext .zst\ncompressoptions -q",
}

pytestmark = pytest.mark.skipif(LOGROTATE is None, reason="no logrotate: apt install logrotate")


def rotate(folder: Path, words: str) -> None:
    """Rotate now, as cron has it done every night."""
    assert LOGROTATE is not None
    rules = folder / "logrotate.conf"
    rules.write_text(f"{folder}/logs/access.log {{\nrotate 2\nmissingok\n{words}\n}}\n")
    rules.chmod(0o644)
    if "%s" in words:
        # A name for every second, of which none may come twice; the clock that time(2) reads is
        # some milliseconds late.
        time.sleep(1.1 - time.time() % 1)
    done = subprocess.run(
        [LOGROTATE, "-s", folder / "state", "-f", rules], capture_output=True, check=False
    )
    assert not done.returncode, done.stderr


@pytest.mark.parametrize("words", CONFIGURATIONS.values(), ids=CONFIGURATIONS.keys())
def test_every_line_counts_once_under_real_logrotate(run: Run, tmp_path: Path, words: str) -> None:
    if "zstd" in words and shutil.which("zstd") is None:
        pytest.skip("no zstd: apt install zstd")
    log, configuration = SquidLog(tmp_path), write_configuration(tmp_path)
    log.write(20, hits=2)
    assert run("audit", "init", configuration).status == 0
    for night, hits in enumerate([0, 3, 0, 1, 0]):
        log.write(15, hits=hits)
        if night % 2:
            rotate(tmp_path, words)
            log.write(4)
        ran = run("audit", "run", configuration)
        assert (ran.status, ran.out) == (int(hits > 0), "")
        if not night % 2:
            rotate(tmp_path, words)
        log.next_night()
    assert counted_hits(tmp_path / "ledger.sqlite") == dict.fromkeys(log.hits, 1)
    assert counted_records(tmp_path / "ledger.sqlite") == log.lines
    assert len([name for name in mails(tmp_path) if "findings" in name]) == 2


def test_ten_nights_give_three_mails(run: Run, tmp_path: Path) -> None:
    """Hits on three of ten nights, while old logs rotate away: each is told once, then no more."""
    log, configuration = SquidLog(tmp_path), write_configuration(tmp_path)
    log.write(30)
    assert run("audit", "init", configuration).status == 0
    statuses = []
    for hits in (3, 0, 0, 5, 0, 0, 0, 0, 2, 0):
        log.next_night()
        log.write(30, hits=hits)
        rotate(tmp_path, "create\ncompress")
        log.write(2)
        statuses.append(run("audit", "run", configuration).status)
    assert statuses == [1, 0, 0, 1, 0, 0, 0, 0, 1, 0]
    told = mails(tmp_path)
    assert [name for name in told if "findings" not in name] == []
    firsts = [text.splitlines()[0].split(" on ")[0] for text in told.values()]
    assert firsts == [f"hq-squid: {hits} new hits" for hits in (3, 5, 2)]
    assert counted_hits(tmp_path / "ledger.sqlite").total() == 10
    assert len(list((tmp_path / "logs").iterdir())) == 3
