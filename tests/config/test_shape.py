"""What lists and mappings say of a mistake, and that they go on after it."""

from typing import Any

import pytest

from logan.config.shape import BAD, Entry, Key, ListOf, MapOf, MappingShape, Report, suggest
from logan.config.values import Text, WholeNumber
from logan.config.yaml_nodes import parse_yaml
from logan.errors import Problem

CARD = MappingShape(
    "a card",
    {
        "name": Key(Text(), "who it is", required=True),
        "age": Key(WholeNumber(0, 150), "in years"),
        "home": Key(Text(), "where"),
        "work": Key(Text(), "where"),
    },
    at_most_one=("home", "work"),
)


def read(shape: Any, text: str) -> tuple[Any, list[Problem]]:
    problems: list[Problem] = []
    node = parse_yaml(text.encode(), path="a.yaml", problems=problems)
    assert node is not None
    return shape.read(node, "cards", Report("a.yaml", problems)), problems


def test_an_entry_knows_its_values_and_their_lines() -> None:
    entry, problems = read(CARD, "name: Ann\n\nage: 7\n")
    assert problems == []
    assert isinstance(entry, Entry)
    assert entry.values == {"name": "Ann", "age": 7}
    assert (entry.line_of("age"), entry.line_of("home")) == (3, 1)


def test_a_list_goes_on_after_a_bad_item() -> None:
    found, problems = read(ListOf(WholeNumber(0, 9)), "- 1\n- x\n- 99\n- 2\n")
    assert found == (1, 2)
    assert [problem.line for problem in problems] == [2, 3]


def test_a_mapping_of_free_keys() -> None:
    found, problems = read(MapOf(Text("[a-z]+"), WholeNumber(0, 9)), "a: 1\nB: 2\nc: x\n")
    assert found == {"a": 1}
    assert [problem.line for problem in problems] == [2, 3]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("age: 7\n", ["a card lacks `name`"]),
        ("nam: Ann\n", ["a card has no key `nam`"]),
        ("name: Ann\nhome: x\nwork: y\n", ["a card needs at most one of home, work"]),
        ("- name: Ann\n", ["`cards` has a list where a card should be"]),
        ("zip: 1\n", ["a card has no key `zip`", "a card lacks `name`"]),
    ],
)
def test_one_message_per_mistake(text: str, messages: list[str]) -> None:
    found, problems = read(CARD, text)
    assert found is BAD
    assert [problem.message for problem in problems] == messages


def test_suggestions() -> None:
    assert suggest("metods", ("methods", "path")) == "Did you mean `methods`?"
    assert suggest("zzz", ("methods", "path")) == "Known here: methods, path."
