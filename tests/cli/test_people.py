"""`logan people check`, as typed."""

import json
from pathlib import Path

import pytest

from tests.conftest import Run

PEOPLE = (
    "account,person,unit,from,until\n"
    "METRO\\asmith,004711,Fraud,2024-01-01,2024-01-31\n"
    "jroe,004712,Fraud,,\n"
)
LINE = (
    "%s.000 12 10.1.2.3 TCP_MISS/200 999 GET http://pimeyes.com/ %s HIER_DIRECT/1.2.3.4 text/html\n"
)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    return path


def package(run: Run, folder: Path, log: bytes) -> Path:
    """A package of hits."""
    path = folder / "access.log"
    path.write_bytes(log)
    assert run("scan", path, "--export", folder / "out", "-q").status in (0, 3)
    return folder / "out"


def lines(*hits: tuple[int, str]) -> bytes:
    return "".join(LINE % hit for hit in hits).encode()


JANUARY, MARCH = 1_704_880_000, 1_710_000_000


def test_sound_lists_end_with_0(run: Run, people: Path) -> None:
    ran = run("people", "check", people)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == (
        "Lists of people: nothing to fix\n  people.csv: 2 rows, 2 accounts, 2 persons, 1 unit\n"
    )


def test_what_is_to_be_mended_ends_with_1_and_names_nobody(run: Run, people: Path) -> None:
    people.write_text(PEOPLE + "METRO\\asmith,004713,Fraud,2024-01-31,\n")
    ran = run("people", "check", people)
    assert ran.status == 1
    assert (
        "  people.csv: one account of several persons at once: its hits then are nobody's\n"
        in ran.out
    )
    assert "    lines 2, 4\n" in ran.out
    assert not any(word in ran.out for word in ("asmith", "0047"))
    named = run("people", "check", people, "--names")
    assert "    lines 2, 4  metro\\asmith  004711  004713\n" in named.out


def test_notes_alone_end_with_0(run: Run, people: Path) -> None:
    people.write_text(PEOPLE + "METRO\\asmith,004711,Homicide,2024-01-31,\n")
    ran = run("people", "check", people)
    assert ran.status == 0
    assert "Worth knowing" in ran.out
    assert "To look at" not in ran.out


def test_problems_end_with_2_all_at_once(run: Run, people: Path, tmp_path: Path) -> None:
    people.write_text("account,from\na,2024-02-30\n")
    register = tmp_path / "register.csv"
    register.write_text("reference,who\n1,jdoe\n")
    ran = run("people", "check", people, "--authorisations", register)
    assert (ran.status, ran.out) == (2, "")
    assert f"{people}:2: `from` is `2024-02-30`: no day of the calendar" in ran.err
    assert f"{register}:2: `who` is empty, or does not say" in ran.err


def test_a_date_order_is_asked_for_and_taken(run: Run, people: Path) -> None:
    people.write_text("account,from\na,05/03/2024\n")
    asked = run("people", "check", people)
    assert asked.status == 2
    assert "Say which: --date-order dmy (31/12/2024) or --date-order mdy" in asked.err
    assert run("people", "check", people, "--date-order", "people.csv=dmy").status == 0
    assert run("people", "check", people, "--date-order", "ymd").status == 2


@pytest.mark.parametrize("option", ["--tz", "--pack", "--package"])
def test_what_does_not_exist_ends_with_2(run: Run, people: Path, option: str) -> None:
    ran = run("people", "check", people, option, "nowhere")
    assert (ran.status, ran.out) == (2, "")
    assert "nowhere" in ran.err


def test_services_are_those_of_the_rules(run: Run, people: Path, tmp_path: Path) -> None:
    register = tmp_path / "register.csv"
    register.write_text(
        "reference,who,service,from\n1,person:004711,PimEyes,2024-01-01\n"
        "2,person:004711,pimeyes.com,2024-01-01\n3,person:004711,Google Lens,2024-01-01\n"
    )
    words = ("people", "check", people, "--authorisations", register, "--json")
    (limit,) = json.loads(run(*words).out)["limits"]
    assert "names `Google Lens`, which is no service of the rules" in limit
    assert json.loads(run(*words, "--pack", "reverse-image").out)["limits"] == []


