"""`logan audit init` and `run` as cron knows them: what is told, what is printed, exit status."""

import gzip
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logan.audit.ledger import LedgerError
from tests.conftest import Run

ROOT = Path(__file__).parents[2]
TEXT = """\
ledger = "ledger.sqlite"
name = "METRO"
[[gateway]]
name = "hq-squid"
paths = ["logs/access.log*"]
silence = "3h"
[[tell]]
about = ["hits", "searches", "not_on_register", "after_block", "late", "rescan"]
run = ["./mail", "psd"]
[[tell]]
about = [
    "incomplete", "rejected", "silence", "hole", "overlap", "format", "rules", "locked", "disk",
    "purge", "new_service", "empty_folder",
]
run = ["./mail", "it"]
[keep]
hits = "400d"
counts = "7y"
[write]
prometheus = "logan.prom"
"""
#: Adds a mail to a file; fails where a file says so.
MAIL = """\
#!/bin/sh
cd "$(dirname "$0")"
test -e "$1.broken" && echo "no such host" >&2 && exit 75
cat >> "$1"; echo ===== >> "$1"
"""
LINE = (
    "{stamp:.3f} 95 10.1.2.3 TCP_MISS/200 900 GET http://{host}/ {user} HIER_DIRECT/- text/html\n"
)


class Force:
    """A gateway whose logs are rotated every night, and its audit."""

    def __init__(self, place: Path) -> None:
        self.place, self.logs = place, place / "logs"
        self.logs.mkdir()
        self.config = place / "audit.toml"
        self.config.write_text(TEXT)
        (place / "mail").write_text(MAIL)
        (place / "mail").chmod(0o755)
        self.clock = time.time() - 11 * 86_400

    def write(self, hits: int, *, user: str = "jdoe") -> None:
        """Twenty lines of an hour, some of them hits; the last one just now or before."""
        with (self.logs / "access.log").open("a") as file:
            for at in range(20):
                host = "pimeyes.com" if at < hits else f"www{at}.example.com"
                stamp = self.clock + at * 180
                file.write(LINE.format(stamp=stamp, host=host, user=user))

    def rotate(self) -> None:
        """As logrotate does, with `delaycompress` and four files kept."""
        for number in (4, 3, 2):
            older = self.logs / f"access.log.{number}.gz"
            if older.exists():
                older.replace(self.logs / f"access.log.{number + 1}.gz")
        (self.logs / "access.log.5.gz").unlink(missing_ok=True)
        first = self.logs / "access.log.1"
        if first.exists():
            packed = gzip.compress(first.read_bytes())
            (self.logs / "access.log.2.gz").write_bytes(packed)
            first.unlink()
        (self.logs / "access.log").replace(first)
        (self.logs / "access.log").touch()

    def mails(self, reader: str = "psd") -> list[str]:
        """The mails a reader got since this was asked last."""
        path = self.place / reader
        mails = path.read_text().split("=====\n")[:-1] if path.exists() else []
        path.unlink(missing_ok=True)
        return mails


@pytest.fixture
def force(tmp_path: Path) -> Force:
    return Force(tmp_path)


@pytest.fixture
def begun(force: Force, run: Run) -> Force:
    """An audit that has its baseline, with an hour of lines up to now."""
    force.clock = time.time() - 3_700
    force.write(2)
    ran = run("audit", "init", force.config)
    assert ran.status == 0, ran.err
    return force


