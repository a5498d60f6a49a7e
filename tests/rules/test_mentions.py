"""Lines whose request host is no service: text of any kind, as logs have it."""

import polars as pl
import pytest

from logan.rules.load import load_packs
from logan.rules.model import Rules
from logan.rules.packs import bundled_packs
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_packs(list(bundled_packs().values()))


def verdict(rules: Rules, text: str) -> tuple[str, str | None]:
    """The bin and service of a line that could not be parsed."""
    line = requests_as_records(["DNS example.org"]).with_columns(
        text=pl.lit(text), reason=pl.lit("cut short"), host=pl.lit(None, dtype=pl.String)
    )
    row = tag(line, rules).row(0, named=True)
    return row["bin"], row["service"]


CASES = [
    ("17170.1 5 10.0.0.1 TCP_TUNNEL/200 9 CONNECT pimeyes.com:443 j.doe HIER_DIRECT/-", "pimeyes"),
    ("10.0.0.1,pimeyes.com:443,officer@force.example,200", "pimeyes"),
    ('"pimeyes.com","officer@force.example"', "pimeyes"),
    ("pimeyes.com\tofficer@force.example", "pimeyes"),
    ("host=pimeyes.com user=a@b", "pimeyes"),
    ("url=pimeyes.com/en;user=a@b", "pimeyes"),
    ('{"host":"pimeyes.com","user":"a@b"}', "pimeyes"),
    (r'{"url":"https:\/\/www.pimeyes.com\/en"}', "pimeyes"),
    ("query[A] jsc1.pimeyes.com from 10.0.0.1", "pimeyes"),
    ("UDP Rcv 10.0.0.1 0002 Q [0001 D NOERROR] A (5)jsc12(7)pimeyes(3)com(0)", "pimeyes"),
    ("\x05jsc12\x07pimeyes\x03com\x00", "pimeyes"),
    (r"\005jsc12\007pimeyes\003com\000", "pimeyes"),
    ("CN=*.pimeyes.com, O=x", "pimeyes"),
    ("[pimeyes.com]", "pimeyes"),
    ("<https://pimeyes.com>", "pimeyes"),
    ("see pimeyes.com...", "pimeyes"),
    ("\u4f60\u597d https://pimeyes.com \u4f60", "pimeyes"),
    ("GET http://evil.example:80@pimeyes.com/", "pimeyes"),
    (r'{"original":"jdoe\tGET\tpimeyes.com\t/en', "pimeyes"),
    (r'{"original":"{\\\"host\\\":\\\"x\\\"}\\\\npimeyes.com\\\\t/en', "pimeyes"),
    ("jdoe#011GET#011facecheck.id#011/", "facecheck"),
    ("one record#012pimeyes.com#0117", "pimeyes"),
    ("jdoe^IGET^Ipimeyes.com^I/", "pimeyes"),
    ("10.0.0.1^Ipimeyes.com:443^Iofficer@force.example", "pimeyes"),
    (r"10.0.0.1\tpimeyes.com:443\tofficer@force.example", "pimeyes"),
    ("notfacecheck.id then facecheck.id", "facecheck"),
    ("rekognition.us-east-1.amazonaws.com:443", "rekognition"),
]


@pytest.mark.parametrize(("text", "service"), CASES)
def test_a_reject_that_names_a_service(rules: Rules, text: str, service: str) -> None:
    assert verdict(rules, text) == ("rejected", service)


@pytest.mark.parametrize(
    "text",
    [
        "CONNECT notpimeyes.com:443",
        "CONNECT pimeyes.com.evil.example:443",
        "GET http://pimeyes.com@evil.example/",
        "GET http://pimeyes.com:pass@evil.example/",
        "(10)notpimeyes(3)com(0)",
        "\x0anotpimeyes\x03com\x00",
        "\u4f60pimeyes.com",
        "pimeyes.com\u4f60",
        "x-pimeyes.com",
        "pimeyes.com-x",
        "#notpimeyes.com",
        "#111pimeyes.com",
        r"\qpimeyes.com",
        r"\tnotpimeyes.com",
    ],
)
def test_a_reject_that_only_has_its_letters(rules: Rules, text: str) -> None:
    assert verdict(rules, text) == ("cleared", "pimeyes")


@pytest.mark.parametrize("text", ["", " ", "%41", "pimeyes", "com.pimeyes", "\x00\x01\x02"])
def test_a_reject_that_names_nothing(rules: Rules, text: str) -> None:
    assert verdict(rules, text) == ("unrelated", None)
