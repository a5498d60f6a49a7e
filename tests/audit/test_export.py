"""A package out of the ledger is the one that a scan of all logs makes; and it outlives them."""

import csv
import gzip
import json
import os
import random
from datetime import timedelta
from pathlib import Path

import pytest

from logan.audit import new_lines
from logan.audit.configuration import AuditConfiguration, read_configuration
from logan.audit.ledger_opening import open_ledger
from logan.audit.run import begin_audit, run_audit
from logan.intake.reader import HEAD_SIZE
from tests.audit.estate import SquidLog, write_configuration, write_rules
from tests.audit.model import CSV, SQUID, START, W3C, Dialect, Gateway
from tests.audit.nights import date_logs
from tests.conftest import Ran, Run
from tests.package.builders import contents


class Audit:
    """An audit of one gateway; `export` and `scan` make packages, and give their folders."""

    def __init__(self, run: Run, folder: Path, *, rest: str = "") -> None:
        self.run, self.folder = run, folder
        self.rules = write_rules(folder)
        zone = 'tz = "Europe/London"'
        self.path = write_configuration(folder, gateway=zone, rest=rest, rules=self.rules)
        self.configuration: AuditConfiguration = read_configuration(self.path)

    def export(self, name: str, *options: object) -> tuple[Ran, Path]:
        out = self.folder / name
        return self.run("audit", "export", self.path, "-o", out, *options), out

    def scan(self, name: str, *options: object) -> Path:
        out = self.folder / name
        facts = ("--tz", "Europe/London", "--name", "METRO", "--rules", self.rules)
        ran = self.run("scan", self.folder / "logs", "-q", *facts, "--export", out, *options)
        assert ran.status == 0
        return out


