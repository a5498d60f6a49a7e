"""What is to be forgotten is gone from every byte, and nothing else is."""

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from logan.audit.configuration import Hold
from logan.audit.ledger_lock import hold_lock
from logan.audit.ledger_opening import open_ledger
from logan.audit.ledger_rows import CountRow, HoldRow, NoticeRow, PurgeRow
from logan.audit.log_rows import StoredRowsRow
from logan.audit.purge import PurgeOutcome, holds_in_force, purge, purged_before
from logan.audit.stored_findings import FINDINGS, unpack_rows
from tests.audit.estate import write_configuration
from tests.audit.kills import killed_at, statements
from tests.audit.ledgers import NOW, LedgerDesk, days_before, line, unparsed
from tests.audit.nights import Nights, squid
from tests.conftest import Run


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LedgerDesk]:
    made = LedgerDesk(tmp_path)
    yield made
    made.ledger.close()


def purged(desk: LedgerDesk, days: float, *holds: Hold, dry_run: bool = False) -> PurgeOutcome:
    return purge(
        desk.ledger,
        before=days_before(days),
        holds=holds,
        setting="test",
        now=NOW,
        dry_run=dry_run,
    )


def users(desk: LedgerDesk) -> list[str]:
    stored = desk.ledger.select(StoredRowsRow, "WHERE kind = ?", FINDINGS)
    return sorted(user for one in stored for user in unpack_rows(one)["user"].to_list())


def bytes_of(desk: LedgerDesk) -> bytes:
    """All that the files of the ledger hold."""
    files = desk.path.parent.glob("ledger.sqlite*")
    return b"".join(path.read_bytes() for path in sorted(files))


def test_what_is_older_goes_and_what_is_not_stays(desk: LedgerDesk) -> None:
    desk.enter([line(days_before(9), "old"), line(days_before(7), "edge"), line(NOW, "new")])
    outcome = purged(desk, 7)
    assert (outcome.findings, outcome.rejects, outcome.waiting) == (1, 0, 0)
    assert users(desk) == ["edge", "new"]
    assert purged(desk, 7).rows == 0
    assert [row.rows for row in desk.ledger.select(PurgeRow)] == [1]
    assert purged_before(desk.ledger) == days_before(7)


def test_a_dry_run_tells_the_same_and_changes_nothing(desk: LedgerDesk) -> None:
    desk.enter([line(days_before(9), "old"), unparsed("older"), line(NOW, "new")])
    desk.enter([line(days_before(9), "older"), unparsed("oldest")])
    before = list(desk.ledger.connection.iterdump())
    outcome = purged(desk, 7, dry_run=True)
    assert list(desk.ledger.connection.iterdump()) == before
    assert purged_before(desk.ledger) is None
    assert purged(desk, 7) == outcome
    assert (outcome.findings, outcome.rejects) == (2, 1)


def test_a_line_without_a_time_goes_with_the_newest_of_its_part(desk: LedgerDesk) -> None:
    desk.enter([line(days_before(9), "a"), unparsed("b"), line(days_before(5), "c")])
    assert purged(desk, 7).rejects == 0
    assert purged(desk, 4).rejects == 1


def test_a_part_without_any_time_goes_by_when_it_was_read(desk: LedgerDesk) -> None:
    desk.enter([unparsed("a"), unparsed("b")], start=days_before(3))
    assert purged(desk, 4).rows == 0
    assert purged(desk, 2).rejects == 2


def test_what_no_run_has_counted_waits(desk: LedgerDesk) -> None:
    desk.enter([line(days_before(9), "old")], counted=False)
    outcome = purged(desk, 7)
    assert (outcome.rows, outcome.waiting) == (0, 1)
    assert users(desk) == ["old"]


