"""docs/people.md: its commands run, its tables are complete, its answers are the program's."""

import csv
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from logan.people.cell_table import fold_name
from logan.people.columns import COLUMNS, known_names
from logan.people.registers import EVENT_KINDS, KINDS, ROLES, Role
from logan.vocabulary import MATCHES, STANDINGS
from tests.conftest import Run
from tests.people.registers import read_people
from tests.test_docs import commands

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "people.md"
TEXT = GUIDE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the logs and the lists, as the guide says."""
    made = tmp_path_factory.mktemp("guide")
    shutil.copytree(ROOT / "sample_logs", made / "sample_logs")
    for path in (ROOT / "sample_people").glob("*.csv"):
        shutil.copy(path, made)
    return made


def test_every_command_runs_and_the_answers_are_those_of_the_page(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "200")
    listed = commands(GUIDE)
    assert len(listed) == 7
    pages = {}
    for command in listed:
        ran = run(*shlex.split(command)[1:])
        wanted = 1 if " check " in command else 0  # the sample lists have something to fix
        assert ran.status == wanted, f"{command}: {ran.err}"
        pages[command] = ran.out
    page = re.sub(r"\s+", " ", pages[listed[0]])
    for answer in (
        "2,448 of 2,542 hits are of 35 listed persons; 4 point to one by an address alone",
        "90 belong to no listed person",
        "on register 756",
        "granted afterwards 64",
        "none on register 788",
        "734 hits inside the units that the register names",
        "1,727 from other units",
    ):
        assert answer in page
        assert answer in TEXT
    for answer in _answers(folder / "march"):
        assert answer in TEXT
    for name in ("hits.csv", "persons.csv", "units.csv", "after_event.csv"):
        assert (folder / "named" / name).read_bytes() == (folder / "march" / name).read_bytes()


def _answers(package: Path) -> Iterator[str]:
    """What the guide says of the sample force, out of the tables of a package."""
    tables = {}
    for name in ("persons", "match", "authorisations_used", "after_event", "services", "limits"):
        with (package / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            tables[name] = list(csv.DictReader(file))
    first = min(row["first_seen"] for row in tables["persons"])[:10]
    last = max(row["last_seen"] for row in tables["persons"])[:10]
    yield f"from {first} to {last}"
    searches = sum(int(row["searches"]) for row in tables["services"])
    (hosts,) = (row for row in tables["limits"] if row["limit"] == "connect")
    yield f"| {searches}, and {hosts['count']} hits show a host only |"
    unused = [row["reference"] for row in tables["authorisations_used"] if row["hits"] == "0"]
    yield f"{', '.join(unused[:-1])} and {unused[-1]}"
    (left,) = (row for row in tables["match"] if row["match"] == "outside_dates")
    yield f"{left['hits']} hits of {left['users']} accounts"
    (block,) = (row for row in tables["after_event"] if row["event"] == "blocked")
    yield f"{block['after_hits']} attempts by {block['after_people']} persons or accounts"
    yield f"{block['after_allowed']} let through"
    yield f"{block['other_services_before']} hits of theirs on other services before"
    yield f"{block['other_services_after']} after"


def test_a_program_that_knows_nothing_of_logan_counts_the_same(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert "import logan" not in program
    lists = ("--people", folder / "people.csv", "--addresses", folder / "addresses.csv")
    words = ("scan", folder / "sample_logs", "-q", "--tz", "Europe/London", *lists)
    assert run(*words, "--export", tmp_path / "out").status == 0
    made = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "out", folder / "people.csv", "Europe/London"],
        capture_output=True,
        text=True,
        check=True,
    )
    counted = {(kind, name): int(hits) for kind, name, hits in csv.reader(made.stdout.splitlines())}
    published: Counter[tuple[str, str]] = Counter()
    for kind, table in (("match", "match.csv"), ("unit", "units.csv"), ("person", "persons.csv")):
        with (tmp_path / "out" / table).open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                published[kind, row[kind]] += int(row["hits"])
    # Hits without a user stand in no list of accounts: the program leaves them out.
    without = {("match", "by_address"), ("match", "no_user"), ("unit", ""), ("person", "")}
    assert {one: hits for one, hits in counted.items() if one not in without} == {
        one: hits for one, hits in published.items() if one not in without and hits
    }
    assert len(counted) > 40


@pytest.mark.parametrize("role", ROLES)
def test_every_column_and_every_other_name_of_it_is_explained(role: Role) -> None:
    table = TEXT.split(f"\n`{role}.csv`")[1].split("\n\n`")[0].split("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE))
    assert [*rows] == [column.name for column in COLUMNS[role]]
    for column in COLUMNS[role]:
        assert column.required == rows[column.name].startswith("*required*")
        assert all(f"`{name}`" in rows[column.name] for name in column.aliases)


def test_every_decision_and_every_word_is_explained() -> None:
    for words, title in ((MATCHES, "match | means"), (STANDINGS, "authorisation | means")):
        table = TEXT.split(f"| {title}")[1].split("\n\n")[0]
        assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == [*words]
    assert all(f"`{word}`" in TEXT for word in (*KINDS, *EVENT_KINDS))


def test_what_the_line_of_powershell_writes_is_read(tmp_path: Path) -> None:
    (line,) = re.findall(r"Select-Object ([^|]*) \|", TEXT)
    names = [re.sub(r"@\{n='(\w+)'.*", r"\1", name) for name in line.split(",")]
    assert {fold_name(name) for name in names} <= known_names("people")
    cells = {
        **dict.fromkeys(names, ""),
        "msDS-PrincipalName": "METRO\\jdoe",
        "SamAccountName": "jdoe",
        "UserPrincipalName": "j.doe@metro.test",
        "EmployeeID": "004711",
        "accountExpires": "9223372036854775807",
        "as_of": "2024-03-31",
    }
    data = "\n".join(",".join(f'"{cell}"' for cell in row) for row in (names, cells.values()))
    found = read_people(tmp_path, data.encode("utf-8-sig"))
    assert found.people["account"].to_list() == ["metro\\jdoe", "jdoe", "j.doe@metro.test"]
    assert set(found.people["person"]) == {"004711"}
    assert found.limits == (
        "people.csv is a snapshot: its units and persons are those as of 2024-03-31.",
    )


@pytest.mark.parametrize(
    "text", re.findall(r"`([^`]*(?:3/2024|3\.2024|Mar-24|March 31|0331)[^`]*)`", TEXT)
)
def test_the_dates_that_it_names_are_read(tmp_path: Path, text: str) -> None:
    found = read_people(tmp_path, f'account,from,until\na,,"{text}"\nb,13/01/2024,\n')
    assert str(found.people["until"][0]).startswith("2024-03-31 23:00")
