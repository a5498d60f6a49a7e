"""Lists of people given to a scan, or to a package without its logs, as typed."""

import json
import stat
from pathlib import Path

import pytest

from tests.conftest import Run

LINE = (
    "%s.000 12 10.1.2.3 TCP_MISS/200 999 GET http://pimeyes.com/ %s HIER_DIRECT/1.2.3.4 text/html\n"
)
JANUARY, MARCH = 1_704_880_000, 1_710_000_000
PEOPLE = (
    "account,person,unit,from,until\n"
    "METRO\\asmith,004711,Fraud,2024-01-01,2024-01-31\n"
    "jroe,004712,Homicide,,\n"
)
REGISTER = "reference,who,service,from,until\nA-1,unit:Homicide,pimeyes,2024-01-01,2024-12-31\n"
EVENTS = "event,service,from\nblocked,pimeyes,2024-02-01\n"
#: What is known of persons, none of which may be seen on a screen.
NAMES = ("004711", "004712")


@pytest.fixture
def lists(tmp_path: Path) -> list[str]:
    """Options that name lists of people."""
    named = {"people": PEOPLE, "authorisations": REGISTER, "events": EVENTS}
    for name, text in named.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return [word for name in named for word in (f"--{name}", str(tmp_path / f"{name}.csv"))]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "logs" / "access.log"
    path.parent.mkdir()
    hits = ((JANUARY, "metro\\asmith"), (MARCH, "METRO\\asmith"), (MARCH, "jroe"), (MARCH, "x"))
    path.write_text("".join(LINE % hit for hit in hits))
    return path


def test_a_scan_says_it_and_names_no_person(
    run: Run, log: Path, lists: list[str], tmp_path: Path
) -> None:
    ran = run("scan", log, *lists, "--export", tmp_path / "out")
    assert ran.status == 0, ran.err
    assert "2 of 4 hits are of 2 listed persons; 2 belong to no listed person" in ran.out
    assert "1 hit inside the units that the register names" in ran.out
    document = json.loads(run("scan", log, *lists, "--json").out)
    assert {row["match"]: row["hits"] for row in document["by_list"]["match"]} == {
        "one_person": 2,
        "shared": 0,
        "ambiguous": 0,
        "outside_dates": 1,
        "not_listed": 1,
        "by_address": 0,
        "no_user": 0,
    }
    assert document["by_list"]["after_event"][0]["after_hits"] == 3
    shown = ran.out + ran.err + json.dumps(document) + (tmp_path / "out/summary.txt").read_text()
    assert not any(name in shown for name in NAMES)
    persons = (tmp_path / "out/persons.csv").read_text()
    assert all(name in persons for name in NAMES)
    for path in (tmp_path / "out").rglob("*.csv"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_the_logs_it_is_the_same(
    run: Run, log: Path, lists: list[str], tmp_path: Path
) -> None:
    assert run("scan", log, *lists, "--export", tmp_path / "whole", "-q").status == 0
    assert run("scan", log, "--export", tmp_path / "plain", "-q").status == 0
    ran = run("people", "apply", tmp_path / "plain", *lists, "-o", tmp_path / "applied")
    assert (ran.status, ran.err) == (0, "")
    assert "2 of 4 hits are of 2 listed persons" in ran.out
    assert not any(name in ran.out for name in NAMES)
    for name in ("hits.csv", "manifest.json", "summary.txt", "report.html"):
        assert (tmp_path / "applied" / name).read_bytes() == (
            tmp_path / "whole" / name
        ).read_bytes()
    compared = run("compare", tmp_path / "plain", tmp_path / "applied")
    assert "4 hits by other lists of people" in compared.out
    assert "person: not shown here" in compared.out
    assert not [name for name in NAMES if name in compared.out]
    changes = tmp_path / "changes.csv"
    run("compare", tmp_path / "plain", tmp_path / "applied", "-o", changes)
    assert all(name in changes.read_text() for name in NAMES)


def test_lists_beside_that_of_people_need_it(run: Run, log: Path, lists: list[str]) -> None:
    ran = run("scan", log, *lists[2:])
    assert ran.status == 2
    assert "give --people too" in ran.err


def test_a_list_that_cannot_be_read_stops_a_scan_before_it_begins(
    run: Run, log: Path, lists: list[str], tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text("account,from\na,2024-02-30\n")
    ran = run("scan", log, *lists, "--export", tmp_path / "out")
    assert ran.status == 2
    assert "people.csv:2" in ran.err
    assert not (tmp_path / "out").exists()


def test_a_package_that_was_changed_is_refused(
    run: Run, log: Path, lists: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "plain"
    assert run("scan", log, "--export", folder, "-q").status == 0
    hits = folder / "hits.csv"
    hits.write_bytes(hits.read_bytes().replace(b"jroe", b"jdoe"))
    ran = run("people", "apply", folder, *lists, "-o", tmp_path / "applied")
    assert ran.status == 3
    assert "is not as it was made: hits.csv" in ran.err
    assert not (tmp_path / "applied").exists()


def test_an_incomplete_package_stays_incomplete(
    run: Run, log: Path, lists: list[str], tmp_path: Path
) -> None:
    (log.parent / "strange.log").write_text("no log\n" * 20)
    assert run("scan", log.parent, "--export", tmp_path / "plain", "-q").status == 3
    ran = run("people", "apply", tmp_path / "plain", *lists, "-o", tmp_path / "applied", "-q")
    assert (ran.status, ran.out) == (3, "")
    assert "incomplete" in ran.err
    assert (tmp_path / "applied/units.csv").exists()


def test_the_package_itself_is_never_replaced(
    run: Run, log: Path, lists: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "plain"
    assert run("scan", log, "--export", folder, "-q").status == 0
    for place in (folder, folder / "in"):
        ran = run("people", "apply", folder, *lists, "-o", place)
        assert ran.status == 2
        assert "stays as it is" in ran.err


def test_persons_are_named_to_whoever_asks(
    run: Run, log: Path, lists: list[str], tmp_path: Path
) -> None:
    assert run("scan", log, "--export", tmp_path / "plain", "-q").status == 0
    applied = run("people", "apply", tmp_path / "plain", *lists, "-o", tmp_path / "a", "--names")
    scanned = run("scan", log, *lists, "--names")
    for ran in (applied, scanned):
        assert ran.status == 0
        _, title, persons = ran.out.partition("\nBy person  ")
        assert title
        assert all(name in persons for name in NAMES)
    ran = run("scan", log, "--names")
    assert (ran.status, "give --people too" in ran.err) == (2, True)
