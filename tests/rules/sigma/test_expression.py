"""Conditions find the records that another engine finds, and addresses are those of a proxy."""

import sqlite3
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logan.rules.load import load_text
from logan.rules.request import requests_as_records
from logan.rules.sigma.expression import address
from logan.schema import RECORD
from tests.rules.sigma.rules import found_records, load, rule_text

MISSING = "needs pySigma and its SQLite back end: pip install 'logan-audit[test]'"
_WORDS = ("a", "b", "ab", "A", ".", "/", "-", "a.b", "/a")
_FIELDS = {"cs-host": "host", "cs-method": "method", "c-useragent": "user_agent"}

values = st.lists(st.sampled_from([*_WORDS, "*", "?"]), min_size=1, max_size=4).map("".join)
modifiers = st.sampled_from(["", "|contains", "|startswith", "|endswith"])
cells = st.lists(st.sampled_from(_WORDS), max_size=4).map("".join)
conditions = st.sampled_from(
    [
        "one",
        "one and two",
        "one or two",
        "one and not two",
        "not (one or two)",
        "not one and not two",
        "1 of *",
        "all of *",
        "one or two and three",
        "not 1 of t*",
    ]
)


@st.composite
def selections(draw: st.DrawFn) -> dict[str, Any]:
    """A map of one or two fields with one value or several."""
    fields = draw(st.lists(st.sampled_from(sorted(_FIELDS)), min_size=1, max_size=2, unique=True))
    found: dict[str, Any] = {}
    for field in fields:
        several = draw(st.lists(values, min_size=1, max_size=3))
        every = "|all" if len(several) > 1 and draw(st.booleans()) else ""
        place = "|contains" if every else draw(modifiers)
        found[field + place + every] = several
    return found


def _rows_in_sqlite(text: str, records: pl.DataFrame) -> list[int]:
    from sigma.backends.sqlite import sqlite
    from sigma.collection import SigmaCollection

    (query,) = sqlite.sqliteBackend().convert(SigmaCollection.from_yaml(text))
    connection = sqlite3.connect(":memory:")
    # Sigma knows no case; the back end writes several plain values as IN, which does otherwise.
    names = ", ".join(f'"{name}" COLLATE NOCASE' for name in _FIELDS)
    connection.execute(f'CREATE TABLE logs ("row", {names})')
    rows = records.select("row", *_FIELDS.values()).rows()
    connection.executemany("INSERT INTO logs VALUES (?, ?, ?, ?)", rows)
    found = connection.execute(str(query).replace("<TABLE_NAME>", "logs"))
    return sorted(row[0] for row in found)


@example(
    parts=({"c-useragent": ["aa", "A"], "cs-host": ["a"]}, *[{"c-useragent": ["a"]}] * 2),
    condition="one",
    rows=[("a", "", "a")],
)
@given(
    parts=st.tuples(selections(), selections(), selections()),
    condition=conditions,
    rows=st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=8),
)
def test_a_rule_finds_what_another_engine_finds(
    parts: tuple[dict[str, Any], ...], condition: str, rows: list[tuple[str, str, str]]
) -> None:
    pytest.importorskip("sigma.backends.sqlite", reason=MISSING)
    named = zip(("one", "two", "three"), parts, strict=True)
    detection = "\n".join(f"{name}: {part}" for name, part in named)
    text = rule_text(f"{detection}\ncondition: {condition}")
    schema = {name: RECORD[name] for name in _FIELDS.values()}
    records = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        evidence=pl.lit("url").cast(RECORD["evidence"]), row=pl.int_range(pl.len())
    )
    ours = found_records(load_text(text), records)["row"].to_list()
    assert ours == _rows_in_sqlite(text, records)


def test_a_missing_value_matches_nothing_and_its_negation_everything() -> None:
    records = requests_as_records(["GET https://a.example/"])
    assert found_records(load("s: {c-useragent: '*'}\ncondition: s"), records).is_empty()
    assert found_records(load("s: {c-useragent: '*'}\ncondition: not s"), records).height == 1


@pytest.mark.parametrize(
    ("category", "expected"),
    [("proxy", ["url", "connect"]), ("webserver", ["url", "connect"]), ("dns", ["dns"])],
)
def test_a_rule_asks_records_of_its_category(category: str, expected: list[str]) -> None:
    field = "query" if category == "dns" else "cs-host"
    rules = load(f"s: {{{field}: a.example}}\ncondition: s", category=category)
    records = requests_as_records(
        ["GET https://a.example/", "CONNECT a.example:443", "DNS a.example"]
    )
    assert found_records(rules, records)["evidence"].to_list() == expected


@pytest.mark.parametrize(
    ("request_", "changes", "expected"),
    [
        ("GET https://a.example/x?y=1", {}, "https://a.example/x?y=1"),
        ("GET https://a.example", {}, "https://a.example/"),
        ("GET https://a.example:443/x", {}, "https://a.example/x"),
        ("GET http://a.example:8080/x", {}, "http://a.example:8080/x"),
        ("GET https://a.example:80/x", {}, "https://a.example:80/x"),
        ("CONNECT a.example:443", {}, "a.example:443"),
        ("CONNECT a.example:8443", {}, "a.example:8443"),
        ("GET https://a.example/x", {"scheme": None}, "http://a.example/x"),
        ("GET https://a.example/x", {"scheme": None, "port": 443}, "https://a.example/x"),
        ("GET http://[2001:db8::1]/x", {}, "http://[2001:db8::1]/x"),
    ],
)
def test_an_address_is_that_of_a_proxy(
    request_: str, changes: dict[str, Any], expected: str
) -> None:
    records = requests_as_records([request_])
    changed = records.with_columns(
        pl.lit(value, dtype=RECORD[name]).alias(name) for name, value in changes.items()
    )
    assert changed.select(address()).item() == expected


def test_a_long_list_is_no_problem() -> None:
    names = ", ".join(f"host{number}.example" for number in range(3000))
    rules = load(f"s: {{cs-host|endswith: [{names}]}}\ncondition: s")
    requests = ["GET https://www.host2999.example/", "GET https://host3000.example/"]
    assert found_records(rules, requests_as_records(requests)).height == 1
