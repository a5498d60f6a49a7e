"""Patterns compiled beside other work."""

import pytest

from logan.rules.compilation import Patterns, begin_compiling
from logan.rules.model import Rules
from logan.rules.packs import load_rules
from logan.rules.triggers import watch


def test_a_match_says_where_it_ends_and_to_which_group_its_pattern_belongs() -> None:
    found = Patterns(["needle", "hay", "grass"], groups=(1,)).find(b"hay NEEDLE grass")
    assert found == [(3, 1), (10, 0), (16, 1)]


def test_with_a_limit_the_search_ends_early() -> None:
    patterns = Patterns(["needle", "hay"], groups=(1,))
    assert patterns.find(b"hay needle needle hay", limits=(1,)) == [(3, 1), (10, 0)]
    assert patterns.find(b"hay needle needle hay", limits=(0, 2)) == patterns.find(
        b"hay needle needle hay"
    )


def test_what_was_begun_is_what_compiling_gives() -> None:
    rules = load_rules()
    watched, patterns = begin_compiling(rules)()
    assert watched == watch(rules)
    data = b"a pimeyes.com b\n%70imeyes.com\n"
    assert patterns.find(data) == Patterns(watched.patterns, watched.groups).find(data)


def test_what_was_begun_tells_its_mistakes_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_rules: Rules) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("logan.rules.compilation.watch", fail)
    begun = begin_compiling(load_rules())
    with pytest.raises(ZeroDivisionError):
        begun()
