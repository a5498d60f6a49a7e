"""Patterns that need no engine to be judged: never one that the engine refuses or reads otherwise."""

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.config.plain_patterns import is_plain, plain_match
from logan.rules.packs import bundled_packs

PIECES = (
    *("a", "B", "/", "-", ".", "7", "_", ":", r"\.", r"\d", "[a-z]", "[^/]", "[a-z0-9-]", "[0-9.]"),
    *(
        "?",
        "+",
        "*",
        "{2}",
        "{1,3}",
        "{3,1}",
        "(?:",
        "(?:",
        ")",
        ")",
        "|",
        "^",
        "$",
        "[z-a]",
        "(",
        "\\",
    ),
)


def engine_takes(pattern: str) -> bool:
    try:
        pl.select(pl.lit("").str.contains(f"^(?:{pattern})$"))
    except pl.exceptions.ComputeError:
        return False
    return True


def engine_matches(pattern: str, text: str) -> bool:
    return bool(pl.select(pl.lit(text).str.contains(f"^(?:{pattern})$")).item())


@given(st.sampled_from(("", "(?i)")), st.lists(st.sampled_from(PIECES), max_size=12))
def test_what_is_plain_is_sound(prefix: str, pieces: list[str]) -> None:
    pattern = prefix + "".join(pieces)
    if is_plain(pattern):
        assert engine_takes(pattern)


@given(
    st.sampled_from(("", "(?i)")),
    st.lists(st.sampled_from(PIECES[:-2]), max_size=8),
    st.text(alphabet="aAbB/-.7_:xyz \u00e9\n", max_size=6),
)
def test_a_plain_match_is_the_engine_s(prefix: str, pieces: list[str], text: str) -> None:
    pattern = prefix + "".join(pieces)
    known = plain_match(pattern, text)
    assert known is None or known == engine_matches(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text", "taken"),
    [
        ("/search", "/search", True),
        ("/search", "/search/x", False),
        (r"/up\.php", "/upxphp", False),
        ("/(?:[a-z]{2}/)?buy", "/en/buy", True),
        ("(?i)/Face", "/fACE", True),
        ("a|b", "ab", False),
        ("/.+/api/.+", "/x/api/y", True),
        ("a", "a\n", None),
        ("(?:a+)+b", "aaa", None),
        ("a?" * 9, "aaa", None),
        ("a*a*a*", "aaa", None),
        ("(?P<x>a)", "a", None),
        (r"\w", "a", None),
        ("a", "\u00e9", None),
        ("a" * 201, "a", None),
    ],
)
def test_what_is_known_without_the_engine(pattern: str, text: str, taken: bool | None) -> None:
    assert plain_match(pattern, text) is taken


@pytest.mark.parametrize(
    "pattern", ["a{9,1}", "a**", "(a", "a)", ")(?:", "*", "(?:*)", "a{1000}", "[]"]
)
def test_what_is_not_plain(pattern: str) -> None:
    assert not is_plain(pattern)


@pytest.mark.parametrize("name", bundled_packs())
def test_bundled_packs_keep_to_plain_patterns(name: str) -> None:
    """So a scan with them can begin to search before Polars is imported."""
    written = re.findall(
        r"""\b(?:host_re|path|pages): (?:'([^']*)'|([^'"\s,}][^\s,}]*))""",
        bundled_packs()[name].read_text(),
    )
    assert all(is_plain(quoted or bare) for quoted, bare in written)
