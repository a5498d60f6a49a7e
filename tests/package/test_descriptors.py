"""The descriptors, checked by tools that others wrote: frictionless, csvw, pandas, DuckDB, SQLite."""

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from logan.people.decisions import PeopleMatcher
from logan.schema import TABLES
from logan.tables.summary import summarise
from logan.tables.table_fields import FLAGS, field_of
from tests.builders import hit, result
from tests.conftest import Run
from tests.package.builders import write
from tests.people.builders import account, at, grant, registers, span

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from logan.cli.main import cli

    folder = tmp_path_factory.mktemp("made") / "out"
    arguments = ["scan", str(ROOT / "sample_logs"), "-q", "--export", str(folder)]
    with pytest.raises(SystemExit) as stopped:
        cli.main([*arguments, "--tz", "Europe/London"], standalone_mode=False)
    assert stopped.value.code == 0
    return folder


@pytest.fixture
def package(tmp_path: Path, made: Path) -> Path:
    return shutil.copytree(made, tmp_path / "out")


def tool(name: str, how: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}: {how}")
    return found


def status(*arguments: object, cwd: Path | None = None) -> int:
    command = [str(argument) for argument in arguments]
    ran = subprocess.run(command, capture_output=True, check=False, timeout=300, cwd=cwd)
    return ran.returncode


def test_every_column_of_every_table_is_described(made: Path) -> None:
    document = json.loads((made / "datapackage.json").read_text())
    described = {
        resource["path"]: [field["name"] for field in resource["schema"]["fields"]]
        for resource in document["resources"]
    }
    assert described == {name: list(columns) for name, columns in TABLES.items()}
    csvw = json.loads((made / "csvw-metadata.json").read_text())
    assert [table["url"] for table in csvw["tables"]] == list(TABLES)
    for name, columns in TABLES.items():
        head = (made / name).read_text(encoding="utf-8").split("\n")[0]
        assert head == ",".join(columns)
        assert all(field_of(name, column).meaning.endswith(".") for column in columns)


def test_every_flag_is_explained(made: Path) -> None:
    guide = (ROOT / "docs" / "summary.md").read_text(encoding="utf-8")
    assert not {flag for flag in FLAGS if f"`{flag}`" not in guide}
    rows = (made / "hits.csv").read_text().splitlines()[1:]
    assert {flag for row in rows for flag in row.split(",")[-2].split()} <= FLAGS.keys()


FRICTIONLESS = "pip install frictionless, in an environment of its own"


def test_frictionless_finds_it_valid(made: Path) -> None:
    assert status(tool("frictionless", FRICTIONLESS), "validate", made / "datapackage.json") == 0


def change(text: str) -> str:
    return text.replace(",allowed,", ",blocked,", 1)


def drop_row(text: str) -> str:
    return text[: text.rindex("\r\n", 0, -2) + 2]


def add_column(text: str) -> str:
    return text.replace(",time_local\r\n", ",time_local,more\r\n", 1)


@pytest.mark.parametrize("alter", [change, drop_row, add_column])
def test_frictionless_finds_what_was_altered(package: Path, alter: object) -> None:
    command = tool("frictionless", FRICTIONLESS)
    data = (package / "hits.csv").read_bytes().decode()
    (package / "hits.csv").write_bytes(alter(data).encode())  # type: ignore[operator]
    assert status(command, "validate", package / "datapackage.json") == 1


def test_csvw_finds_it_valid_and_what_was_altered_not(package: Path) -> None:
    command = tool("csvwvalidate", "pip install csvw, in an environment of its own")
    assert status(command, package / "csvw-metadata.json") == 0
    data = (package / "hits.csv").read_bytes()
    (package / "hits.csv").write_bytes(data.replace(b",443,", b",many,", 1))
    (package / "sources.csv").write_bytes(
        re.sub(rb",(\d+),(\d+),", rb",x\1,\2,", (package / "sources.csv").read_bytes(), count=1)
    )
    assert status(command, package / "csvw-metadata.json") != 0


