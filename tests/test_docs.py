"""What the documents say is true: the table of formats, the commands, the options, the links."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from logan.cli.main import cli
from logan.formats.detect.other_logs import OTHER_LOGS
from tests.conftest import Run

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "rules/README.md")),
    ROOT / "sample_logs/README.md",
    ROOT / "sample_people/README.md",
    ROOT / "contrib/README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
TABLE = re.compile(r"<!-- formats: begin[^>]*-->\n(.*)<!-- formats: end -->", re.DOTALL)
MEASURED = re.compile(r"<!-- (results|limits): begin[^>]*-->\n(.*?)<!-- \1: end -->", re.DOTALL)


def test_the_table_of_formats_is_the_one_that_the_definitions_make(run: Run) -> None:
    found = TABLE.search((ROOT / "docs" / "formats.md").read_text())
    assert found is not None
    made = run("formats", "--markdown").out
    assert found.group(1).strip() == made.strip(), (
        "docs/formats.md: put the output of `logan formats --markdown` between the two comments"
    )


def test_the_readme_shows_what_a_scan_of_the_samples_prints(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "README.md").read_text()
    found = re.search(r"\$ logan scan sample_logs\n(.*?)\n  \.\.\.\n", text, re.DOTALL)
    assert found is not None
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    assert run("scan", "sample_logs").out.startswith(found.group(1) + "\n")


def test_the_tables_of_speed_are_made_from_the_stored_results() -> None:
    found = MEASURED.findall((ROOT / "docs/performance.md").read_text())
    assert [name for name, _ in found] == ["results", "limits"]
    folder = ROOT / "benchmarks"
    made = subprocess.run(
        [sys.executable, folder / "table.py"], capture_output=True, text=True, check=True
    )
    assert "\n".join(table for _, table in found) == made.stdout, (
        "docs/performance.md: run `benchmarks/table.py --write`"
    )


@pytest.mark.parametrize("part", ["pipeline", "audit", "people"])
def test_the_tables_of_modules_name_all_there_are(part: str) -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    table = text.split(f"Within the {part}:\n\n")[1].split("\n\n")[0]
    named = re.findall(r"`(\w+\.py)`", table)
    there = {path.name for path in (ROOT / "logan" / part).glob("*.py")}
    assert sorted(named) == sorted(there - {"__init__.py"})


def test_what_code_and_documents_name_by_its_module_is_there() -> None:
    texts = [*(ROOT / "logan").rglob("*.py"), *DOCUMENTS]
    found = {
        (path.name, name)
        for path in texts
        for name in re.findall(r"`(logan(?:\.\w+)+)`", path.read_text(encoding="utf-8"))
    }
    assert len(found) > 100
    assert [one for one in sorted(found) if not is_there(one[1])] == []


def is_there(name: str) -> bool:
    """True for a module, and for what a module defines (or a class in it)."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        stem = ROOT.joinpath(*parts[:count])
        for file in (stem.with_suffix(".py"), stem / "__init__.py"):
            if file.exists():
                source = file.read_text(encoding="utf-8")
                return all(re.search(rf"\b{part}\b", source) for part in parts[count:])
    return False


def test_modules_that_the_architecture_names_are_there() -> None:
    named = re.findall(r"`((?:\w+/)+\w+\.py)`", (ROOT / "docs/architecture.md").read_text())
    assert len(named) > 20
    places = (ROOT, ROOT / "logan", ROOT / "logan/formats")
    assert [one for one in named if not any((place / one).exists() for place in places)] == []


def commands(path: Path) -> list[str]:
    """The `logan` commands in the shell blocks of a document, comments taken off."""
    blocks = re.findall(r"```(?:sh|console)\n(.*?)```", path.read_text(), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    parts = [
        part.strip()
        for line in lines
        for part in re.split(r"\||&&|;", line.removeprefix("$ ").split("  #")[0])
    ]
    return [part for part in parts if part.startswith("logan ")]


EVERY = [(path, command) for path in DOCUMENTS for command in commands(path)]


@pytest.mark.parametrize(
    ("path", "command"), EVERY, ids=[f"{path.name}: {command[:50]}" for path, command in EVERY]
)
def test_a_command_in_a_document_exists_with_its_options(path: Path, command: str) -> None:
    del path
    group: click.Command = cli
    context = click.Context(cli)
    words = shlex.split(command)[1:]
    while isinstance(group, click.Group) and words and not words[0].startswith("-"):
        below = group.get_command(context, words[0])
        if below is None:
            break
        group, words = below, words[1:]
    assert group is not cli or words[:1] == ["--help"], f"no such command: {command}"
    known = {name for option in group.params for name in (*option.opts, "--help", "-h")}
    asked = {word.split("=")[0] for word in words if re.match("--?[a-z]", word)}
    assert asked <= known, f"no such option: {asked - known}"


def test_there_are_commands_to_check() -> None:
    assert len(EVERY) > 5


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_within_the_project_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text()):
        if not re.match("[a-z]+:", target):
            assert (path.parent / target).exists(), target


def test_every_log_without_requests_is_listed() -> None:
    text = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    assert all(f"| {kind.title} | `{kind.name}` |" in text for kind in OTHER_LOGS)
