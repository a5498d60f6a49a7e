"""Globs match all that their pattern matches; a miss in a SIEM would be a wrong "none found"."""

import fnmatch
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.rules.export.globs import anywhere, covers, globs, meet
from logan.rules.load import load_packs
from logan.rules.packs import bundled_packs


def _patterns() -> list[str]:
    rules = load_packs(list(bundled_packs().values()))
    paths = [one.path for one in rules.signatures.values() if one.path]
    hosts = [one.host_re for one in rules.signatures.values() if one.host_re]
    return sorted({*paths, *hosts})


def _matches(text: str, glob: str) -> bool:
    """As SQL and Lucene read a glob: `[` means itself."""
    pattern = fnmatch.translate(glob.replace("[", "\0")).replace("\0", r"\[")
    return re.fullmatch(pattern, text, re.DOTALL) is not None


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("/api/search/new", ("/api/search/new",)),
        (r"jsc\d{1,2}\.pimeyes\.com", ("jsc?.pimeyes.com", "jsc??.pimeyes.com")),
        ("/[a-z]{2}/results/[^/]+", ("/??/results/?*",)),
        ("/v[01]/a?", ("/v0/", "/v0/a", "/v1/", "/v1/a")),
        ("(?:/.*)?", ("", "/*")),
        (".+/x", ("?*/x",)),
        (r"\?\*", ("??",)),
        ("(?:a|bc){9}", ("*",)),
    ],
)
def test_patterns_become_globs(pattern: str, expected: tuple[str, ...]) -> None:
    assert globs(pattern) == expected


@pytest.mark.parametrize("pattern", _patterns())
@settings(max_examples=20)
@given(data=st.data())
def test_a_glob_matches_what_its_pattern_matches(pattern: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(pattern, fullmatch=True))
    assert any(_matches(text.lower(), glob.lower()) for glob in globs(pattern))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("/api/search", "/api/search", True),
        ("/api/search", "/api/upload", False),
        ("/??/results/?*", "/en/results/", False),
        ("/??/results/?*", "/*/x", True),
        ("*.pimeyes.com", "jsc?.pimeyes.com", True),
        ("pimeyes.com", "*.pimeyes.com", False),
        ("", "*", True),
        ("a*", "*b", True),
    ],
)
def test_globs_meet_where_a_text_matches_both(one: str, other: str, *, expected: bool) -> None:
    assert meet(one, other) is expected
    assert meet(other, one) is expected


@given(
    text=st.text("ab/", max_size=6),
    one=st.text("ab/*?", max_size=5),
    other=st.text("ab/*?", max_size=5),
)
def test_no_text_matches_both_of_two_globs_that_do_not_meet(
    text: str, one: str, other: str
) -> None:
    if not meet(one, other):
        assert not (_matches(text, one) and _matches(text, other))
    if covers(one, other) and _matches(text, other):
        assert _matches(text, one)


def test_what_another_glob_finds_is_left_out() -> None:
    assert anywhere(["/opt-out", "/??/opt-out/", "/optout-form*", "/optout"]) == (
        "/opt-out",
        "/optout",
    )
