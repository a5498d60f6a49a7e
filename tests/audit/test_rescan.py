"""After a change of rules: what is still there is read again, and nothing is deleted or told twice."""

from datetime import timedelta
from pathlib import Path

import pytest

from logan.audit.configuration import read_configuration
from logan.audit.ledger_opening import open_ledger
from logan.audit.ledger_rows import CountRow, NoticeRow, RunRow
from logan.audit.log_rows import SegmentRow
from logan.audit.run import begin_audit, rescan_audit, run_audit
from tests.audit.estate import (
    RULES,
    SquidLog,
    counted_hits,
    counted_records,
    mails,
    write_configuration,
    write_rules,
)
from tests.audit.kills import killed_at
from tests.conftest import Run

MORE = (
    RULES.replace("version: 1", "version: 2")
    + """
  - id: facecheck
    name: FaceCheck.ID
    category: consumer_face_search
    confidence: vendor
    sources: [ME]
    domains: [facecheck.id]
"""
)


class Estate:
    """A gateway with hits on two services, of which the first rules know one; a log of it is gone."""

    def __init__(self, folder: Path, *, keep: str = "100y") -> None:
        self.folder, self.log = folder, SquidLog(folder)
        self.path = write_configuration(folder, rules=write_rules(folder), keep=keep)
        self.ledger = folder / "ledger.sqlite"
        self.gone = self.log.path.with_name("access.log.9")
        self.log.write(10, hits=1)
        self.log.path.rename(self.gone)
        self.log.next_night()
        self.log.write(20, hits=2)
        self.write_others(3)
        begin_audit(self.configuration, now=self.log.now)
        self.gone.unlink()
        run_audit(self.configuration, now=self.log.now)

    @property
    def configuration(self):  # type: ignore[no-untyped-def]
        return read_configuration(self.path)

    def write_others(self, hits: int) -> None:
        """Hits on the service that the first rules do not know."""
        before = self.log.path.read_text()
        self.log.write(hits, hits=hits, user="other")
        new = self.log.path.read_text().removeprefix(before)
        self.log.path.write_text(before + new.replace("pimeyes.com", "facecheck.id"))

    def know_more(self) -> None:
        (self.folder / "rules.yaml").write_text(MORE)

    def count(self, service: str) -> int:
        with open_ledger(self.ledger) as ledger:
            where = "WHERE service = ? AND measure = 'hits'"
            return sum(row.value for row in ledger.select(CountRow, where, service))


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    return Estate(tmp_path)


def test_what_the_new_rules_know_is_found_and_told_once(run: Run, estate: Estate) -> None:
    estate.know_more()
    assert run("audit", "run", estate.path).status == 1
    told = mails(estate.folder)
    assert "2 days were read by older rules alone" in "".join(told.values())
    ran = run("audit", "rescan", estate.path)
    assert ran.out.splitlines() == [
        "Read 23 lines again by the rules of today: 3 new hits",
        "Read by older rules alone: 10 lines of 1 log that are gone or not asked for, up to 2 Mar 2026",
    ]
    assert ran.status == 1
    (text,) = [text for name, text in mails(estate.folder).items() if name not in told]
    assert text.startswith("hq-squid: 3 more hits on FaceCheck.ID in logs that were read again, ")
    assert "pimeyes" not in text.lower()
    assert (estate.count("pimeyes"), estate.count("facecheck")) == (3, 3)
    assert counted_hits(estate.ledger) == dict.fromkeys(estate.log.hits, 1)
    assert counted_records(estate.ledger) == estate.log.lines
    again = run("audit", "rescan", estate.path)
    assert again.out.startswith("Read 0 lines again by the rules of today: 0 new hits\n")
    assert (again.status, len(mails(estate.folder))) == (0, len(told) + 1)
    assert run("audit", "verify", estate.path).status == 0


def test_what_was_found_before_stays_and_is_superseded(estate: Estate) -> None:
    estate.know_more()
    rescan_audit(estate.configuration, now=estate.log.now)
    with open_ledger(estate.ledger) as ledger:
        old = ledger.select(SegmentRow, "WHERE superseded_by IS NOT NULL")
        assert [(one.rules_id, one.to_line) for one in old] == [(1, 23)]
        assert ledger.value("SELECT height FROM rows WHERE segment = ?", old[0].id) == 2
        kinds = [one.kind for one in ledger.select(RunRow, "ORDER BY id")]
    assert kinds == ["baseline", "run", "run", "rescan"]