@pytest.mark.parametrize("name", ["jdoe", "JDoe", "FORCE\\jdoe", "jdoe@force.example"])
def test_a_hold_keeps_an_account_in_every_spelling(desk: LedgerDesk, name: str) -> None:
    old = days_before(9)
    desk.enter([line(old, user) for user in ("jdoe", "FORCE\\JDOE", "jdoe@force.example", "jdoer")])
    desk.enter([*[line(old, "x")] * 6, unparsed("jdoe"), unparsed("asmith")])
    outcome = purged(desk, 7, Hold("PSD/7", name, None))
    assert users(desk) == ["FORCE\\JDOE", "jdoe", "jdoe@force.example"]
    assert outcome.held == {"PSD/7": 4}
    assert (outcome.findings, outcome.rejects) == (7, 1)
    assert desk.ledger.select(HoldRow) == [HoldRow("PSD/7", name, None, 1)]


def test_a_hold_on_all_keeps_all(desk: LedgerDesk) -> None:
    desk.enter([line(days_before(9), "a"), line(days_before(9), "b")])
    outcome = purged(desk, 7, Hold("COURT", None, None), Hold("PSD/7", "nobody", None))
    assert (outcome.rows, outcome.held) == (0, {"COURT": 2, "PSD/7": 0})
    assert purged_before(desk.ledger) is None


def test_counts_stay(desk: LedgerDesk) -> None:
    desk.enter([line(days_before(9), "old")])
    count = CountRow("hq", "2026-05-23", "pimeyes", "hits", 1)
    desk.ledger.insert(count)
    purged(desk, 7)
    assert desk.ledger.select(CountRow) == [count]


def test_no_purged_name_is_left_in_any_byte(desk: LedgerDesk) -> None:
    """Neither as text nor in the packed values that held it, nor in the log of transactions."""
    old, new = days_before(9), days_before(1)
    first = desk.enter([line(old, "purgedperson"), unparsed("purgedperson"), line(old, "heldone")])
    desk.enter([line(new, "staysperson")])
    told = NoticeRow(
        "k", "hits", first.run, "hq", "2 new hits", NOW, names=("purgedperson", "heldone")
    )
    desk.ledger.insert(told)
    packed = [_pages(one.content) for one in desk.ledger.select(StoredRowsRow, "WHERE segment = 1")]
    before = bytes_of(desk)
    assert b"purgedperson" in before
    assert all(_pieces(content) & _pieces(before) for content in packed)
    outcome = purged(desk, 7, Hold("PSD/7", "heldone", None))
    assert (outcome.notices, outcome.residue) == (1, False)
    after = bytes_of(desk)
    assert b"purgedperson" not in after
    left = desk.ledger.select(StoredRowsRow)
    kept = set().union(*(_pieces(one.content) for one in left))
    assert not [content for content in packed if (_pieces(content) - kept) & _pieces(after)]
    assert b"heldone" in after
    assert desk.ledger.select(NoticeRow)[0].names == ("heldone",)
    assert users(desk) == ["heldone", "staysperson"]


def test_names_in_notices_go_though_their_log_was_read_anew_since(tmp_path: Path) -> None:
    """A log shorter than a head is read again from its start each night."""
    nights = Nights(tmp_path)
    nights.write("access.log", squid(0))
    nights.begin()
    nights.write("access.log", squid(1, user="purgedperson") + squid(2, user="heldone"))
    nights.run()
    nights.write("access.log", squid(2_000, user="staysperson"))
    nights.run()
    before = [set(one.names) for one in nights.notices("hits")]
    assert before == [{"purgedperson", "heldone"}, {"staysperson"}]
    with nights.ledger() as ledger:
        held = [Hold("PSD/7", "heldone", None)]
        day = nights.notices("hits")[1].first_time
        assert day is not None
        purge(ledger, before=day, holds=held, setting="test", now=NOW)
    after = [set(one.names) for one in nights.notices("hits")]
    assert after == [{"heldone"}, {"staysperson"}]


def _pages(packed: bytes) -> bytes:
    """What a Parquet file holds before its footer, which says nothing but how rows are laid out."""
    return packed[4 : -8 - int.from_bytes(packed[-8:-4], "little")]


def _pieces(data: bytes) -> set[bytes]:
    """All runs of 24 bytes: enough to know a part of a packed value again."""
    return {data[at : at + 24] for at in range(len(data) - 23) if any(data[at : at + 24])}


