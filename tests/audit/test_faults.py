"""What nights bring: fifty starts at once, a full disk, kills, cron, clocks that are moved."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from logan.audit import run as audit_run
from logan.audit.configuration import read_configuration
from logan.audit.configuration_values import Purpose
from logan.audit.ledger import LedgerError
from logan.audit.ledger_opening import open_ledger
from logan.audit.ledger_rows import CountRow, NoticeRow
from logan.audit.run import begin_audit, run_audit
from logan.errors import LockedError
from tests.audit.estate import (
    SquidLog,
    counted_hits,
    counted_records,
    mails,
    write_configuration,
)
from tests.audit.kills import killed_at, statements
from tests.audit.nights import compile_once
from tests.conftest import Run
from tests.file_size import file_size_limit
from tests.package.builders import contents

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_once(monkeypatch)


@pytest.fixture
def log(tmp_path: Path) -> SquidLog:
    return SquidLog(tmp_path)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_configuration(tmp_path)


def assert_counted(log: SquidLog, config: Path) -> None:
    """Each line once."""
    ledger = read_configuration(config, Purpose.ASK).ledger
    assert counted_hits(ledger) == dict.fromkeys(log.hits, 1)
    assert counted_records(ledger) == log.lines


# --- Fifty starts at once


def test_of_fifty_starts_at_once_one_works(
    log: SquidLog, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that works does not go on before the others have been turned away."""
    log.write(20, hits=2)
    configuration = read_configuration(config)
    begin_audit(configuration, now=log.now)
    log.write(20, hits=2)
    turned_away, ended = threading.Semaphore(0), Counter[str]()
    begin = audit_run.begin_run

    def begin_when_others_left(*arguments: object) -> object:
        for _ in range(49):
            assert turned_away.acquire(timeout=60)
        return begin(*arguments)  # type: ignore[arg-type]

    def start() -> None:
        try:
            run_audit(configuration, now=log.now)
            ended["ran"] += 1
        except LockedError as error:
            ended[f"status {error.exit_status:d}"] += 1
            turned_away.release()

    monkeypatch.setattr(audit_run, "begin_run", begin_when_others_left)
    threads = [threading.Thread(target=start) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == {"ran": 1, "status 4": 49}
    assert_counted(log, config)


def test_a_start_beside_a_run_of_another_process_says_so_at_once(
    run: Run, log: SquidLog, config: Path
) -> None:
    log.write(5)
    begin_audit(read_configuration(config), now=log.now)
    lock = config.parent / "ledger.sqlite.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(lock)], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    ran = run("audit", "run", config)
    assert (ran.status, "another run is under way" in ran.err) == (4, True)
    holder.kill()
    holder.communicate()
    assert run("audit", "run", config).status == 0


_HOLD = """
import fcntl, sys
handle = open(sys.argv[1], "a")
fcntl.flock(handle, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


# --- Kills and full disks


def test_a_run_that_is_killed_at_any_statement_is_done_by_the_next(
    log: SquidLog, config: Path
) -> None:
    configuration = read_configuration(config)
    log.write(20, hits=2)
    begin_audit(configuration, now=log.now)
    tried, step = 0, 1
    while True:
        log.write(6, hits=1)
        log.next_night()
        if tried % 3 == 2:
            log.path.rename(log.path.with_name(f"access.log.{tried}"))
        with killed_at(configuration.ledger, step):
            run_audit(configuration, now=log.now)
        if statements() < step:
            break
        run_audit(configuration, now=log.now)
        assert_counted(log, config)
        tried, step = tried + 1, step + 5
    assert tried > 8
    with open_ledger(configuration.ledger) as ledger:
        texts = [one.text for one in ledger.select(NoticeRow, "WHERE about = 'hits'")]
    assert sum(int(re.findall(r": ([\d,]+) new hit", text)[0]) for text in texts) == tried + 1


def test_a_process_that_is_killed_leaves_nothing_half_done(
    run: Run, log: SquidLog, config: Path
) -> None:
    chance = random.Random(5)
    log.write(200, hits=5)
    assert run("audit", "init", config).status == 0
    for _ in range(4):
        log.write(50, hits=1)
        process = subprocess.Popen(
            [sys.executable, "-m", "logan", "audit", "run", str(config)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
        )
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=chance.uniform(0.05, 0.6))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert run("audit", "run", config).status in (0, 1, 3)
    assert run("audit", "run", config).status == 0
    assert_counted(log, config)
    told = " ".join(text for name, text in mails(config.parent).items() if "findings" in name)
    assert sum(int(number) for number in re.findall(r": (\d+) new hits? on", told)) >= 4


def test_a_disk_that_fills_at_any_write_costs_nothing_but_time(log: SquidLog, config: Path) -> None:
    configuration = read_configuration(config)
    log.write(20, hits=2)
    begin_audit(configuration, now=log.now)
    refused: list[LedgerError] = []
    for room in range(0, 120_000, 8_000):
        log.write(6, hits=1)
        log.next_night()
        with open_ledger(configuration.ledger) as ledger:
            ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        try:
            with file_size_limit(room):
                run_audit(configuration, now=log.now)
        except LedgerError as error:
            refused.append(error)
        run_audit(configuration, now=log.now)
        assert_counted(log, config)
    assert len(refused) > 2
    assert {error.exit_status for error in refused} == {3}
    assert all("Make room" in str(error) for error in refused)


# --- Cron


def test_what_cron_runs_prints_where_nobody_reads_and_is_silent_else(
    log: SquidLog, tmp_path: Path
) -> None:
    """The line of contrib, by the shell and with the few variables that cron gives it."""
    table = (ROOT / "contrib" / "cron" / "logan-audit").read_text().splitlines()[-1]
    command = table.split(None, 6)[6]
    program = tmp_path / "logan"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m logan "$@"\n')
    program.chmod(0o700)
    heard = write_configuration(tmp_path)
    command = command.replace("/opt/logan/bin/logan", str(program))
    command = command.replace("/etc/logan/audit.toml", str(heard))

    def night() -> tuple[int, str]:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "SHELL": "/bin/sh"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout + done.stderr

    log.write(20, hits=2)
    begin_audit(read_configuration(heard), now=log.now)
    assert night() == (0, "")
    log.write(20, hits=2)
    assert night() == (1, "")
    assert "2 new hits on PimEyes" in "".join(mails(tmp_path).values())
    unheard = heard.read_text().replace('"hits", "new_service", ', "")
    heard.write_text(unheard)
    log.write(20, hits=3)
    status, mail = night()
    assert status == 1
    assert "3 new hits on PimEyes" in mail
    assert night() == (0, "")


# --- Clocks that are moved

CHANGES = {
    "Europe/London": (date(2026, 3, 29), date(2026, 10, 25)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
    "Africa/Casablanca": (date(2026, 2, 15), date(2026, 3, 22)),
}
#: As DansGuardian writes it: the wall clock of its machine, without a zone.
LOCAL = "{time:%Y.%m.%d %H:%M:%S} jdoe 10.1.2.3 http://{host}/n{number}  GET 512 0  1 200 text/html   \n"


@pytest.mark.parametrize("zone", CHANGES)
def test_nights_in_which_the_clocks_are_moved(run: Run, tmp_path: Path, zone: str) -> None:
    """Wall-clock stamps around both changes of a year, read night by night, as one scan reads them."""
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs" / "access.log"
    config = write_configuration(tmp_path, gateway=f'tz = "{zone}"\nsilence = "26h"\nlate = "3h"')
    config.write_text(config.read_text().replace('tz = "Europe/London"', f'tz = "{zone}"', 1))
    configuration = read_configuration(config)
    clock, days, number = ZoneInfo(zone), Counter[str](), 0
    begun = False
    for change in CHANGES[zone]:
        before = datetime.combine(change - timedelta(days=1), datetime.min.time(), clock)
        night = before.astimezone(UTC)
        for minutes in range(0, 3 * 24 * 60, 20):
            number += 1
            moment = (night + timedelta(minutes=minutes)).astimezone(clock)
            host = "pimeyes.com" if number % 5 == 0 else "www.example.com"
            days[f"{moment:%Y-%m-%d}"] += number % 5 == 0
            with log.open("a") as file:
                file.write(LOCAL.format(time=moment, host=host, number=number))
            if minutes % (24 * 60) == 4 * 60 + 40:
                now = night + timedelta(minutes=minutes)
                (run_audit if begun else begin_audit)(configuration, now=now)
                begun = True
        log.rename(log.with_name(f"access.log-{change:%Y%m%d}"))
    now = night + timedelta(days=3)
    outcome = run_audit(configuration, now=now)
    assert (outcome.complete, outcome.silent) == (True, {})
    with open_ledger(configuration.ledger) as ledger:
        rows = ledger.select(CountRow, "WHERE measure = 'hits'")
        assert {row.window: row.value for row in rows if row.value} == +days
        told = {one.about for one in ledger.select(NoticeRow)}
    assert told <= {"hits", "new_service", "silence"}
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    assert run("audit", "export", config, "-o", ours).status == 0
    options = ("--tz", zone, "--name", "METRO", "-q", "--export", theirs)
    assert run("scan", log.parent, *options).status == 0
    assert contents(ours) == contents(theirs)