def rows(package: Path, name: str) -> list[dict[str, str]]:
    with (package / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def audit(run: Run, tmp_path: Path) -> Audit:
    return Audit(run, tmp_path)


@pytest.fixture
def log(tmp_path: Path) -> SquidLog:
    return SquidLog(tmp_path)


def live(audit: Audit, dialect: Dialect) -> None:
    """Four nights of a gateway that rotates, compresses, copies and changes its columns."""
    (audit.folder / "logs").mkdir()
    gateway = Gateway(audit.folder / "logs", dialect, random.Random(1))
    gateway.write(30)
    begin_audit(audit.configuration, now=gateway.now)
    for night in range(4):
        gateway.write(12)
        if night == 1:
            gateway.change_fields()
        if night == 2:
            gateway.copy()
        run_audit(audit.configuration, now=gateway.now)
        gateway.rotate()
        gateway.write(5)
        gateway.compress()
    gateway.end_compression()
    assert run_audit(audit.configuration, now=gateway.now).complete


@pytest.mark.parametrize("head", [HEAD_SIZE, 300], ids=["read anew", "new lines alone"])
@pytest.mark.parametrize("dialect", [SQUID, W3C, CSV], ids=lambda dialect: dialect.name)
def test_a_package_is_what_a_scan_of_all_logs_makes(
    audit: Audit, monkeypatch: pytest.MonkeyPatch, dialect: Dialect, head: int
) -> None:
    monkeypatch.setattr(new_lines, "HEAD_SIZE", head)
    live(audit, dialect)
    with open_ledger(audit.configuration.ledger) as ledger:
        parts = ledger.value("SELECT count(*) FROM segment WHERE from_byte > 0")
    # A cell of CSV may run over several lines: its logs are read from their start each time.
    assert bool(parts) == (head == 300 and dialect is not CSV)
    ran, ours = audit.export("ours")
    assert (ran.status, "ssh-keygen -Y sign" in ran.err) == (0, True)
    assert len(rows(ours, "hits.csv")) > 20
    assert contents(ours) == contents(audit.scan("theirs"))
    assert audit.run("verify", ours).status == 0


def test_the_same_with_lists_of_people(run: Run, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("account,person,name,unit\njdoe,P1,Jane Doe,CID\njroe,P2,Joe Roe,Custody\n")
    audit = Audit(run, tmp_path, rest=f'[people]\npeople = "{people}"\n')
    live(audit, SQUID)
    ran, ours = audit.export("ours")
    assert ran.status == 0
    assert {row["unit"] for row in rows(ours, "hits.csv")} == {"CID", "Custody", ""}
    assert contents(ours) == contents(audit.scan("theirs", "--people", people))


@pytest.mark.parametrize("behind", ["/*", "", "/**/*.log"])
def test_the_same_of_several_gateways_with_clocks_of_their_own(
    run: Run, tmp_path: Path, behind: str
) -> None:
    """Wall-clock stamps of two zones, and one gateway's backup among the other's logs."""
    folder = tmp_path / "branch"
    folder.mkdir()
    branch = f'[[gateway]]\nname = "branch"\npaths = ["{folder}{behind}"]\ntz = "Asia/Tokyo"\n'
    audit = Audit(run, tmp_path, rest=branch)
    log = SquidLog(tmp_path)
    log.write(30, hits=4)
    text = "{time:%Y.%m.%d %H:%M:%S} jdoe 10.1.2.3 http://{host}/n{number}  GET 512 0  1 200 text/html   \n"
    lines = [
        text.format(time=START + timedelta(hours=at), host="pimeyes.com", number=at)
        for at in range(40)
    ]
    (folder / "tokyo.log").write_text("".join(lines[:20]))
    begin_audit(audit.configuration, now=log.now)
    (folder / "tokyo.log").write_text("".join(lines))
    (folder / "backup.log").write_text("".join(lines[:20]))
    assert run_audit(audit.configuration, now=log.now).complete
    ran, ours = audit.export("ours")
    assert ran.status == 0
    out = tmp_path / "theirs"
    zones = ("--tz", f"{folder}{behind}=Asia/Tokyo", "--tz", "Europe/London")
    paths = (folder, tmp_path / "logs")
    facts = ("--name", "METRO", "--rules", audit.rules, "-q", "--export", out)
    assert run("scan", *paths, *zones, *facts).status == 0
    assert contents(ours) == contents(out)


def test_the_same_of_any_span(audit: Audit) -> None:
    live(audit, SQUID)
    until = START + timedelta(hours=2)
    for number, span in enumerate(
        (
            ("--since", "2026-03-02"),
            ("--until", f"{until:%Y-%m-%dT%H:%M}"),
            ("--since", "2026-03-02T06:30", "--until", "2026-03-02", "--window", "1d"),
        )
    ):
        with open_ledger(audit.configuration.ledger) as ledger, ledger.transaction():
            ledger.connection.execute("DELETE FROM package")
        _, ours = audit.export(f"ours {number}", *span)
        assert contents(ours) == contents(audit.scan(f"theirs {number}", *span))


def test_logs_that_are_gone_stay_in_packages(audit: Audit, log: SquidLog) -> None:
    log.write(20, hits=3)
    begin_audit(audit.configuration, now=log.now)
    _, before = audit.export("before")
    log.path.unlink()
    log.next_night()
    log.write(10, hits=2)
    run_audit(audit.configuration, now=log.now)
    ran, after = audit.export("after")
    assert ran.status == 0
    assert [row["source"] for row in rows(after, "sources.csv")] == ["access.log", "access.log~1"]
    assert len(rows(after, "hits.csv")) == 5
    assert audit.run("verify", after, "--previous", before).status == 0
    first = [row["time"] for row in rows(before, "hits.csv")]
    assert [row["time"] for row in rows(after, "hits.csv")][:3] == first
    notes = json.loads((after / "summary.json").read_text())["sources"][1]["notes"]
    assert "is gone: known from the ledger alone" in notes


def test_packages_form_a_chain_and_mark_what_came_late(audit: Audit, log: SquidLog) -> None:
    log.write(20, hits=2)
    begin_audit(audit.configuration, now=log.now)
    _, first = audit.export("first", "--window", "1d")
    late = log.path.with_name("access.log.branch")
    late.write_text(log.path.read_text().replace("jdoe", "branch"))
    log.now += timedelta(days=2)
    log.write(9, hits=1)
    run_audit(audit.configuration, now=log.now)
    _, second = audit.export("second", "--window", "1d")
    flags = [(row["user"], row["flags"]) for row in rows(second, "hits.csv")]
    assert sorted(flags) == [*[("branch", "late")] * 2, *[("jdoe", "")] * 3]
    assert audit.run("verify", second, "--previous", first).status == 0
    assert audit.run("verify", first, "--previous", second).status == 1
    told = audit.run("compare", first, second).out
    assert "2 -> 5:" in told
    _, third = audit.export("third")
    assert {row["flags"] for row in rows(third, "hits.csv")} == {""}
    same = audit.run("compare", second, third)
    assert (same.status, same.out) == (0, "5 -> 5: nothing changed\n")


def test_what_no_run_has_read_makes_it_incomplete(audit: Audit, log: SquidLog) -> None:
    log.write(20, hits=2)
    begin_audit(audit.configuration, now=log.now)
    log.write(20, hits=2)
    ran, package = audit.export("grown")
    assert (ran.status, len(rows(package, "hits.csv"))) == (0, 2)
    log.path.with_name("access.log.other").write_text(log.path.read_text().replace("jdoe", "x"))
    ran, package = audit.export("other")
    assert (ran.status, len(rows(package, "hits.csv"))) == (3, 2)
    assert "access.log.other: has lines that no run has read yet" in ran.err
    run_audit(audit.configuration, now=log.now)
    ran, package = audit.export("read")
    assert (ran.status, len(rows(package, "hits.csv"))) == (0, 8)


def test_of_a_damaged_log_it_says_that_it_is(audit: Audit, log: SquidLog) -> None:
    """No run can read it: to run again would be no advice."""
    log.write(20, hits=2)
    begin_audit(audit.configuration, now=log.now)
    packed = gzip.compress(log.path.read_bytes().replace(b"jdoe", b"x"))
    log.path.with_name("access.log.2.gz").write_bytes(packed[: len(packed) * 3 // 4])
    ran, _ = audit.export("damaged")
    assert ran.status == 3
    assert "access.log.2.gz: gzip data ends in the middle of member 1" in ran.err
    assert "no run has read yet" not in ran.err


def test_what_was_no_log_is_left_out_once_it_is_excluded(audit: Audit, log: SquidLog) -> None:
    log.write(20, hits=2)
    begin_audit(audit.configuration, now=log.now)
    stray = log.path.with_name("access.log.notes")
    stray.write_text("pimeyes.com: ask IT\nnothing of a gateway\n" * 3)
    assert not run_audit(audit.configuration, now=log.now).complete
    ran, _ = audit.export("with it")
    assert ran.status == 3
    stray.unlink()
    ran, _ = audit.export("gone")
    assert (ran.status, "name it in `exclude`" in ran.err) == (3, True)
    text = audit.path.read_text()
    audit.path.write_text(text.replace("[[gateway]]\n", '[[gateway]]\nexclude = ["*.notes"]\n', 1))
    ran, package = audit.export("excluded")
    assert (ran.status, len(rows(package, "hits.csv"))) == (0, 2)
    excluded = json.loads((package / "manifest.json").read_text())["excluded"]
    assert [one for one in excluded if "access.log.notes" in str(one)]


def test_what_was_made_out_counts_whatever_is_excluded_later(audit: Audit, log: SquidLog) -> None:
    log.write(20, hits=2)
    begin_audit(audit.configuration, now=log.now)
    text = audit.path.read_text()
    audit.path.write_text(text.replace("[[gateway]]\n", '[[gateway]]\nexclude = ["access*"]\n', 1))
    ran, package = audit.export("excluded")
    assert (ran.status, len(rows(package, "hits.csv"))) == (0, 2)


@pytest.mark.parametrize("later", [0, 10**9])
def test_a_log_that_was_altered_makes_it_incomplete(
    audit: Audit, log: SquidLog, later: int
) -> None:
    """With its time set back, or with another: it is not called a log that nobody has read yet."""
    log.write(20, hits=2)
    date_logs(log.path.parent, log.now)
    begin_audit(audit.configuration, now=log.now)
    stamp = log.path.stat()
    log.path.write_text(log.path.read_text().replace("jdoe", "jroe"))
    os.utime(log.path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns + later))
    ran, package = audit.export("altered")
    assert ran.status == 3
    assert "its content is another" in ran.err
    assert "logan audit verify" in ran.err
    assert "that no run has read yet" not in ran.err
    assert {row["user"] for row in rows(package, "hits.csv")} == {"jdoe"}


def test_a_span_of_which_findings_were_purged_is_refused(audit: Audit, log: SquidLog) -> None:
    log.write(20, hits=2)
    log.next_night()
    log.write(20, hits=3)
    begin_audit(audit.configuration, now=log.now)
    assert audit.run("audit", "purge", audit.path, "--before", "2026-03-03").status == 0
    ran, package = audit.export("all")
    assert (ran.status, package.exists()) == (2, False)
    assert "findings before 2026-03-03T00:00:00Z were purged (--before 2026-03-03)" in ran.err
    ran, package = audit.export("rest", "--since", "2026-03-03")
    assert (ran.status, len(rows(package, "hits.csv"))) == (0, 3)
    limits = {row["limit"]: row["text"] for row in rows(package, "limits.csv")}
    assert "2 lines that named a service" in limits["purged"]
    assert audit.run("verify", package).status == 0


def test_without_a_ledger_or_a_line_there_is_none(audit: Audit, log: SquidLog) -> None:
    ran, package = audit.export("none")
    assert (ran.status, package.exists()) == (3, False)
    assert "no ledger" in ran.err
    log.path.write_text("")
    begin_audit(audit.configuration, now=log.now)
    ran, package = audit.export("none")
    assert (ran.status, package.exists()) == (3, False)
    assert "no line was read so far" in ran.err


def test_compare_knows_hits_of_logs_that_are_rotated_or_gone(audit: Audit, log: SquidLog) -> None:
    """Their content is another, or not there to be hashed, and so are their ids."""
    log.write(20, hits=3)
    begin_audit(audit.configuration, now=log.now)
    rotated, kept = log.path.with_name("access.log.1"), log.path.with_name("access.log.2")
    log.path.rename(kept)
    log.write(20, hits=4)
    run_audit(audit.configuration, now=log.now)
    _, before = audit.export("before")
    log.write(10, hits=2)
    log.path.rename(rotated)
    run_audit(audit.configuration, now=log.now)
    kept.unlink()
    log.write(10, hits=1)
    run_audit(audit.configuration, now=log.now)
    _, after = audit.export("after")
    assert [len(rows(one, "hits.csv")) for one in (before, after)] == [7, 10]
    ids = [{row["hit"] for row in rows(one, "hits.csv")} for one in (before, after)]
    assert not ids[0] & ids[1]
    audit.run("compare", before, after, "-q", "-o", audit.folder / "changes.csv")
    changes = rows(audit.folder, "changes.csv")
    assert [change["change"] for change in changes] == ["new"] * 3


def test_after_a_purge_no_row_of_a_list_tells_of_whom_is_gone(
    run: Run, tmp_path: Path, log: SquidLog
) -> None:
    people = tmp_path / "people.csv"
    people.write_text("account,person,unit\njroe,GONE-1,Lost\njdoe,KEPT-2,Custody\n")
    audit = Audit(run, tmp_path, rest=f'[people]\npeople = "{people}"\n')
    log.write(20, hits=2)
    log.path.write_text(log.path.read_text().replace("jdoe", "jroe"))
    log.next_night()
    log.write(20, hits=3)
    begin_audit(audit.configuration, now=log.now)

    def persons(package: Path) -> list[str]:
        return [row["person"] for row in rows(package, "people_used.csv")]

    ran, package = audit.export("all")
    assert (ran.status, persons(package)) == (0, ["GONE-1", "KEPT-2"])
    stored = audit.configuration.ledger.parent.glob("ledger.sqlite*")
    assert b"GONE-1" not in b"".join(path.read_bytes() for path in stored)
    assert audit.run("audit", "purge", audit.path, "--before", "2026-03-03").status == 0
    ran, package = audit.export("rest", "--since", "2026-03-03")
    assert (ran.status, persons(package)) == (0, ["KEPT-2"])
    assert all(b"GONE-1" not in data for data in contents(package).values())