def test_who_reads_meanwhile_makes_it_incomplete(desk: LedgerDesk) -> None:
    """A reader keeps the log of transactions as it is: what was purged may be in it."""
    desk.enter([line(days_before(9), "purgedperson")])
    reader = sqlite3.connect(desk.path)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM rows").fetchone()
    desk.ledger.connection.execute("PRAGMA busy_timeout = 10")
    assert purged(desk, 7).residue
    reader.close()
    assert users(desk) == []


def test_a_purge_that_is_killed_anywhere_is_done_by_the_next(tmp_path: Path) -> None:
    """Also after its transaction, when the log of transactions still has what went."""
    step, done = 1, False
    while not done:
        folder = tmp_path / str(step)
        folder.mkdir()
        desk = LedgerDesk(folder)
        desk.enter([line(days_before(9), "purgedperson"), line(NOW, "staysperson")])
        desk.ledger.close()
        with killed_at(desk.path, step):
            desk.ledger = open_ledger(desk.path)
            purged(desk, 7)
        done = statements() < step
        desk.ledger.close()
        desk.ledger = open_ledger(desk.path)
        purged(desk, 7)
        assert users(desk) == ["staysperson"]
        assert b"purgedperson" not in bytes_of(desk)
        desk.ledger.close()
        step += 2
    assert step > 15


def test_a_hold_ends_with_its_last_local_day() -> None:
    class Configuration:
        tz = "Europe/London"
        holds = (
            Hold("ended", None, date(2026, 5, 31)),
            Hold("ends today", None, date(2026, 6, 1)),
            Hold("has no end", None, None),
        )

    in_force = holds_in_force(Configuration, NOW)  # type: ignore[arg-type]
    assert [hold.reference for hold in in_force] == ["ends today", "has no end"]


# --- The command


@pytest.fixture
def config(desk: LedgerDesk) -> Path:
    path = write_configuration(desk.folder, rest='[[hold]]\nreference = "PSD/7"\nuser = "held"\n')
    desk.enter([line(days_before(9), "old"), line(days_before(9), "held"), line(NOW, "new")])
    return path


def test_the_command_says_what_went_and_which_holds_it_obeyed(
    run: Run, desk: LedgerDesk, config: Path
) -> None:
    would = run("audit", "purge", config, "--before", "2026-05-25", "--dry-run")
    assert (would.status, users(desk)) == (0, ["held", "new", "old"])
    did = run("audit", "purge", config, "--before", "2026-05-25")
    assert did.out == (
        "Removed 1 finding and 0 lines not parsed, older than 2026-05-24 23:00 UTC\n"
        "  the hold PSD/7 keeps 1\n"
    )
    assert would.out == did.out.replace("Removed", "Would remove")
    assert (did.status, did.err, users(desk)) == (0, "", ["held", "new"])
    assert [row.setting for row in desk.ledger.select(PurgeRow)] == ["--before 2026-05-25"]


def test_a_purge_that_leaves_something_is_incomplete(
    run: Run, desk: LedgerDesk, config: Path
) -> None:
    desk.enter([line(days_before(9), "late")], counted=False)
    ran = run("audit", "purge", config, "--before", "2026-05-25")
    assert (ran.status, "1 part of logs with older lines not counted yet" in ran.err) == (3, True)


@pytest.mark.parametrize(
    ("before", "said"), [("2999-01-01", "lies in the future"), ("soon", "not a date")]
)
def test_a_day_that_is_none_or_to_come_is_refused(
    run: Run, desk: LedgerDesk, config: Path, before: str, said: str
) -> None:
    ran = run("audit", "purge", config, "--before", before)
    assert (ran.status, said in ran.err) == (2, True)
    assert len(users(desk)) == 3


def test_a_purge_waits_for_no_run(run: Run, desk: LedgerDesk, config: Path) -> None:
    with hold_lock(desk.path):
        assert run("audit", "purge", config, "--before", "2026-05-25").status == 4