def test_without_a_change_of_rules_nothing_is_read_again(run: Run, estate: Estate) -> None:
    ran = run("audit", "rescan", estate.path)
    assert (ran.status, ran.out) == (0, "Read 0 lines again by the rules of today: 0 new hits\n")


def test_only_logs_of_the_days_that_were_asked_for(run: Run, estate: Estate) -> None:
    estate.know_more()
    day = estate.log.now + timedelta(days=1)
    ran = run("audit", "rescan", estate.path, "--since", f"{day:%Y-%m-%d}")
    assert ran.out.startswith("Read 0 lines again")
    assert "Read by older rules alone: 33 lines of 2 logs" in ran.out
    ran = run("audit", "rescan", estate.path, "--since", f"{estate.log.now:%Y-%m-%d}")
    assert ran.out.startswith("Read 23 lines again")
    assert run("audit", "rescan", estate.path, "--since", "soon").status == 2


def test_a_rescan_that_is_killed_anywhere_is_done_by_the_next(tmp_path: Path) -> None:
    for step in range(3, 100, 19):
        folder = tmp_path / str(step)
        folder.mkdir()
        estate = Estate(folder)
        estate.know_more()
        configuration = estate.configuration
        with killed_at(estate.ledger, step):
            rescan_audit(configuration, now=estate.log.now)
        rescan_audit(configuration, now=estate.log.now)
        assert (estate.count("pimeyes"), estate.count("facecheck")) == (3, 3), step
        assert counted_hits(estate.ledger) == dict.fromkeys(estate.log.hits, 1), step


def test_a_package_says_what_only_older_rules_have_read(run: Run, estate: Estate) -> None:
    estate.know_more()
    rescan_audit(estate.configuration, now=estate.log.now)
    package = estate.folder / "package"
    assert run("audit", "export", estate.path, "-o", package).status == 0
    limits = (package / "limits.csv").read_text()
    assert (
        "Read by older rules alone, for their logs are gone: 10 lines, up to 2 Mar 2026. "
        "Not looked for in them: FaceCheck.ID."
    ) in limits
    assert (package / "hits.csv").read_text().count("facecheck") > 2
    assert run("verify", package).status == 0


def test_a_purge_counts_what_was_read_twice_once_and_leaves_none_of_it(
    run: Run, estate: Estate
) -> None:
    estate.know_more()
    rescan_audit(estate.configuration, now=estate.log.now)
    ran = run("audit", "purge", estate.path, "--before", "2026-03-04")
    assert ran.out.startswith("Removed 6 findings and 0 lines not parsed")
    with open_ledger(estate.ledger) as ledger:
        assert ledger.value("SELECT count(*) FROM rows") == 0


def test_what_was_purged_does_not_come_back_with_its_log(tmp_path: Path) -> None:
    """Neither by a rescan nor as a small log grows, which is read from its start each time."""
    estate = Estate(tmp_path, keep="1d")
    later = estate.log.now + timedelta(days=3)
    assert run_audit(estate.configuration, now=later).complete
    assert counted_hits(estate.ledger) == {}
    hits = estate.count("pimeyes")
    estate.log.now = later
    estate.log.write(5, hits=1)
    assert run_audit(estate.configuration, now=later).new_hits == 1
    estate.know_more()
    rescan_audit(estate.configuration, now=later)
    assert counted_hits(estate.ledger) == {estate.log.hits[-1]: 1}
    assert (estate.count("pimeyes"), estate.count("facecheck")) == (hits + 1, 0)
    with open_ledger(estate.ledger) as ledger:
        told = [one.text for one in ledger.select(NoticeRow, "WHERE about = 'purge'")]
    assert len(told) == 1
    assert told[0].startswith("removed as their time was over: 2 findings and 0 lines not parsed")


def test_what_each_night_removes_is_told_once_a_month(tmp_path: Path) -> None:
    estate = Estate(tmp_path, keep="1d")
    estate.log.now += timedelta(days=26)
    outcomes = []
    for _ in range(6):
        estate.log.write(2, hits=1)
        estate.log.next_night()
        outcomes.append(run_audit(estate.configuration, now=estate.log.now))
    with open_ledger(estate.ledger) as ledger:
        told = ledger.select(NoticeRow, "WHERE about = 'purge' ORDER BY id")
        assert ledger.value("SELECT count(*) FROM purge") > 4
    assert [one.key for one in told] == ["purge:2026-03", "purge:2026-04"]
    assert [one.notices for one in outcomes].count(2) == 2
