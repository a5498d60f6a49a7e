"""The order of packages that docs/architecture.md draws: imports point downwards only."""

import ast
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1] / "logan"
#: From the top to the bottom; packages on one floor do not import each other.
FLOORS: Final = (
    {"__main__"},
    {"cli"},
    {"audit", "cluster"},
    {"package"},
    {"outputs"},
    {"tables"},
    {"pipeline"},
    {"evidence"},
    {"rules", "formats", "people"},
    {"records", "intake"},
    {"config", "runtime"},
    {"result"},
    {"schema"},
    {"vocabulary", "errors", "__init__"},
)
FLOOR_OF: Final = {name: floor for floor, names in enumerate(FLOORS) for name in names}


def imported(path: Path) -> set[str]:
    """The parts of logan that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[1] for name in node.names if "logan." in name.name}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "logan":
            below = (node.module or "").split(".")[1:2]
            found |= set(below) or {name.name for name in node.names}
    return {part if part in FLOOR_OF else "__init__" for part in found}


def part_of(path: Path) -> str:
    """The part of logan that a module belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def upward(path: Path, parts: set[str]) -> set[str]:
    """Those of the parts that a module at `path` may not import."""
    own = part_of(path)
    return {part for part in parts if part != own and FLOOR_OF[part] <= FLOOR_OF[own]}


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.stem)
def test_imports_point_downwards(path: Path) -> None:
    assert not upward(path, imported(path))


def test_an_import_that_is_turned_up_is_noticed() -> None:
    for above, below in pairwise(FLOORS):
        for part in below:
            assert upward(ROOT / part / "module.py", above) == above


def modules_imported(path: Path) -> Iterator[str]:
    """The modules of logan that a module imports, wherever in it; not those for types alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node not in for_types:
            parts = (f"{node.module}.{name.name}" for name in node.names)
            yield from (part if part in MODULES else node.module for part in parts)


#: Every module by its name, as it is imported.
MODULES: Final = {
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts): path
    for path in ROOT.rglob("*.py")
}


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name: {*modules_imported(path)} - {name} for name, path in MODULES.items()}
    assert sum(map(len, graph.values())) > 1000
    TopologicalSorter(graph).prepare()  # raises CycleError, which names them


def test_no_class_name_is_public_twice() -> None:
    names = [
        node.name
        for path in ROOT.rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert len(names) > 100
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_the_top_level_holds_what_anyone_may_import() -> None:
    modules = {path.stem for path in ROOT.glob("*.py")}
    assert modules == {"__init__", "__main__", "errors", "result", "schema", "vocabulary"}
    folders = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    assert folders <= set(FLOOR_OF)