class TestPackage:
    def test_accounts_on_no_list_and_nearly_on_one(
        self, run: Run, people: Path, tmp_path: Path
    ) -> None:
        log = lines((JANUARY, "METRO\\asmith"), (JANUARY, "METRO\\jroe"), (JANUARY + 9, "other"))
        folder = package(run, tmp_path, log)
        ran = run("people", "check", people, "--package", folder, "--json", "--names")
        assert ran.status == 1
        found = {one["check"]: one for one in json.loads(ran.out)["findings"]}
        assert found.keys() == {"not_listed", "without_domain"}
        assert found["not_listed"]["names"] == ["metro\\jroe", "other"]
        assert found["not_listed"]["text"] == (
            "has no row for 2 of the accounts with hits: 2 of 3 hits are theirs"
        )
        assert found["without_domain"]["lines"] == [3]

    def test_hits_outside_the_dates_of_an_account(
        self, run: Run, people: Path, tmp_path: Path
    ) -> None:
        folder = package(run, tmp_path, lines((JANUARY, "METRO\\asmith"), (MARCH, "metro\\ASmith")))
        ran = run("people", "check", people, "--package", folder, "--json")
        (found,) = json.loads(ran.out)["findings"]
        assert (found["check"], found["lines"], found["hits"]) == ("outside_dates", [2], 1)
        assert "names" not in found
        assert "asmith" not in ran.out

    def test_accounts_with_hits_outside_their_dates_stand_in_the_order_of_the_list(
        self, run: Run, tmp_path: Path
    ) -> None:
        accounts = [f"user{number:02}" for number in range(40)]
        people = tmp_path / "many.csv"
        rows = "".join(f"{account},2025-01-01\n" for account in accounts)
        people.write_text(f"account,from\n{rows}")
        folder = package(run, tmp_path, lines(*((MARCH, account) for account in accounts)))
        ran = run("people", "check", people, "--package", folder, "--json")
        found = [one for one in json.loads(ran.out)["findings"] if one["check"] == "outside_dates"]
        assert [one["lines"] for one in found] == [[number] for number in range(2, 42)]

    def test_days_and_services_are_those_of_the_package(
        self, run: Run, people: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "access.log").write_bytes(lines((1_706_743_800, "METRO\\asmith")))
        words = ("scan", tmp_path / "access.log", "--pack", "reverse-image", "-q")
        zone = ("--tz", "Asia/Tokyo")  # there it is 08:30 on 1 February already
        assert run(*words, *zone, "--export", tmp_path / "out").status == 0
        register = tmp_path / "register.csv"
        register.write_text("reference,who,service,from\n1,unit:Fraud,Google Lens,2024-01-01\n")
        held = ("people", "check", people, "--package", tmp_path / "out", "--json")
        found = json.loads(run(*held, "--authorisations", register).out)
        assert [one["check"] for one in found["findings"]] == ["outside_dates"]
        assert found["limits"] == []
        assert run(*held, *zone).status == 1
        ran = run(*held, "--tz", "Europe/London")
        assert ran.status == 2
        assert "are those of Asia/Tokyo; leave it out" in ran.err

    def test_one_that_fits_has_nothing_to_mend(
        self, run: Run, people: Path, tmp_path: Path
    ) -> None:
        folder = package(run, tmp_path, lines((JANUARY, "METRO\\asmith"), (MARCH, "jroe")))
        assert run("people", "check", people, "--package", folder).status == 0

    def test_events_at_gateways_of_which_it_has_no_log(
        self, run: Run, people: Path, tmp_path: Path
    ) -> None:
        for name in ("hq", "north"):
            (tmp_path / "logs" / name).mkdir(parents=True)
            log = lines((JANUARY + len(name), "METRO\\asmith"))
            (tmp_path / "logs" / name / "access.log").write_bytes(log)
        folder, events = tmp_path / "out", tmp_path / "events.csv"
        assert run("scan", tmp_path / "logs", "--export", folder, "-q").status == 0
        events.write_text(
            "event,from,gateway\nblocked,2024-01-01,hq/access.log\nblocked,2024-01-02,south\n"
        )
        words = ("people", "check", people, "--package", folder, "--events", events, "--json")
        found = json.loads(run(*words).out)["findings"]
        assert [(one["check"], one["lines"]) for one in found] == [("unknown_gateway", [3])]

    def test_an_incomplete_one_ends_with_3(self, run: Run, people: Path, tmp_path: Path) -> None:
        logs = tmp_path / "logs"
        logs.mkdir()
        (logs / "broken.log.gz").write_bytes(b"\x1f\x8b\x08\0 and no more")
        (logs / "access.log").write_bytes(lines((JANUARY, "METRO\\asmith")))
        scanned = run("scan", logs, "--export", tmp_path / "out", "-q")
        assert scanned.status == 3
        ran = run("people", "check", people, "--package", tmp_path / "out")
        assert ran.status == 3
        assert "the package is incomplete: more accounts may have hits" in ran.err
        assert "nothing to fix" in ran.out

    def test_no_package_ends_with_3(self, run: Run, people: Path, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        ran = run("people", "check", people, "--package", tmp_path / "empty")
        assert ran.status == 3
        assert "is no package" in ran.err


def test_many_findings_of_a_kind_are_shown_by_number(run: Run, people: Path) -> None:
    rows = [f"u{n},{n}-{twice},,,\n" for n in range(500) for twice in "ab"]
    people.write_text(PEOPLE + "".join(rows))
    ran = run("people", "check", people)
    assert ran.status == 1
    assert "500 things to look at" in ran.out
    assert "and 490 more of this kind" in ran.out
    assert len(ran.out.splitlines()) < 25
    assert len(json.loads(run("people", "check", people, "--json").out)["findings"]) == 500


def test_quiet_prints_nothing(run: Run, people: Path) -> None:
    people.write_text(PEOPLE + "METRO\\asmith,004713,Fraud,2024-01-31,\n")
    ran = run("people", "check", people, "-q")
    assert (ran.status, ran.out, ran.err) == (1, "", "")


def test_nothing_hostile_reaches_a_terminal(run: Run, people: Path, tmp_path: Path) -> None:
    people.write_text(
        "account,person,unit,\x1b[2Juntil\n\x1b[31ma[bold]x,1,[red]U[/],\n\x1b[31ma[bold]x,2,,\n"
    )
    register = tmp_path / "register.csv"
    register.write_text("reference,who,service\n1,unit:\x1b]0;x\x07,\x1b[2Jpimeyes\n")
    ran = run("people", "check", people, "--authorisations", register, "--names")
    assert ran.status == 1
    assert "\x1b" not in ran.out
    assert " [31ma[bold]x " in ran.out  # the escape is left out and said, the rest is no markup
    assert "people.csv has 3 signs that nobody sees" in ran.out
    people.write_text("account,kind\na,\x1b[2Jshared\n")
    ran = run("people", "check", people)
    assert ran.status == 2
    assert "\x1b" not in ran.err
