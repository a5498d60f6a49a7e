"""Addresses in base64, in the lines of redirects."""

from base64 import b64encode, urlsafe_b64encode

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.intake.line_index import LineIndex
from logan.rules.base64_addresses import encoded_patterns, hosts_in_base64, with_hosts_of_base64
from logan.rules.packs import load_rules
from logan.rules.per_line import tag
from logan.rules.prefilter import Prefilter
from logan.rules.request import requests_as_records
from logan.rules.triggers import watch

# No fixtures: hypothesis writes out what it hands to a test, and patterns are long.
RULES = load_rules()
PREFILTER = Prefilter(watch(RULES))


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://pimeyes.com/en", "pimeyes.com"),
        ("http://a.example/?b=c&d~", "a.example"),
        ("https://a", "a"),
        ("https://a.example\x00\nb", "a.example"),
    ],
)
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_the_host_of_an_address(address: str, host: str, encode: object) -> None:
    code = encode(address.encode()).decode()  # type: ignore[operator]
    for written in (code, code.rstrip("=")):
        assert hosts_in_base64(f"x=a1{written}&y=1") == [host]
        assert hosts_in_base64(f"{written} {written}") == [host, host]


@pytest.mark.parametrize(
    "text",
    ["u=a1SGVsbG8gd29ybGQ", "aHR0c", "ahr0chm6ly9waw1lewvz", "", "aHR0cHM6Ly8", "aHR0cHM6Ly9"],
)
def test_what_has_no_host(text: str) -> None:
    assert hosts_in_base64(text) == []


def test_a_column_gets_the_hosts_with_names() -> None:
    text = pl.Series("line", ["u=aHR0cHM6Ly9hLmV4YW1wbGU", None, "nothing", ""])
    named = with_hosts_of_base64(text, ["a.example"]).to_list()
    assert named == ["u=aHR0cHM6Ly9hLmV4YW1wbGU a.example", None, "nothing", ""]
    assert with_hosts_of_base64(text, ["b.example"]).to_list() == text.to_list()


@given(name=st.from_regex(r"[a-z0-9.-]{3,20}", fullmatch=True), before=st.text("ab/:", max_size=5))
def test_one_of_the_patterns_stands_in_every_code(name: str, before: str) -> None:
    code = b64encode(f"{before}{name}/x".encode()).decode()
    assert any(pattern.replace("\\", "") in code for pattern in encoded_patterns(name))


@settings(deadline=None)
@given(
    scheme=st.sampled_from(["http://", "https://", "https://www.", "https://jsc1."]),
    rest=st.text("abc/?=&%:", max_size=9).filter(lambda text: text[:1] in ("", "/", "?", ":")),
    before=st.sampled_from(["u=a1", "url=", "/r/", "x=%3D"]),
)
def test_the_prefilter_passes_what_is_a_mention(scheme: str, rest: str, before: str) -> None:
    code = urlsafe_b64encode(f"{scheme}pimeyes.com{rest}".encode()).decode().rstrip("=")
    request = f"GET https://www.bing.com/ck/a?{before}{code}&ntb=1"
    row = tag(requests_as_records([request]), RULES).row(0, named=True)
    assert (row["bin"], row["service"]) == ("mention", "pimeyes")
    rows = PREFILTER.search(LineIndex(f"{request}\n".encode()))
    assert rows is not None
    assert rows.tolist() == [0]


@pytest.mark.parametrize(
    ("address", "bin_"),
    [
        ("https://notpimeyes.com/", "cleared"),
        ("https://pimeyes.com.evil.example/", "cleared"),
        ("https://example.org/?u=pimeyes.com", "unrelated"),
        ("https://PIMEYES.com/", "unrelated"),
    ],
)
def test_what_is_no_mention(address: str, bin_: str) -> None:
    code = b64encode(address.encode()).decode()
    found = tag(requests_as_records([f"GET https://a.example/?u={code}"]), RULES)
    assert found["bin"].to_list() == [bin_]


def _address(host: str) -> bytes:
    return b"GET https://www.bing.com/ck/a?u=a1" + b64encode(f"https://www.{host}/a".encode())


def test_only_addresses_with_a_name_pass() -> None:
    lines = [_address("example.com"), _address("pimeyes.com"), b"x " + b64encode(b"xpimeyes.com")]
    rows = PREFILTER.search(LineIndex(b"\n".join([*lines, b"pimeyes.com"])))
    assert rows is not None
    assert rows.tolist() == [1, 3]
    assert PREFILTER.excerpt(b"a" * 5_000 + _address("pimeyes.com") + b"a" * 5_000) is not None
    assert PREFILTER.excerpt(b"a" * 5_000 + _address("example.com") + b" pimeyes") is None


def test_the_name_is_looked_for_within_the_line() -> None:
    line = b"GET https://www.bing.com/ck/a?u=a1aHR0cHM6Ly9\n" + b64encode(b"  pimeyes.com/a")
    rows = PREFILTER.search(LineIndex(line))
    assert rows is not None
    assert rows.tolist() == []


def test_a_name_is_found_among_thousands_of_addresses() -> None:
    """So many that the names in them are searched for at once."""
    lines = [_address("example.com")] * 20_000
    lines[5_000] = _address("pimeyes.com")
    lines[19_999] = b"%70imeyes.com " + _address("example.com")
    for _ in range(2):
        rows = PREFILTER.search(LineIndex(b"\n".join(lines)))
        assert rows is not None
        assert rows.tolist() == [5_000, 19_999]
