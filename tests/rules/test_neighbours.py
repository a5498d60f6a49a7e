"""What patterns begin with and which characters meet in them, against all their matches."""

import re
from itertools import pairwise, product

import pytest

from logan.rules.neighbours import members, neighbours
from logan.rules.packs import load_rules
from logan.rules.triggers import watch

SIGNS = "abc.-"


def matches(pattern: str, longest: int = 5) -> list[str]:
    """Every match of up to so many signs: the slow twin."""
    words = (
        "".join(word) for size in range(1, longest + 1) for word in product(SIGNS, repeat=size)
    )
    return [word for word in words if re.fullmatch(pattern, word)]


@pytest.mark.parametrize(
    "pattern",
    [
        "abc",
        "a(?:b|c-)?a",
        "(?:ab)+c",
        "a*b",
        "[ab]c{2,3}",
        "(?:|a)b(?:c|)",
        r"a\.b|c",
        "a.c",
        "[^a]b",
        "(?:a|b*)(?:c|-)*",
        "^ab$",
        "a(?:-{1,2}|\\.)b",
    ],
)
def test_first_and_neighbours_are_those_of_the_matches(pattern: str) -> None:
    found = neighbours([pattern])
    assert found is not None
    words = matches(pattern)
    assert {word[0] for word in words} <= set(map(chr, members(found.first)))
    for one, next_one in {pair for word in words for pair in pairwise(word)}:
        assert found.before[ord(next_one)] >> ord(one) & 1


def test_what_never_meets_is_told_apart() -> None:
    found = neighbours(["PimEyes", "lenso"])
    assert found is not None
    assert set(map(chr, members(found.first))) == {"p", "l"}
    assert set(map(chr, members(found.before[ord("e")]))) == {"m", "y", "l"}
    assert members(found.before[ord("p")]) == []


def test_signs_that_are_not_known_are_no_ground_to_leave_anything_out() -> None:
    assert neighbours(["abc", "a(?=b)b"]) is None
    assert neighbours(["("]) is None


def test_the_patterns_of_the_rules_are_all_known() -> None:
    found = neighbours(watch(load_rules()).names)
    assert found is not None
    assert len(members(found.first)) < 15
