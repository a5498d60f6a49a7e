"""Conditions bind as the standard says, and those that count events are refused."""

import itertools

import pytest

from logan.rules.sigma.condition import ConditionFaultError, read_condition
from logan.rules.sigma.rule import All, AnyOf, Has, Node, Not

NAMES = ("a", "b", "c", "filter_x", "filter_y", "_hidden")
SELECTIONS: dict[str, Node] = {name: Has("host", (), every=False) for name in NAMES}


def holds(node: Node, truth: dict[int, bool]) -> bool:
    if isinstance(node, Not):
        return not holds(node.part, truth)
    if isinstance(node, All):
        return all(holds(part, truth) for part in node.parts)
    if isinstance(node, AnyOf):
        return any(holds(part, truth) for part in node.parts)
    return truth[id(node)]


@pytest.mark.parametrize(
    ("condition", "meaning"),
    [
        ("a", "a"),
        ("a and b", "a and b"),
        ("a or b and c", "a or (b and c)"),
        ("not a and b", "(not a) and b"),
        ("not (a or b)", "not (a or b)"),
        ("(a or b) and c", "(a or b) and c"),
        ("a AND NOT b", "a and not b"),
        ("not not a", "a"),
        ("1 of filter_*", "filter_x or filter_y"),
        ("any of filter_*", "filter_x or filter_y"),
        ("all of filter_*", "filter_x and filter_y"),
        ("a and not 1 of filter_*", "a and not (filter_x or filter_y)"),
        ("1 of them", "a or b or c or filter_x or filter_y"),
        ("all of them", "a and b and c and filter_x and filter_y"),
        ("((a))or(b)", "a or b"),
    ],
)
def test_a_condition_means(condition: str, meaning: str) -> None:
    selections = {name: Has("host", (), every=False) for name in NAMES}
    node = read_condition(condition, dict(selections))
    for values in itertools.product((False, True), repeat=len(NAMES)):
        truth = dict(zip(NAMES, values, strict=True))
        by_node = {id(selections[name]): value for name, value in truth.items()}
        assert holds(node, by_node) is eval(meaning, {}, truth)  # noqa: S307


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("a | count() by src_ip > 5", r"counts events \(`count`\)"),
        ("a | near b", r"counts events \(`near`\)"),
        ("2 of filter_*", "`2 of` cannot be honoured"),
        ("1 of nothing_*", "no selection is named `nothing_"),
        ("d", "names `d`, which is no selection"),
        ("a and", "ends where a name should stand"),
        ("a b", "has `b` where it should end"),
        ("(a", "lacks a"),
        ("", "ends where a name should stand"),
        ("1 of", "ends where"),
        ("not " * 1000 + "a", "nests deeper"),
        ("(" * 1000 + "a", "nests deeper"),
    ],
)
def test_what_cannot_be_honoured_is_named(condition: str, words: str) -> None:
    with pytest.raises(ConditionFaultError, match=words):
        read_condition(condition, SELECTIONS)


def test_a_misspelt_name_is_corrected() -> None:
    with pytest.raises(ConditionFaultError) as raised:
        read_condition("filter_xx", SELECTIONS)
    assert raised.value.advice == "Did you mean `filter_x`?"
