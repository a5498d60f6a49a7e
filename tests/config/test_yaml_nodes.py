"""YAML as nodes with lines, and what a rule file may not do."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.config.yaml_nodes import (
    MAX_BYTES,
    MAX_DEPTH,
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    parse_yaml,
    read_yaml,
)
from logan.errors import Problem


def parse(text: str | bytes) -> tuple[Node | None, list[Problem]]:
    problems: list[Problem] = []
    content = text if isinstance(text, bytes) else text.encode()
    return parse_yaml(content, path="a.yaml", problems=problems), problems


def test_every_node_knows_its_line() -> None:
    node, problems = parse("a: 1\nb:\n  - x\n  - {c: d}\n")
    assert problems == []
    assert isinstance(node, MapNode)
    (_, one), (key, several) = node.items
    assert (one.line, key.line, several.line) == (1, 2, 3)
    assert isinstance(several, ListNode)
    assert [item.line for item in several.items] == [3, 4]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("~", None),
        ("", None),
        ("7", 7),
        ("-7", -7),
        ("0x10", "0x10"),
        ("1.5", 1.5),
        ("2026-11-22", "2026-11-22"),
        ("'7'", "7"),
        ('"true"', "true"),
        ("12:30:00", "12:30:00"),
    ],
)
def test_words_are_typed_as_editors_type_them(written: str, value: object) -> None:
    """By the core schema of YAML 1.2: Norway stays a country and a time no number of seconds."""
    node, _ = parse(f"a: {written}\n")
    assert isinstance(node, MapNode)
    scalar = node.items[0][1]
    assert isinstance(scalar, ScalarNode)
    assert scalar.value == value
    assert type(scalar.value) is type(value)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: &x 1\nb: *x\n", 1, "anchor or alias"),
        ("a: 1\nb: *x\n", 2, "anchor or alias"),
        ("a: !!python/object:os.system x\n", 1, "YAML tag"),
        ("a: !x 1\n", 1, "YAML tag"),
        ("a: 1\nb: 2\na: 3\n", 3, "given twice (first on line 1)"),
        ("a: " + "9" * 5000, 1, "number too large"),
        ("? [a]\n: b\n", 1, "no plain word"),
        ("a: 1\n---\nb: 2\n", 3, "second document"),
        ("a: [1\nb: 2\n", 2, "not YAML"),
        ("a:\n\t- b\n", 2, "not YAML"),
        ("a: \x00\n", 1, "character that YAML does not allow"),
        (b"a: 1\nb: \xff\n", 2, "not UTF-8"),
        ("[" * (MAX_DEPTH + 1), 1, "nests deeper"),
        ("", None, "is empty"),
        ("# nothing\n", None, "is empty"),
        ("a" * (MAX_BYTES + 1), None, "larger than"),
    ],
)
def test_what_is_refused_and_where(text: str | bytes, line: int | None, message: str) -> None:
    _, problems = parse(text)
    assert len(problems) == 1
    assert problems[0].line == line
    assert message in problems[0].message


def test_depth_just_allowed() -> None:
    node, problems = parse("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert problems == []
    assert isinstance(node, ListNode)


@pytest.mark.parametrize(
    "bomb",
    [
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n"
            for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "? " * 50_000,
    ],
    ids=["aliases", "lists", "maps", "items", "keys"],
)
def test_bombs_are_refused_before_they_grow(bomb: str) -> None:
    started = time.monotonic()
    node, problems = parse(bomb)
    assert node is None
    assert len(problems) == 1
    assert time.monotonic() - started < 30, "linear in the size of the file, not in what it means"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    problems: list[Problem] = []
    assert read_yaml(tmp_path / "none.yaml", problems) is None
    assert "cannot be read" in problems[0].message


@given(st.binary(max_size=200))
def test_any_bytes_are_a_tree_or_a_problem(content: bytes) -> None:
    node, problems = parse(content)
    assert (node is None) <= bool(problems)