def test_ten_nights_give_three_mails(force: Force, run: Run) -> None:
    force.config.write_text(TEXT.replace('silence = "3h"', 'silence = "30d"'))
    force.write(1)
    assert run("audit", "init", force.config).status == 0
    planted = {0: 3, 3: 5, 8: 2}
    for night in range(10):
        force.clock += 86_400
        force.write(planted.get(night, 0))
        if night % 2:
            force.rotate()
        ran = run("audit", "run", force.config)
        assert (ran.out, ran.err) == ("", "")
        assert ran.status == (1 if night in planted else 0)
        mails = force.mails()
        assert len(mails) == (night in planted)
        if mails:
            assert f"hq-squid: {planted[night]} new hits on PimEyes by 1 account" in mails[0]
            assert "jdoe" not in mails[0]
    assert force.mails("it") == []
    state = json.loads(run("audit", "status", force.config, "--json").out)
    assert sum(one["hits"] for one in state["hits"]) == 11
    assert (state["unseen_hits"], state["runs_total"]) == (10, 11)
    assert state["gateways"][0]["lines"] == 220


def test_init_says_what_it_read_and_tells_nobody(force: Force, run: Run) -> None:
    force.clock = time.time() - 3_700
    force.write(3)
    ran = run("audit", "init", force.config)
    assert (ran.status, ran.err) == (0, "")
    ledger = force.place / "ledger.sqlite"
    assert ran.out == (
        f"Baseline: 20 lines of 1 gateway read into {ledger}. "
        "The next run tells what comes after them.\n"
    )
    assert force.mails() + force.mails("it") == []
    assert ledger.stat().st_mode & 0o777 == 0o600
    again = run("audit", "init", force.config)
    assert (again.status, "is there already" in again.err) == (3, True)


def test_a_changed_configuration_can_be_checked_at_any_time(begun: Force, run: Run) -> None:
    kept = (begun.place / "ledger.sqlite").read_bytes()
    ran = run("audit", "init", begun.config, "--dry-run")
    assert (ran.status, ran.out, ran.err) == (0, f"{begun.config}: no problem found\n", "")
    begun.config.write_text(TEXT.replace("./mail", "./post"))
    ran = run("audit", "init", begun.config, "--dry-run")
    assert (ran.status, ran.err.count("there is no command `./post`")) == (2, 2)
    assert (begun.place / "ledger.sqlite").read_bytes() == kept


def test_lists_of_people_are_checked_before_anything_is_read(force: Force, run: Run) -> None:
    force.clock = time.time() - 3_700
    force.write(0)
    (force.place / "people.csv").write_text("account,from\njdoe,2026-13-01\nanna,soon\n")
    force.config.write_text(f'{TEXT}[people]\npeople = "people.csv"\n')
    ran = run("audit", "init", force.config)
    assert (ran.status, re.findall(r"people\.csv:(\d+): ", ran.err)) == (2, ["2", "3"])
    assert not (force.place / "ledger.sqlite").exists()


def test_init_hints_at_what_may_not_be_meant(force: Force, run: Run) -> None:
    force.clock = time.time() - 3_700
    force.write(0)
    force.config.write_text(
        TEXT.replace('"late", ', "").replace('"new_service"', '"hole"').replace('"hole", ', "", 1)
    )
    ran = run("audit", "init", force.config)
    assert (
        ran.err
        == "logan: no [[tell]] is about new_service, late: `run` prints such notices instead\n"
    )


def test_a_configuration_with_mistakes_reads_nothing(force: Force, run: Run) -> None:
    force.config.write_text(TEXT.replace("silence", "silenc").replace("./mail", "./post"))
    ran = run("audit", "init", force.config)
    assert (ran.status, ran.out) == (2, "")
    assert re.findall(r"audit\.toml:(\d+): ", ran.err) == ["5", "6", "9", "12", "15"]
    assert not (force.place / "ledger.sqlite").exists()


def test_a_gateway_that_is_switched_off_is_heard_once_and_not_forgotten(
    force: Force, run: Run
) -> None:
    force.clock = time.time() - 3_700 - 4 * 3_600
    force.write(0)
    first = run("audit", "init", force.config)
    newest = datetime.fromtimestamp(force.clock + 19 * 180, UTC)
    since = f"no line since {newest.day} {newest:%b %Y %H:%M}"
    assert (first.status, f"hq-squid is silent: {since}" in first.err) == (3, True)
    for _ in range(2):
        ran = run("audit", "run", force.config)
        assert (ran.status, ran.out) == (3, "")
        assert ran.err == f"logan: hq-squid is silent: {since}, for longer than it may\n"
    assert run("audit", "check", force.config).status == 2
    force.clock = time.time() - 3_700
    force.write(0)
    assert run("audit", "run", force.config).status == 0
    assert force.mails() == []


