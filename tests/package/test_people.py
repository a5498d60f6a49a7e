"""Lists of people in a package: the same with the logs and without them, and counted again."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logan.outputs.report.page import render_page
from logan.package.checksums import write_sums
from logan.package.kept_lists import read_kept_lists
from logan.package.people import apply_people
from logan.package.people_sums import check_people
from logan.package.reading import open_package
from logan.package.report import write_own_reports
from logan.package.report_content import make_content
from logan.package.verify import verify
from logan.people.decisions import PeopleMatcher
from logan.people.registers import PeopleRegisters
from logan.result import ScanResult
from logan.schema import PEOPLE_TABLES, tables_of
from logan.tables.people_totals import total_people
from logan.tables.summary import summarise
from logan.vocabulary import MATCHES
from tests.builders import hit, result
from tests.conftest import Run
from tests.faults.logs import squid, write_log
from tests.outputs.stories import HOSTILE, STORIES
from tests.package import plain_counts
from tests.package.builders import contents, with_rejects, write
from tests.people.builders import Row, account, at, grant, registers, span

SAMPLES = Path(__file__).parents[2] / "sample_logs"
STARTED = datetime(2024, 4, 1, tzinfo=UTC)


def answers(user: str, place: int) -> list[Row]:
    """The rows of an account, with another answer from account to account."""
    return [
        [account(user, f"P{place}", "Facial ID")],
        [account(user, "P0", "=Murder;\x1b[2J")],
        [account(user, f"P{place}", "CID", **span(None, "2024-02-01"))],
        [account(user, "A"), account(user, "B", **span("2024-02-01"))],
        [account(user, None, "Desk", kind="shared")],
        [],
    ][place % 6]


def lists(scanned: ScanResult) -> PeopleRegisters:
    """Lists in which the accounts of a result have every kind of answer."""
    seen = scanned.found.collect()
    users = sorted({user.lower() for user in seen["user"].drop_nulls()})
    addresses = sorted(set(seen["client_ip"].drop_nulls()))
    people = [row for place, user in enumerate(users) for row in answers(user, place)]
    leases = [
        {"address": one, "account": users[place % len(users)]} | span()
        for place, one in enumerate(addresses[:2])
        if users
    ]
    grants = [
        grant("unit:Facial ID", "AUTH-1", activity="search"),
        grant("person:P0", "AUTH-2", **span("2024-02-10", "2024-02-20")),
        grant("person:P0", "AUTH-3", service="clearview", granted_on=at("2024-03-01")),
        grant("person:nobody", '=HYPERLINK("x")'),
    ]
    events = [
        {"event": "blocked", "service": "pimeyes", "note": "CHG-1"} | span("2024-02-15 09:00"),
        {"event": "policy"} | span("2024-01-20", "2024-02-01"),
        {"event": "maintenance", "gateway": "proxy-a"} | span("2024-01-20", "2024-02-01"),
        {"event": "maintenance", "gateway": "no such"} | span(),
    ]
    return registers(people, addresses=leases, authorisations=grants, events=events)


def hostile() -> ScanResult:
    """Hits of users whose names would harm whoever reads them."""
    rows = [
        hit(f"2024-01-0{1 + number % 9} 09:30", user, activity="search", also_upload=number == 3)
        for number, user in enumerate((*HOSTILE, None))
    ]
    return result(rows)


RESULTS = {name: STORIES[name] for name in ("quarter", "nothing", "incomplete", "one_day")} | {
    "hostile": hostile
}


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_with_the_logs_and_without_them_the_bytes_are_the_same(name: str, tmp_path: Path) -> None:
    scanned = with_rejects(RESULTS[name]())
    matcher = PeopleMatcher(lists(scanned))
    whole = write(summarise(scanned, people=matcher), tmp_path / "whole")
    plain = write(summarise(scanned), tmp_path / "plain")
    apply_people(open_package(plain), matcher, tmp_path / "applied", started=STARTED)
    assert contents(tmp_path / "applied") == contents(whole)
    assert contents(whole) != contents(plain)
    assert verify(whole).faults == ()
    apply_people(open_package(whole), matcher, tmp_path / "again", started=STARTED)
    assert contents(tmp_path / "again") == contents(whole)
    kept = PeopleMatcher(read_kept_lists(open_package(whole)))
    apply_people(open_package(plain), kept, tmp_path / "kept", started=STARTED)
    assert contents(tmp_path / "kept") == contents(whole)


def altered(folder: Path, table: str, column: str) -> list[str]:
    """The faults of a package in whose table the first number of a column is one more."""
    path = folder / table
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))
    rows[0][column] = str(int(rows[0][column]) + 1)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, PEOPLE_TABLES[table], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode())
    return [str(fault) for fault in check_people(open_package(folder))]


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("match.csv", "hits"),
        ("units.csv", "hits"),
        ("units.csv", "by_address"),
        ("units.csv", "none_on_register"),
        ("persons.csv", "cannot_tell"),
        ("persons.csv", "blocked"),
        ("authorisations_used.csv", "hits"),
        ("authorisations_used.csv", "hits_outside_its_dates"),
    ],
)
def test_who_makes_all_sums_again_is_found(table: str, column: str, tmp_path: Path) -> None:
    scanned = hostile()
    folder = write(summarise(scanned, people=PeopleMatcher(lists(scanned))), tmp_path / "out")
    assert [*check_people(open_package(folder))] == []
    (fault,) = altered(folder, table, column)
    assert fault.startswith(f"{table}, ")
    assert f"{column}: " in fault


ACCOUNTS = """\
account,person,unit,role,kind,from,until
d.hargreave@METRO.TEST,004711,Facial Identification Unit,,,,2024-02-10
D.HARGREAVE@metro.test,004711,Homicide,,,2024-02-10,
s.whitlock@METRO.TEST,004802,Fraud,,,2024-01-10,2024-03-05
METRO\\k.osei,004802,Fraud,,,,
m.adeyemi@METRO.TEST,003977,Facial Identification Unit,,,,2024-02-20
m.adeyemi@METRO.TEST,003978,CID,,,2024-02-05,
j.corrigan@METRO.TEST,9,Intelligence,,shared,,
"""


def test_an_independent_program_counts_the_same(run: Run, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text(ACCOUNTS)
    folder = tmp_path / "out"
    options = ("--tz", "Europe/London", "--people", people, "--export", folder, "-q")
    assert run("scan", SAMPLES, *options).status == 0
    counted = plain_counts.count(folder, people)
    assert {match for (match,) in counted["match.csv"]} == {*MATCHES} - {"by_address"}
    for table, keys in (
        ("match.csv", ("match",)),
        ("units.csv", ("unit", "service")),
        ("persons.csv", ("person",)),
    ):
        told = {
            tuple(row[key] for key in keys): {
                name: int(row[name])
                for name in ("hits", "searches", "uploads", "blocked")
                if name in row
            }
            for row in plain_counts.rows(folder / table)
            if row["hits"] != "0"
        }
        names = told[next(iter(told))]
        assert told == {
            key: {name: counts[name] for name in names} for key, counts in counted[table].items()
        }, table
    transfer = [row for row in plain_counts.rows(folder / "hits.csv") if row["person"] == "004711"]
    before, after = (
        {row["unit"] for row in transfer if (row["time_local"] < "2024-02-10") is early}
        for early in (True, False)
    )
    assert (before, after) == ({"Facial Identification Unit"}, {"Homicide"})


def seal_again(folder: Path) -> None:
    """Make the hashes of a package fit its files, as somebody who alters it would."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for one in manifest["outputs"]:
        data = (folder / one["file"]).read_bytes()
        one |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    for name in ("report.html", "report.xlsx"):
        (folder / name).unlink()
    write_own_reports(open_package(folder))
    (folder / "SHA256SUMS").write_text(write_sums(folder))