@pytest.fixture
def with_people(tmp_path: Path) -> Path:
    """A package with lists of people, and with all that these may hold."""
    rows = [
        hit("2024-01-02 09:00", "FORCE\\ann", activity="search"),
        hit("2024-01-03 09:00", "=1+1", source="proxy-a/access.log"),
        hit("2024-01-04 09:00", None),
    ]
    people = [
        account("force\\ann", "P1", '=HYPERLINK("x");\n"y"', role="Sgt, acting"),
        account("=1+1", "P2"),
        account("=1+1", "-P3", kind="shared"),
        account("dee", "P4", as_of=date(2024, 1, 2)),
    ]
    lists = registers(
        people,
        addresses=[
            {"address": rows[2]["client_ip"], "account": one} | span() for one in ("dee", "x")
        ],
        authorisations=[grant("unit:A;B", "0012", purpose="a\nb", granted_on=at("2024-01-01"))],
        events=[{"event": "blocked", "note": "@x"} | span("2024-01-03")],
    )
    summary = summarise(result(rows), people=PeopleMatcher(lists))
    return write(summary, tmp_path / "people")


def test_others_tools_find_a_package_with_people_valid_and_what_was_altered_not(
    with_people: Path,
) -> None:
    checks = {
        "datapackage.json": [tool("frictionless", FRICTIONLESS), "validate"],
        "csvw-metadata.json": [tool("csvwvalidate", "pip install csvw")],
    }
    for file, command in checks.items():
        assert status(*command, with_people / file) == 0, file
    table = with_people / "people_used.csv"
    table.write_bytes(table.read_bytes().replace(b",2\r\n", b",two\r\n"))
    for file, command in checks.items():
        assert status(*command, with_people / file) != 0, file


def test_sha256sum_checks_it(package: Path) -> None:
    command = tool("sha256sum", "apt-get install coreutils")
    assert status(command, "-c", "--strict", "SHA256SUMS", cwd=package) == 0
    (package / "README.txt").write_text("other")
    assert status(command, "-c", "SHA256SUMS", cwd=package) == 1


def test_sqlite_counts_what_the_summary_says(made: Path, tmp_path: Path) -> None:
    command = tool("sqlite3", "apt-get install sqlite3")
    script = [".mode csv", f".import {made}/hits.csv hits"]
    script.append("select service, count(*) from hits group by 1 order by 2 desc;")
    ran = subprocess.run(
        [command, tmp_path / "a.db"],
        input="\n".join(script),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines()[0].strip() == "pimeyes,2337"


@pytest.mark.parametrize(
    ("module", "query"),
    [
        (
            "duckdb",
            "import duckdb; print(duckdb.sql(\"select count(*) from 'hits.csv'\").fetchall()[0][0])",
        ),
        ("pandas", "import pandas; print(len(pandas.read_csv('hits.csv', parse_dates=['time'])))"),
    ],
)
def test_analysts_tools_read_it(made: Path, module: str, query: str) -> None:
    python = next(iter(_pythons_with(module)), None)
    if python is None:
        pytest.skip(f"needs {module}: pip install {module}, in the environment of frictionless")
    ran = subprocess.run(
        [python, "-c", query], capture_output=True, text=True, check=True, cwd=made
    )
    assert ran.stdout.strip() == "2542"


def _pythons_with(module: str) -> Sequence[str]:
    """The Python beside the tools, if it has a module."""
    command = shutil.which("frictionless")
    python = str(Path(command).resolve().parent / "python") if command else "python3"
    return [python] if status(python, "-c", f"import {module}") == 0 else []


def test_a_package_without_a_row_is_described_as_well(run: Run, tmp_path: Path) -> None:
    from tests.outputs.stories import STORIES

    folder = write(STORIES["nothing"](), tmp_path / "out")
    document = json.loads((folder / "datapackage.json").read_text())
    assert {one["path"] for one in document["resources"]} == set(TABLES)
    assert run("verify", folder).status == 0