def test_a_gateway_that_falls_silent_later_is_told_to_its_reader(begun: Force, run: Run) -> None:
    begun.config.write_text(TEXT.replace('"3h"', '"1m"'))
    assert run("audit", "run", begun.config).status == 3
    (mail,) = begun.mails("it")
    assert mail.startswith("hq-squid: no line")
    assert run("audit", "run", begun.config).status == 3
    assert begun.mails("it") == []


def test_a_mail_that_fails_makes_the_run_incomplete_and_is_tried_again(
    begun: Force, run: Run
) -> None:
    begun.write(3)
    (begun.place / "psd.broken").touch()
    failed = run("audit", "run", begun.config)
    assert (failed.status, failed.out) == (3, "")
    assert failed.err == (
        f"logan: 1 notice could not be delivered to {begun.place}/mail psd: ended with 75: no such "
        "host. The next run tries again\n"
    )
    assert "1 notice not delivered" in run("audit", "check", begun.config).out
    (begun.place / "psd.broken").unlink()
    assert run("audit", "run", begun.config).status == 1
    assert len(begun.mails()) == 1
    assert run("audit", "run", begun.config).status == 0


def test_what_no_reader_asked_for_is_printed(begun: Force, run: Run) -> None:
    begun.config.write_text(TEXT.replace('"hits", ', ""))
    begun.write(3)
    ran = run("audit", "run", begun.config)
    assert (ran.status, ran.err) == (1, "")
    assert ran.out.startswith("hq-squid: 3 new hits on PimEyes by 1 account")


def test_metrics_are_written_by_each_run(begun: Force, run: Run) -> None:
    before = (begun.place / "logan.prom").read_text()
    assert 'logan_lines_total{gateway="hq-squid",bin="hit"} 2\n' in before
    begun.write(3)
    run("audit", "run", begun.config)
    after = (begun.place / "logan.prom").read_text()
    assert 'logan_hits_total{service="pimeyes",action="allowed"} 5\n' in after
    assert "logan_unseen_hits 3\n" in after


def test_metrics_that_cannot_be_written_make_the_run_incomplete(begun: Force, run: Run) -> None:
    begun.config.write_text(TEXT.replace("logan.prom", "gone/logan.prom"))
    begun.write(3)
    ran = run("audit", "run", begun.config)
    assert (ran.status, ran.out) == (3, "")
    assert (
        ran.err
        == f"logan: {begun.place}/gone/logan.prom: could not be written: No such file or directory\n"
    )
    assert len(begun.mails()) == 1
    begun.config.write_text(begun.config.read_text().replace('"3h"', '"1m"'))
    both = run("audit", "run", begun.config).err
    assert [line.split(" ")[1] for line in both.splitlines()] == [
        "hq-squid",
        f"{begun.place}/gone/logan.prom:",
    ]


def test_a_ledger_that_is_lost_is_a_baseline_and_says_so(begun: Force, run: Run) -> None:
    for path in begun.place.glob("ledger.sqlite*"):
        path.unlink()
    begun.write(3)
    ran = run("audit", "run", begun.config)
    assert (ran.status, "no ledger: this is a baseline" in ran.err) == (3, True)
    assert begun.mails() == []
    assert "no ledger: this is a baseline" in begun.mails("it")[0]
    assert run("audit", "run", begun.config).status == 0
    checked = run("audit", "check", begun.config)
    assert (checked.status, "ledger made anew" in checked.out) == (1, True), "until it is seen"
    shown = run("audit", "status", begun.config)
    assert "There was no ledger on" in " ".join(shown.out.split())
    assert run("audit", "status", begun.config, "--seen").status == 0
    assert "made anew" not in run("audit", "check", begun.config).out


