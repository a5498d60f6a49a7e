"""Patterns of names and addresses are read; all others are refused by name."""

import pytest

from logan.rules.stix.pattern import NamedIndicator, PatternFaultError, read_pattern


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[domain-name:value = 'a.example']", [("domain", "a.example")]),
        ("[domain-name:value='a.example']", [("domain", "a.example")]),
        ("[domain-name:value LIKE '%.a.example']", [("domain", "a.example")]),
        ("[hostname:value = 'h.a.example']", [("host", "h.a.example")]),
        ("[url:value = 'https://a.example/x?y=\\'1\\'']", [("url", "https://a.example/x?y='1'")]),
        (
            "[domain-name:value = 'a.example' OR domain-name:value = 'b.example']",
            [("domain", "a.example"), ("domain", "b.example")],
        ),
        (
            "[domain-name:value = 'a.example'] OR [url:value = 'http://b.example/']",
            [("domain", "a.example"), ("url", "http://b.example/")],
        ),
        (
            "[domain-name:value IN ('a.example', 'b.example')]",
            [("domain", "a.example"), ("domain", "b.example")],
        ),
        (
            "[(domain-name:value = 'a.example' OR hostname:value = 'b.example')]",
            [("domain", "a.example"), ("host", "b.example")],
        ),
    ],
)
def test_a_pattern_names(pattern: str, expected: list[tuple[str, str]]) -> None:
    assert [(one.kind, one.value) for one in read_pattern(pattern)] == expected
    assert all(isinstance(one, NamedIndicator) for one in read_pattern(pattern))


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("[ipv4-addr:value = '192.0.2.1']", "asks for `ipv4-addr:value`"),
        ("[file:hashes.MD5 = 'aa']", "asks for `file:hashes.MD5`"),
        ("[domain-name:value = 'a.b' AND url:value = 'http://a.b/']", "`AND`"),
        ("[domain-name:value != 'a.b']", "compares with `!=`"),
        ("[domain-name:value MATCHES '.*']", "compares with `MATCHES`"),
        ("[domain-name:value LIKE '%a%']", "more than a domain"),
        ("[url:value LIKE '%.a']", "compares with `LIKE`"),
        ("[NOT domain-name:value = 'a.b']", "asks for `NOT`"),
        ("[domain-name:value = 'a.b'] FOLLOWEDBY [domain-name:value = 'c.d']", "`FOLLOWEDBY`"),
        ("[domain-name:value = 'a.b'] WITHIN 5 SECONDS", "`WITHIN`"),
        ("[domain-name:value = 'a.b'", "ends too early"),
        ("[domain-name:value = 5]", "which is no text"),
        ("[domain-name:value = 'a.b", "cannot be read at"),
        ("", "no pattern"),
    ],
)
def test_what_cannot_be_honoured_is_named(pattern: str, words: str) -> None:
    with pytest.raises(PatternFaultError, match=words.replace("(", r"\(").replace(".", r"\.")):
        read_pattern(pattern)
