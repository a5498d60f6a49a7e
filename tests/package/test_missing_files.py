"""A package that a file is missing of: each command names the file, and none blames itself."""

import csv
import shutil
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.faults.logs import squid, write_log


@pytest.fixture
def package(tmp_path: Path, run: Run) -> Path:
    write_log(tmp_path / "logs" / "a.log", [squid(60 * step, f"u{step % 3}") for step in range(9)])
    assert run("scan", tmp_path / "logs", "-q", "--export", tmp_path / "out").status == 0
    return tmp_path / "out"


def first_hit(package: Path) -> str:
    with (package / "hits.csv").open(encoding="utf-8", newline="") as file:
        return next(csv.DictReader(file))["hit"]


@pytest.mark.parametrize(
    ("name", "commands"),
    [
        ("hits.csv", ("show", "compare", "page", "workbook")),
        ("mentions.csv", ("workbook",)),
        ("sources.csv", ("show", "compare", "replay", "page", "workbook")),
        ("windows.csv", ("compare", "page", "workbook")),
        ("coverage.csv", ("page", "workbook")),
        ("limits.csv", ("page", "workbook")),
    ],
)
def test_a_table_that_is_missing_is_named(
    run: Run, package: Path, tmp_path: Path, name: str, commands: tuple[str, ...]
) -> None:
    whole, logs = shutil.copytree(package, tmp_path / "whole"), tmp_path / "logs"
    arguments = {
        "show": ("show", package, first_hit(package), "--logs", logs),
        "compare": ("compare", whole, package),
        "replay": ("replay", package, "--logs", logs),
        "page": ("report", package, "-o", tmp_path / "report.html"),
        "workbook": ("report", package, "-o", tmp_path / "report.xlsx"),
    }
    (package / name).unlink()
    for command in commands:
        ran = run(*arguments[command])
        expected = f"logan: {package / name}: is missing; ask for the whole package\n"
        assert (command, ran.status, ran.err) == (command, 3, expected)
    assert not list(tmp_path.glob("report.*"))


@pytest.mark.parametrize("name", ["hits.csv", "summary.json"])
def test_a_replay_says_what_the_package_lacks(
    run: Run, package: Path, tmp_path: Path, name: str
) -> None:
    (package / name).unlink()
    ran = run("replay", package, "--logs", tmp_path / "logs")
    assert (ran.status, f"{name}: is missing in the package" in ran.out) == (1, True)


def test_a_missing_table_is_one_fault(run: Run, package: Path) -> None:
    (package / "hits.csv").unlink()
    assert run("verify", package).out.startswith(f"NOT SOUND: {package}: 1 thing wrong\n")