def test_a_ledger_that_was_begun_is_not_said_to_be_made_anew(begun: Force, run: Run) -> None:
    assert run("audit", "run", begun.config).status == 0
    assert "made anew" not in run("audit", "check", begun.config).out


@contextmanager
def another_run(force: Force) -> Iterator[None]:
    """Another process that holds the ledger's lock."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom logan.audit.ledger_lock import hold_lock\n"
        f"with hold_lock(Path({str(force.place / 'ledger.sqlite')!r})):\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == b"held\n"
        yield
        process.stdin.close()


@pytest.mark.parametrize(("wait", "mails"), [((), 0), (("--wait", "1m"), 1)])
def test_a_run_that_finds_another_one_ends_with_4(
    begun: Force, run: Run, wait: Sequence[str], mails: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "logan.audit.configuration_values._SECONDS", {"m": 0.5, "h": 3_600, "d": 86_400}
    )
    with another_run(begun):
        ran = run("audit", "run", begun.config, *wait)
        assert (ran.status, ran.out) == (4, "")
        assert "another run is under way" in ran.err
    assert len(begun.mails("it")) == mails
    assert run("audit", "run", begun.config).status == 0


def test_a_wait_that_is_none_is_refused(begun: Force, run: Run) -> None:
    ran = run("audit", "run", begun.config, "--wait", "soon")
    assert ran.status == 2
    assert "--wait soon: not a length of time" in ran.err


def test_a_ledger_on_a_full_disk_is_told_to_who_keeps_the_machine(
    begun: Force, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise LedgerError("ledger.sqlite: database or disk is full. Make room")

    monkeypatch.setattr("logan.audit.run.run_audit", refuse)
    ran = run("audit", "run", begun.config)
    assert (ran.status, ran.err) == (
        3,
        "logan: ledger.sqlite: database or disk is full. Make room\n",
    )
    (mail,) = begun.mails("it")
    assert mail.startswith("ledger.sqlite: database or disk is full. Make room\n")
    (begun.place / "it.broken").touch()
    assert "could not be delivered" in run("audit", "run", begun.config).err


def test_lists_of_people_that_everybody_may_read_are_hinted_at(force: Force, run: Run) -> None:
    force.clock = time.time() - 3_700
    force.write(0)
    people = force.place / "people.csv"
    people.write_text("account,person\njdoe,1\n")
    force.config.write_text(f'{TEXT}[people]\npeople = "people.csv"\n')
    for mode, hint in ((0o644, True), (0o640, False)):
        people.chmod(mode)
        for path in force.place.glob("ledger.sqlite*"):
            path.unlink()
        assert ("chmod o-rwx" in run("audit", "init", force.config).err) == hint


def test_a_run_that_is_interrupted_says_what_stands(
    begun: Force, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    begun.write(3)
    with monkeypatch.context() as patch:
        patch.setattr("logan.audit.run_under_way.read_new_lines", interrupt)
        ran = run("audit", "run", begun.config)
    words = "interrupted; what was read stands, and the next run goes on from there"
    assert (ran.status, ran.out, ran.err) == (3, "", f"logan: {words}\n")
    assert run("audit", "run", begun.config).status == 1
    assert len(begun.mails()) == 1


@pytest.mark.parametrize("command", ["init", "run", "rescan"])
def test_a_cluster_is_refused_in_words(run: Run, tmp_path: Path, command: str) -> None:
    ran = run("audit", command, tmp_path / "audit.toml", "--cluster", "tls://10.0.0.1:8786")
    assert (ran.status, ran.out) == (2, "")
    assert "--cluster: an audit reads on this machine" in ran.err
    assert "logan scan --cluster" in ran.err
