"""The sample lists of people say what their README publishes, and logan finds it."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from logan.package.reading import open_package
from logan.people.decisions import PeopleMatcher
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


def test_every_hit_is_whose_it_was_planted_for(
    run: Run,
    tmp_path: Path,
    registers: PeopleRegisters,
    planted: dict[tuple[str, int], dict[str, str]],
) -> None:
    assert run("scan", LOGS, "-q", "--export", tmp_path / "out").status == 0
    hits = pl.concat(open_package(tmp_path / "out").typed_batches("hits.csv"))
    decided = hits.select("source", "line").hstack(PeopleMatcher(registers).decide(hits))
    found = {
        (row["source"], row["line"]): {name: row[name] or "" for name in SAID}
        for row in decided.to_dicts()
    }
    assert found == {place: {name: row[name] for name in SAID} for place, row in planted.items()}


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
