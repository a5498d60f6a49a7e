"""A compressed log that is damaged, and put back whole: each line counts once in the end."""

import bz2
import gzip
import random
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest

from logan.audit.log_rows import HourRow
from logan.audit.run import begin_audit, run_audit
from logan.audit.verify import verify_ledger
from logan.errors import ExitStatus
from tests.audit.nights import Nights, compile_once, squid
from tests.audit.test_export import Audit
from tests.conftest import Run
from tests.intake.test_archives import zipped
from tests.package.builders import contents

#: Lines of more than what is unpacked at a time, of which damage loses the last part.
MANY = 4000
#: Where a byte is flipped: in the midst of the data, at its end, in the checksum.
DAMAGES = {"data": 0.4, "end": -12, "checksum": -6}


@pytest.fixture(autouse=True)
def _compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_once(monkeypatch)


@cache
def lines(many: int, *, first: int = 0, seed: int = 1) -> bytes:
    """Lines that hardly pack: damage changes few of them."""
    users = random.Random(seed)
    numbers = range(first, first + many)
    return "".join(squid(one, user=f"u{users.randrange(10**9):x}") for one in numbers).encode()


def damaged(packed: bytes, where: float = DAMAGES["data"]) -> bytes:
    """With one byte flipped."""
    at = int(len(packed) * where) if 0 < where < 1 else int(where)
    flipped = bytearray(packed)
    flipped[at] ^= 255
    return bytes(flipped)