def swap(folder: Path, names: Sequence[str], old: str, new: str) -> None:
    """Exchange two words wherever they stand in some tables."""
    for name in names:
        text = (folder / name).read_bytes().decode()
        (folder / name).write_bytes(
            text.replace(old, "\0").replace(new, old).replace("\0", new).encode()
        )


def test_hits_given_to_another_person_in_every_table_are_found(tmp_path: Path) -> None:
    rows = [hit(f"2024-01-0{day} 09:00", user) for day in (2, 3) for user in ("ann", "bob")]
    matcher = PeopleMatcher(registers([account("ann", "PA", "CID"), account("bob", "PB", "CID")]))
    folder = write(summarise(result(rows), people=matcher), tmp_path / "out")
    seal_again(folder)
    assert verify(folder).faults == ()
    named = ("hits.csv", "persons.csv", "summary.json")
    swap(folder, named, "PA", "PB")
    seal_again(folder)
    found = [f"{fault.place} {fault.what}" for fault in verify(folder).faults]
    said = "is not as counted by the rows of lists that the package keeps"
    assert found == [
        f"hits.csv:2 `person` {said}",
        f"persons.csv:2 `person` {said}",
    ]
    (folder / "people_used.csv").write_bytes(
        (folder / "people_used.csv").read_bytes() + b"x,X,,,,,,,9\r\n"
    )
    seal_again(folder)
    assert any(
        fault.place == "people_used.csv:4" and "a row too many" in fault.what
        for fault in verify(folder).faults
    )


