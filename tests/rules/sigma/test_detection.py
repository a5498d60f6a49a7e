"""Selections find what they name; what cannot be honoured is a problem with its line."""

import polars as pl
import pytest

from logan.errors import ConfigurationError
from logan.rules.request import requests_as_records
from tests.rules.sigma.rules import found, found_records, load, rule_text

GET = "GET https://a.example/x/search?id=1&q=two"
POST = "POST https://b.a.example/upload"
TUNNEL = "CONNECT c.example:443"
ALL = [GET, POST, TUNNEL]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("cs-host: a.example", [GET]),
        ("cs-host: A.Example", [GET]),
        ("cs-host|cased: A.Example", []),
        ("cs-host|endswith: .a.example", [POST]),
        ("cs-host: [a.example, '*.a.example']", [GET, POST]),
        ("r-dns|contains: a.ex", [GET, POST]),
        ("c-uri: https://a.example/x/search?id=1&q=two", [GET]),
        ("c-uri|startswith: https://", [GET, POST]),
        ("c-uri: c.example:443", [TUNNEL]),
        ("c-uri: /upload", [POST]),
        ("c-uri: /x/search?id=1&q=two", [GET]),
        ("c-uri: /x/search", []),
        ("c-uri|startswith: /x/", [GET]),
        ("c-uri|re: '^/up'", [POST]),
        ("c-uri|contains: /x/", [GET]),
        ("c-uri|contains|all: [/x/, q=two]", [GET]),
        ("c-uri|contains|all: [/x/, q=three]", []),
        ("c-uri|re: 'search\\?id=[0-9]&'", [GET]),
        ("c-uri|re|i: 'UPLOAD$'", [POST]),
        ("c-uri-stem: /upload", [POST]),
        ("c-uri-query: id=1&q=two", [GET]),
        ("cs-method: [POST, PUT]", [POST]),
        ("{cs-method: POST, cs-host|endswith: .example}", [POST]),
        ("cs-method|neq: GET", [POST, TUNNEL]),
        ("cs-username|exists: true", []),
        ("cs-username|exists: false", ALL),
        ("cs-username: null", ALL),
        ("cs-username: ''", ALL),
        ("c-uri-query|exists: true", [GET]),
        ("[/x/search, c.example]", [GET, TUNNEL]),
        ("'|all': [a.example, search]", [GET]),
        ("[{cs-method: GET}, {cs-method: CONNECT}]", [GET, TUNNEL]),
        ("search", [GET]),
        ("CS-Host: c.example", [TUNNEL]),
    ],
)
def test_a_selection_finds(selection: str, expected: list[str]) -> None:
    joined = f"selection:\n    {selection}\ncondition: selection"
    assert found(load(joined), ALL) == expected


def test_numbers_are_compared() -> None:
    detection = "selection:\n    sc-bytes|{}: 100\n    sc-status: 200\ncondition: selection"
    rules = [load(detection.format(word), category="webserver") for word in ("lt", "lte", "gt")]
    records = requests_as_records([GET, POST, TUNNEL]).with_columns(
        bytes_received=pl.Series([99, 100, None]),
        status=pl.Series([200, 200, 200], dtype=pl.Int32),
    )
    assert [found_records(one, records)["text"].to_list() for one in rules] == [
        [GET],
        [GET, POST],
        [],
    ]


@pytest.mark.parametrize(
    ("selection", "line", "words"),
    [
        ("cs-cookie: x", 6, "no field `cs-cookie` of category proxy"),
        ("cs-hots: x", 6, "no field `cs-hots`"),
        ("cs-bytes|gt: 5", 6, "the field `cs-bytes` is what was sent in W3C logs"),
        ("c-uri|windash: -x", 6, "modifier `windash`"),
        ("c-uri|base64offset|contains: x", 6, "modifier `base64offset`"),
        ("c-uri|fieldref: cs-host", 6, "modifier `fieldref`"),
        ("c-uri|expand: '%x%'", 6, "modifier `expand`"),
        ("c-uri|contans: x", 6, "unknown modifier `contans`"),
        ("c-uri|contains|endswith: x", 6, "exclude each other"),
        ("c-uri|i: x", 6, "no `re`"),
        ("c-uri|re: 'a(?=b)'", 6, "is no pattern"),
        ("src_ip|cidr: 2001:db8::/32", 6, "only IPv4"),
        ("sc-status|gt: many", 6, "`many` is no number"),
        ("cs-host|gt: 5", 6, "compared with a number"),
        ("cs-host|exists: maybe", 6, "needs true or false"),
        ("cs-host: true", 6, "no value that a log has"),
        ("cs-host: []", 6, "empty list"),
        ("cs-host: {a: b}", 6, "a mapping where a value should be"),
        (f"[{'x' * 9000}]", 6, "is longer than 8,000 characters"),
        (f"c-uri: {'x' * 9000}", 6, "is longer than 8,000 characters"),
        ("cs-host: [[a]]", 6, "a list where a value should be"),
        ("[]", 6, "selection `selection` is a list"),
        ("''", 6, "selection `selection` is ``"),
    ],
)
def test_what_cannot_be_honoured_is_named(selection: str, line: int, words: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(f"selection:\n    {selection}\ncondition: selection")
    assert [problem.line for problem in raised.value.problems] == [line]
    assert words in str(raised.value)
    assert str(raised.value).startswith("rule.yml:6: ")


def test_all_problems_come_at_once() -> None:
    detection = "one: {cs-cookie: x}\ntwo: {c-uri|windash: x}\ncondition: one or two"
    with pytest.raises(ConfigurationError) as raised:
        load(detection)
    assert len(raised.value.problems) == 2


def test_an_alias_bomb_is_refused() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nselection: [*b, *b]\ncondition: selection"
    with pytest.raises(ConfigurationError, match="anchor or alias"):
        load(bomb)
    assert "&a" in rule_text(bomb)