def is_as_one_scan(nights: Nights, many: int) -> None:
    """Every line and hit of a log counts once, and the ledger is sound."""
    assert (nights.lines(), nights.hits()) == (many, many)
    assert nights.bins() == {"lines": many, "hit": many}
    assert nights.notices("hole") == []
    with nights.ledger() as ledger:
        verified = verify_ledger(ledger, nights.configuration)
        hours = {row.hour for row in ledger.select(HourRow)}
    assert (verified.faults, tuple(verified.unread)) == ((), ())
    assert len(hours) == -(-(many + 40) // 60), "lines of damaged text have no hours"


@pytest.mark.parametrize("where", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("name", ["access.log.1.gz", "access.log.2.gz"])
def test_a_damaged_log_that_is_put_back_whole_counts_once(
    nights: Nights, where: float, name: str
) -> None:
    whole = gzip.compress(lines(MANY))
    packed = nights.logs / "access.log.1.gz"
    packed.write_bytes(damaged(whole, where))
    assert nights.begin().status is ExitStatus.INCOMPLETE
    for _ in range(2):
        again = nights.run()
        assert (again.status, again.lines, again.new_hits) == (ExitStatus.INCOMPLETE, 0, 0)
    packed.unlink()
    (nights.logs / name).write_bytes(whole)
    assert nights.run().complete
    is_as_one_scan(nights, MANY)
    assert (nights.run().new_hits, nights.lines()) == (0, MANY)


def test_what_was_known_before_its_copy_was_damaged_counts_once(nights: Nights) -> None:
    """The copy goes on behind what was read of the log, and is altered there."""
    text = lines(MANY)
    log = nights.logs / "access.log"
    log.write_bytes(text[: text.index(b"/n400 ")].rsplit(b"\n", 1)[0] + b"\n")
    nights.begin()
    assert nights.hits() == 400
    log.unlink()
    packed = nights.logs / "access.log.1.gz"
    packed.write_bytes(damaged(gzip.compress(text)))
    assert not nights.run().complete
    assert nights.hits() > 400
    packed.write_bytes(gzip.compress(text))
    assert nights.run().complete
    is_as_one_scan(nights, MANY)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_damaged_copy_of_a_known_log_is_not_read(nights: Nights, *, is_there: bool) -> None:
    text = lines(MANY)
    log = nights.logs / "access.log"
    log.write_bytes(text)
    nights.begin()
    packed = nights.logs / "access.log.1.gz"
    packed.write_bytes(damaged(gzip.compress(text)))
    if not is_there:
        log.write_bytes(b"")
    for _ in range(2):
        outcome = nights.run()
        assert "is damaged" in outcome.why[0]
        assert (nights.lines(), nights.hits(), nights.notices("hits")) == (MANY, MANY, [])
    packed.write_bytes(gzip.compress(text + lines(5, first=MANY)))
    assert nights.run().complete
    is_as_one_scan(nights, MANY + 5)


def test_a_log_that_is_put_back_after_nights_counts_once(nights: Nights) -> None:
    """Between, it is damaged otherwise, and gone."""
    whole = gzip.compress(lines(MANY))
    packed = nights.logs / "access.log.1.gz"
    packed.write_bytes(damaged(whole))
    nights.begin()
    before = nights.hits()
    packed.write_bytes(damaged(whole, 0.5))
    assert not nights.run().complete
    packed.unlink()
    nights.run()
    assert nights.hits() == before
    packed.write_bytes(whole)
    assert nights.run().complete
    assert (nights.lines(), nights.hits()) == (MANY, MANY)


def test_an_older_ledger_knows_what_was_damaged(nights: Nights) -> None:
    whole = gzip.compress(lines(MANY))
    packed = nights.logs / "access.log.1.gz"
    packed.write_bytes(damaged(whole))
    nights.begin()
    with closing(sqlite3.connect(nights.folder / "ledger.sqlite")) as ledger:
        ledger.execute("ALTER TABLE stream DROP COLUMN damage")
        ledger.execute("PRAGMA user_version = 5")
        ledger.commit()
    packed.write_bytes(whole)
    assert nights.run().complete
    is_as_one_scan(nights, MANY)


def test_a_sound_copy_beside_a_damaged_one_counts_alone(nights: Nights) -> None:
    whole = gzip.compress(lines(MANY))
    bad = nights.logs / "access.log.1.gz"
    bad.write_bytes(damaged(whole))
    nights.begin()
    (nights.logs / "again.gz").write_bytes(whole)
    for _ in range(2):
        assert len(nights.run().why) == 1
        assert (nights.lines(), nights.hits()) == (MANY, MANY)
    bad.unlink()
    assert nights.run().complete
    is_as_one_scan(nights, MANY)


def test_a_first_night_reads_the_sound_one_of_two_copies(nights: Nights) -> None:
    whole = gzip.compress(lines(MANY))
    bad = nights.logs / "a.gz"
    bad.write_bytes(damaged(whole))
    (nights.logs / "b.gz").write_bytes(whole)
    assert not nights.begin().complete
    bad.write_bytes(whole)
    assert nights.run().complete
    is_as_one_scan(nights, MANY)


def test_another_log_in_the_place_of_a_damaged_one_takes_nothing_from_it(nights: Nights) -> None:
    """The last of some rotated logs went; what is there now begins with other lines."""
    packed = nights.logs / "access.log.1.gz"
    packed.write_bytes(damaged(gzip.compress(lines(MANY))))
    nights.begin()
    before = nights.hits()
    packed.write_bytes(gzip.compress(lines(MANY, first=MANY)))
    (why,) = nights.run().why
    assert why.endswith("of that may count twice")
    assert nights.hits() == before + MANY


def test_a_common_header_makes_no_two_logs_one(nights: Nights) -> None:
    header = "#Software: a proxy\n" + "#Remark: the same for all logs of this gateway\n" * 90
    header += "#Fields: date time c-ip cs-username cs-method cs-uri sc-status\n"
    day, next_day = (
        "".join(
            f"2024-03-0{day} 04:{at // 60 % 60:02}:{at % 60:02} 10.1.2.3 u{at} GET "
            f"http://pimeyes.com/{at}{hash((day, at))} 200\n"
            for at in range(MANY)
        )
        for day in (3, 4)
    )
    packed = nights.logs / "access.log.1.gz"
    packed.write_bytes(damaged(gzip.compress((header + day).encode())))
    nights.begin()
    before = nights.lines()
    packed.unlink()
    (nights.logs / "other.gz").write_bytes(gzip.compress((header + next_day).encode()))
    nights.run()
    assert before > 0
    assert nights.lines() == before + MANY + header.count("\n")


def test_a_sound_copy_in_an_archive_may_count_twice_and_says_so(nights: Nights) -> None:
    packed = nights.logs / "access.log.1.gz"
    packed.write_bytes(damaged(gzip.compress(lines(MANY))))
    nights.begin()
    packed.unlink()
    (nights.logs / "old.zip").write_bytes(zipped({"access.log.1": lines(MANY)}))
    (why,) = nights.run().why
    assert "may count twice" in why


def test_a_package_of_a_mended_log_is_that_of_one_scan(run: Run, tmp_path: Path) -> None:
    audit = Audit(run, tmp_path)
    whole = gzip.compress(lines(MANY))
    packed = tmp_path / "logs" / "access.log.1.gz"
    packed.parent.mkdir()
    packed.write_bytes(damaged(whole))
    assert not begin_audit(audit.configuration).complete
    packed.write_bytes(whole)
    assert run_audit(audit.configuration).complete
    ran, ours = audit.export("ours")
    assert ran.status == 0, ran.err
    assert contents(ours) == contents(audit.scan("theirs"))
    assert run("audit", "verify", audit.path).status == 0


@pytest.mark.parametrize("is_known", [True, False])
def test_a_text_that_is_garbled_from_its_start_counts_nothing(
    nights: Nights, *, is_known: bool
) -> None:
    """One flipped bit garbles a block of bzip2, of 900 kB of text."""
    text = lines(MANY)
    log = nights.logs / "access.log"
    if is_known:
        log.write_bytes(text)
    nights.begin()
    packed = nights.logs / "access.log.1.bz2"
    packed.write_bytes(damaged(bz2.compress(text)))
    for _ in range(2):
        assert "is damaged" in nights.run(hours=1).why[-1]
        assert nights.lines() == MANY * is_known
    packed.unlink()
    (nights.logs / "again.bz2").write_bytes(bz2.compress(text))
    assert nights.run(hours=1).complete
    is_as_one_scan(nights, MANY)


def test_a_sound_copy_of_which_little_was_sound_may_count_twice_and_says_so(
    nights: Nights,
) -> None:
    first, *rest = lines(MANY).splitlines(keepends=True)
    altered = b"".join([first, *(line.replace(b"200", b"304") for line in rest)])
    packed = nights.logs / "access.log.1.gz"
    packed.write_bytes(damaged(gzip.compress(altered), DAMAGES["end"]))
    nights.begin()
    packed.unlink()
    (nights.logs / "again.gz").write_bytes(gzip.compress(lines(MANY)))
    (why,) = nights.run().why
    assert f"{packed}, which was damaged" in why
