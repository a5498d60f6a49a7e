"""No line that a rule finds is sifted out before it is parsed."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.intake.line_index import LineIndex
from logan.rules.load import load_text
from logan.rules.prefilter import Prefilter
from logan.rules.request import requests_as_records
from logan.rules.sigma.literals import EVERY_LINE
from logan.rules.triggers import watch
from tests.rules.sigma.rules import found_records, load, rule_text


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ("s: {c-uri|contains: /api/search/new}\ncondition: s", ["search"]),
        ("s: {c-uri|contains: [/upload, /search]}\ncondition: s", ["upload", "search"]),
        ("s: {c-uri|contains|all: [/upload, /search2]}\ncondition: s", ["search2"]),
        ("s: {cs-method: POST, c-uri|contains: upload}\ncondition: s", ["upload"]),
        ("s: {c-uri|contains: upload}\nf: {c-uri|contains: x}\ncondition: s and not f", ["upload"]),
        ("a: {c-uri|contains: upload}\nb: {cs-method: POST}\ncondition: a or b", [EVERY_LINE]),
        ("s: {cs-method: POST}\ncondition: s", [EVERY_LINE]),
        ("s: {c-uri|contains: upload}\ncondition: not s", [EVERY_LINE]),
        ("s: {c-uri|startswith: 'https://'}\ncondition: s", [EVERY_LINE]),
        ("s: {c-uri|re: 'face[0-9]+search'}\ncondition: s", ["search"]),
        ("s: {c-uri|re: 'face|search'}\ncondition: s", [EVERY_LINE]),
        ("s: [mimikatz, searching]\ncondition: s", ["mimikatz", "searching"]),
        ("s: {src_ip: 192.0.2.1}\ncondition: s", [EVERY_LINE]),
        ("s: {cs-host: '*'}\ncondition: s", [EVERY_LINE]),
    ],
)
def test_literals_come_out_of_the_condition(detection: str, expected: list[str]) -> None:
    assert list(load(detection).sigma[0].triggers) == expected


@pytest.mark.parametrize(
    "line", ["pimeyes.com", "PIMEYES.COM", "(7)pimeyes(3)com(0)", "pimeyes-com.translate.goog"]
)
def test_a_host_is_found_in_every_spelling(line: str) -> None:
    (pattern,) = load("s: {cs-host|endswith: .pimeyes.com}\ncondition: s").sigma[0].triggers
    assert re.search(pattern, line, re.IGNORECASE)


_PIECES = ("face", "Search", "upload", "x", "/", "-", "_", ".", "=", "12", "k\u017f", "%2f", "(")
texts = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=5).map("".join)
fields = st.sampled_from(["c-uri|contains", "c-uri-stem|contains", "c-uri-query|contains", "c-uri"])


@st.composite
def detections(draw: st.DrawFn) -> dict[str, Any]:
    return {
        draw(fields): draw(
            st.lists(texts | texts.map(lambda text: f"*{text}*"), min_size=1, max_size=2)
        )
        for _ in range(draw(st.integers(1, 2)))
    }


@given(
    one=detections(),
    two=detections(),
    condition=st.sampled_from(["one", "one or two", "one and two", "one and not two", "not one"]),
    path=texts,
    query=texts,
)
def test_a_line_that_a_rule_finds_is_a_candidate(
    one: dict[str, Any], two: dict[str, Any], condition: str, path: str, query: str
) -> None:
    rules = load_text(rule_text(f"one: {one}\ntwo: {two}\ncondition: {condition}"))
    request = f"GET https://face.example/{path}?{query}".replace(" ", "")
    records = requests_as_records([request])
    if not found_records(rules, records).is_empty():
        rows = Prefilter(watch(rules)).search(LineIndex(request.encode() + b"\n"))
        assert rows is None or rows.tolist() == [0]


def test_the_sift_is_one_line_wide() -> None:
    rules = load("s: {c-uri|contains: upload}\ncondition: s")
    block = b"a upload b\nc\nd upload\n"
    rows = Prefilter(watch(rules)).search(LineIndex(block))
    assert rows is not None
    assert rows.tolist() == [0, 2]
