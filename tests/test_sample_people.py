"""The sample lists of people say what their README publishes, and logan finds it."""

import csv
import io
import json
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from logan.cli.main import cli
from logan.people.reading import ReadingTerms, RegisterPaths, read_registers
from logan.people.registers import PeopleRegisters
from logan.rules.packs import load_rules
from tests.conftest import Run

ROOT = Path(__file__).parents[1]
LOGS, PEOPLE = ROOT / "sample_logs", ROOT / "sample_people"
FILES = RegisterPaths(
    *(PEOPLE / f"{role}.csv" for role in ("people", "addresses", "authorisations", "events"))
)
OPTIONS = ("--addresses", FILES[1], "--authorisations", FILES[2], "--events", FILES[3])
SAID = ("match", "person", "unit", "authorisation", "reference")


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PEOPLE / "README.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def planted() -> dict[tuple[str, int], dict[str, str]]:
    """What the script says of every hit."""
    made = subprocess.run(
        [sys.executable, LOGS / "generate.py", "--people"],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = csv.DictReader(io.StringIO(made.stdout))
    return {(row["file"], int(row["line"])): row for row in rows}


@pytest.fixture(scope="module")
def registers() -> PeopleRegisters:
    terms = ReadingTerms("Europe/London", (), load_rules().services_by_any_name)
    return read_registers(FILES, terms)


def test_what_the_files_say_is_read_whole(registers: PeopleRegisters) -> None:
    people, grants = registers.people, registers.authorisations
    assert grants is not None
    assert registers.limits == ()
    assert people["line"].to_list() == list(range(3, len(people) + 3))
    assert grants["line"].to_list() == [2, 3, 4, 5, 6, 7, 8, 9, 11]
    assert set(grants["service"].drop_nulls()) <= load_rules().services.keys()
    assert people.filter(person="001042").height == 3


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str]]]:
    """The tables of a package of the logs with the lists."""
    folder = tmp_path_factory.mktemp("people") / "out"
    arguments = ["scan", str(LOGS), "-q", "--tz", "Europe/London", "--export", str(folder)]
    lists = ["--people", str(FILES.people), *map(str, OPTIONS)]
    done = CliRunner().invoke(cli, arguments + lists, catch_exceptions=False)
    assert done.exit_code == 0
    found = {}
    for path in folder.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            found[path.name] = list(csv.DictReader(file))
    return found


def totals(rows: list[dict[str, str]], key: str, *columns: str) -> dict[str, dict[str, int]]:
    """Sums of columns by a key, rows without it left out."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        found[row[key]].update({column: int(row[column]) for column in columns})
    return {name: {column: found[name][column] for column in columns} for name in found if name}


def test_every_hit_is_whose_it_was_planted_for(
    tables: dict[str, list[dict[str, str]]], planted: dict[tuple[str, int], dict[str, str]]
) -> None:
    found = {
        (row["source"], int(row["line"])): {name: row[name] for name in SAID}
        for row in tables["hits.csv"]
    }
    assert found == {place: {name: row[name] for name in SAID} for place, row in planted.items()}


def test_the_tables_are_those_that_are_published(
    tables: dict[str, list[dict[str, str]]], truth: dict[str, Any]
) -> None:
    sums = ("hits", "searches", "uploads", "blocked")
    assert totals(tables["match.csv"], "match", "hits", "users") == truth["match"]
    units = totals(tables["units.csv"], "unit", *sums)
    assert units == {unit: {name: of[name] for name in sums} for unit, of in truth["units"].items()}
    persons = totals(tables["persons.csv"], "person", "accounts", *sums)
    assert {person: of for person, of in persons.items() if of["hits"]} == truth["persons"]
    used = totals(tables["authorisations_used.csv"], "reference", "hits", "hits_outside_its_dates")
    assert used == truth["register"]
    assert [*used] == [*truth["register"]]
    (blocked,) = [row for row in tables["after_event.csv"] if row["event"] == "blocked"]
    assert {name: int(blocked[name]) for name in truth["pimeyes_blocked"]} == (
        truth["pimeyes_blocked"]
    )
    ambiguous = {(row["account"], row["person"]) for row in tables["people_ambiguous.csv"]}
    assert ambiguous == {("METRO\\t.abernathy", "006001"), ("METRO\\t.abernathy", "006002")}


def test_the_published_numbers_are_those_of_the_hits(
    truth: dict[str, Any], planted: dict[tuple[str, int], dict[str, str]]
) -> None:
    rows = list(planted.values())
    named = [row for row in rows if row["match"] != "by_address"]
    assert truth["hits"] == len(rows)
    assert {name: of["hits"] for name, of in truth["match"].items()} == {
        name: sum(row["match"] == name for row in rows) for name in truth["match"]
    }
    assert truth["authorisation"] == {
        name: sum(row["authorisation"] == name for row in named) for name in truth["authorisation"]
    }
    for key, field in (("units", "unit"), ("persons", "person")):
        assert {name: of["hits"] for name, of in truth[key].items()} == {
            name: sum(row[field] == name for row in named) for name in truth[key]
        }
    assert all(truth["match"][name]["hits"] for name in truth["match"])
    assert all(truth["authorisation"].values())
    assert not all(of["hits"] for of in truth["register"].values())


def test_checking_finds_what_was_planted_and_nothing_else(run: Run) -> None:
    ran = run("people", "check", FILES.people, *OPTIONS, "--tz", "Europe/London", "--json")
    assert ran.status == 1
    found = {one["check"]: one["lines"] for one in json.loads(ran.out)["findings"]}
    assert found == {
        "two_persons": [18, 19],
        "transfer_days": [4],
        "unknown_unit": [8],
        "unknown_person": [11],
        "granted_late": [4],
    }
