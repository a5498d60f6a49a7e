"""Lists of people in a package: the same with the logs and without them, and counted again."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logan.package.people import apply_people
from logan.package.people_sums import check_people
from logan.package.reading import open_package
from logan.package.verify import verify
from logan.people.decisions import PeopleMatcher
from logan.people.registers import PeopleRegisters
from logan.result import ScanResult
from logan.schema import PEOPLE_TABLES
from logan.tables.summary import summarise
from tests.builders import hit, result
from tests.outputs.stories import HOSTILE, STORIES
from tests.package.builders import contents, with_rejects, write
from tests.people.builders import Row, account, at, grant, registers, span

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