def test_only_rows_about_accounts_and_addresses_that_are_named_are_kept(tmp_path: Path) -> None:
    mention = hit("2024-01-05 09:00", "Cyd", bin="mention")
    rows = [hit("2024-01-02 09:00", "ann"), hit("2024-01-03 09:00", None), mention]
    people = [
        account("ann", "1", "CID", role="=DC", **span(None, "2023-01-01")),
        account("ann", "1", "Fraud", **span("2025-01-01")),
        account("nobody", "2", "Secret"),
        account("cyd", "3"),
        account("dee", "4"),
    ]
    leases = [
        {"address": rows[1]["client_ip"], "account": "DEE"} | span(),
        {"address": "192.0.2.99", "account": "nobody"} | span(),
    ]
    matcher = PeopleMatcher(registers(people, addresses=leases))
    folder = write(summarise(result(rows), people=matcher), tmp_path / "out")
    kept = plain_counts.rows(folder / "people_used.csv")
    assert [(row["account"], row["role"], row["row"]) for row in kept] == [
        ("ann", "'=DC", "2"),
        ("ann", "", "3"),
        ("cyd", "", "5"),
        ("dee", "", "6"),
    ]
    assert [row["row"] for row in plain_counts.rows(folder / "addresses_used.csv")] == ["2"]
    whole = b"".join(contents(folder).values())
    assert b"Secret" not in whole
    assert b"192.0.2.99" not in whole
    for name in ("people_used.csv", "addresses_used.csv"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600


def test_an_address_of_two_accounts_at_once_is_named_and_is_nobodys(tmp_path: Path) -> None:
    rows = [hit("2024-01-02 09:00", None), hit("2024-03-02 09:00", None)]
    address = rows[0]["client_ip"]
    leases = [
        {"address": address, "account": "ann"} | span(None, "2024-02-01"),
        {"address": address, "account": "bob"} | span("2024-01-01", "2024-02-01"),
    ]
    matcher = PeopleMatcher(registers([account("ann", "1")], addresses=leases))
    folder = write(summarise(result(rows), people=matcher), tmp_path / "out")
    listed = plain_counts.rows(folder / "people_ambiguous.csv")
    assert [(row["address"], row["account"], row["person"], row["hits"]) for row in listed] == [
        (address, "ann", "", "1"),
        (address, "bob", "", "1"),
    ]
    assert listed[0]["from"] == "2024-01-01T00:00:00Z"
    limits = {row["limit"]: row["text"] for row in plain_counts.rows(folder / "limits.csv")}
    assert limits["people_two_accounts"].startswith("1 of 2 hits name no user")
    assert verify(folder).faults == ()


@pytest.fixture
def listed(run: Run, tmp_path: Path) -> Path:
    """A folder with a log, lists of people, and the package of both (`out`)."""
    (tmp_path / "people.csv").write_text("account,person\nann,1\nzoe,9\n")
    (tmp_path / "events.csv").write_text("event,service,from\nblocked,pimeyes,2024-01-01\n")
    log = write_log(tmp_path / "logs" / "a.log", [squid(0, "ann"), squid(9, "bob")])
    lists = ("--people", tmp_path / "people.csv", "--events", tmp_path / "events.csv")
    assert run("scan", log, *lists, "--export", tmp_path / "out", "-q").status == 0
    return tmp_path


def test_a_package_is_made_again_with_its_lists_or_the_rows_it_keeps(
    run: Run, listed: Path
) -> None:
    again = ("replay", listed / "out", "--logs", listed / "logs")
    people, events = ("--people", listed / "people.csv"), ("--events", listed / "events.csv")
    ran = run(*again, *people, *events)
    assert (ran.status, ran.err) == (0, "")
    assert "NOT PROVED" not in ran.out
    ran = run(*again, *people)
    assert (ran.status, ran.err) == (0, "")
    assert "NOT PROVED: events.csv was not given (--events)" in ran.out
    assert "people.csv" not in ran.out
    ran = run(*again)
    assert (ran.status, ran.out.count("NOT PROVED")) == (0, 2)
    (listed / "people.csv").write_text("account,person\nann,2\n")
    ran = run(*again, *people)
    assert ran.status == 3
    assert "people.csv: is not given with --people, or is not" in ran.err
    plain = listed / "plain"
    assert run("scan", listed / "logs", "--export", plain, "-q").status == 0
    ran = run("replay", plain, "--logs", listed / "logs", *people)
    assert (ran.status, "made without one" in ran.err) == (3, True)


def test_kept_rows_that_were_altered_are_found_when_the_list_is_given(
    run: Run, listed: Path
) -> None:
    swap(listed / "out", ("hits.csv", "persons.csv", "people_used.csv"), ",1,", ",7,")
    again = ("replay", listed / "out", "--logs", listed / "logs")
    ran = run(*again, "--people", listed / "people.csv")
    assert ran.status == 1
    assert "DIFFERS: people_used.csv:2: person: another one made again" in ran.out


def test_a_package_that_keeps_no_rows_needs_its_lists(run: Run, listed: Path) -> None:
    folder = listed / "out"
    manifest = json.loads((folder / "manifest.json").read_text())
    gone = ("people_used.csv", "addresses_used.csv")
    manifest["outputs"] = [one for one in manifest["outputs"] if one["file"] not in gone]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    for name in gone:
        (folder / name).unlink()
    ran = run("replay", folder, "--logs", listed / "logs")
    assert ran.status == 3
    assert "people.csv: is not given with --people" in ran.err
    ran = run("people", "apply", folder, "-o", listed / "more")
    assert (ran.status, "give --people FILE" in ran.err) == (2, True)


def test_another_register_is_held_against_the_rows_that_a_package_keeps(
    run: Run, listed: Path
) -> None:
    register = listed / "register.csv"
    register.write_text("reference,who,granted_on\nR1,person:1,\n")
    lists = ("--authorisations", register)
    ran = run("people", "apply", listed / "out", *lists, "-o", listed / "kept", "-q")
    assert (ran.status, ran.err) == (0, "")
    people, events = ("--people", listed / "people.csv"), ("--events", listed / "events.csv")
    words = ("people", "apply", listed / "out", *people, *events, *lists)
    assert run(*words, "-o", listed / "given", "-q").status == 0
    assert contents(listed / "kept") == contents(listed / "given")
    (hits,) = {row["authorisation"] for row in plain_counts.rows(listed / "kept" / "hits.csv")} - {
        "cannot_tell"
    }
    assert hits == "on_register"
    leases = ("--addresses", register)
    ran = run("people", "apply", listed / "out", *leases, "-o", listed / "more")
    assert (ran.status, "give --people FILE too" in ran.err) == (2, True)


def test_the_report_says_what_the_tables_say(tmp_path: Path) -> None:
    scanned = STORIES["quarter"]()
    folder = write(summarise(scanned, people=PeopleMatcher(lists(scanned))), tmp_path / "out")
    content = make_content(open_package(folder))
    assert content.people is not None
    sentence, permitted = content.people.sentences
    totals = total_people(
        {name: open_package(folder).table(name).collect() for name in PEOPLE_TABLES}
    )
    assert sentence.startswith(f"{totals.by_match['one_person']:,} of 2,608 hits are of")
    assert permitted.startswith(f"{totals.permitted:,} hits inside")
    assert min(totals.permitted or 0, totals.other_units, totals.nobody) > 0
    for table in (content.people.tables[1], content.people.persons):
        names = [name for name, _ in table.columns]
        said = [dict(zip(names, row, strict=True)) for row in table.rows]
        parts = ("on register", "none on register", "otherwise", "cannot tell")
        assert all(
            int(row["hits"].replace(",", ""))
            == sum(int(row[part].replace(",", "")) for part in parts)
            for row in said
        )
        assert any(row["otherwise"] != "0" for row in said)
    captions = [table.caption for table in content.people.tables]
    assert len(captions) == 6
    for table in (*content.people.tables, content.people.persons):
        name = table.query.split(": ")[0]
        assert name in PEOPLE_TABLES
        assert all(len(row) == len(table.columns) for row in table.rows)
    page = render_page(content)
    assert 'id="people"' in page
    assert "=Murder" in page
    assert "\x1b" not in page
    assert make_content(open_package(write(scanned, tmp_path / "plain"))).people is None


def test_the_workbook_has_a_sheet_for_every_table_of_people(tmp_path: Path) -> None:
    scanned = hostile()
    folder = write(summarise(scanned, people=PeopleMatcher(lists(scanned))), tmp_path / "out")
    with zipfile.ZipFile(folder / "report.xlsx") as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        listed = book.read("xl/workbook.xml").decode()
        hits = book.read("xl/worksheets/sheet4.xml").decode()
    assert len(sheets) == 3 + len(tables_of(people=True))
    assert 'name="Authorisations used"' in listed
    assert "<t>authorisation</t>" in hits or ">authorisation<" in hits
    assert "<f>" not in hits


def test_a_time_that_stands_twice_keeps_its_flag_and_is_decided_as_it_is_read(
    run: Run, tmp_path: Path
) -> None:
    lines = [
        f"2024-10-27 {clock} 10.1.2.4 bob GET http://pimeyes.com/en 200\n"
        for clock in ("00:59:59", "01:30:00", "23:59:59")
    ]
    log = write_log(tmp_path / "logs" / "a.log", lines)
    (tmp_path / "people.csv").write_text(
        "account,person,unit,from,until\nbob,1,A,,2024-10-26\nbob,1,B,2024-10-27,2024-10-27\n"
    )
    form = ("--squid-logformat", "%{%Y-%m-%d %H:%M:%S}tl %>a %un %rm %ru %>Hs")
    options = (*form, "--tz", "Europe/London", "--people", tmp_path / "people.csv", "-q")
    assert run("scan", log, *options, "--export", tmp_path / "out").status == 0
    found = plain_counts.rows(tmp_path / "out" / "hits.csv")
    assert [(row["unit"], row["flags"]) for row in found] == [
        ("B", ""),
        ("B", "ambiguous_time"),
        ("B", ""),
    ]
    assert found[0]["time"] == "2024-10-26T23:59:59Z"
    assert found[2]["time"] == "2024-10-27T23:59:59Z"


def test_names_that_change_and_accounts_that_are_used_again(tmp_path: Path) -> None:
    rows = [
        hit("2024-01-05 09:00", "a.smith@force.example"),
        hit("2024-02-05 09:00", "a.jones@force.example"),
        hit("2024-01-05 09:00", "pool"),
        hit("2024-02-05 09:00", "pool"),
        hit("2024-01-25 09:00", "pool"),
    ]
    people = [
        account("a.smith@force.example", "1", "Fraud", **span(None, "2024-02-01")),
        account("a.jones@force.example", "1", "Economic Crime", **span("2024-02-01")),
        account("pool", "2", "Fraud", **span(None, "2024-01-20")),
        account("pool", "3", "Economic Crime", **span("2024-02-01")),
    ]
    matcher = PeopleMatcher(registers(people))
    folder = write(summarise(result(rows), people=matcher), tmp_path / "out")
    persons = {row["person"]: row for row in plain_counts.rows(folder / "persons.csv")}
    assert persons.keys() == {"1", "2", "3"}
    assert (persons["1"]["accounts"], persons["1"]["hits"]) == ("2", "2")
    assert persons["1"]["units"] == "Economic Crime; Fraud"
    units = {row["unit"]: row["people"] for row in plain_counts.rows(folder / "units.csv")}
    assert units == {"Fraud": "2", "Economic Crime": "2", "": "0"}
    matches = {row["match"]: row["hits"] for row in plain_counts.rows(folder / "match.csv")}
    assert matches["outside_dates"] == "1"
