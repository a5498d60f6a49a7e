"""Values find what the standard says: wildcards, escapes, letters in any case."""

import ipaddress

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.rules.sigma.rule import Value
from logan.rules.sigma.values import ValueFaultError, network_value, regex_value, text_value


def finds(value: Value, text: str) -> bool:
    return bool(pl.select(pl.lit(text).str.contains(value.text)).item())


@pytest.mark.parametrize(
    ("written", "place", "text", "expected"),
    [
        ("abc", "", "abc", True),
        ("abc", "", "ABC", True),
        ("abc", "", "xabc", False),
        ("abc", "contains", "xabcx", True),
        ("abc", "startswith", "abcx", True),
        ("abc", "startswith", "xabc", False),
        ("abc", "endswith", "xabc", True),
        ("abc", "endswith", "abcx", False),
        ("a*c", "", "a/b/c", True),
        ("a*c", "", "a\nc", True),
        ("a?c", "", "abc", True),
        ("a?c", "", "ac", False),
        (r"a\*c", "", "a*c", True),
        (r"a\*c", "", "abc", False),
        (r"a\?c", "", "a?c", True),
        (r"a\?c", "", "abc", False),
        (r"a\b", "", r"a\b", True),
        (r"a\\b", "", r"a\b", True),
        (r"a\\*", "", r"a\bc", True),
        (r"a\\*", "", "a*", False),
        ("a.c", "", "abc", False),
        ("(a", "contains", "x(ab", True),
    ],
)
def test_a_text_is_found(written: str, place: str, text: str, *, expected: bool) -> None:
    assert finds(text_value(written, place=place, cased=False), text) is expected


def test_a_cased_text_keeps_its_case() -> None:
    value = text_value("Abc", place="contains", cased=True)
    assert finds(value, "xAbcx")
    assert not finds(value, "xabcx")


@given(text=st.text(min_size=1), around=st.text())
def test_any_text_finds_itself(text: str, around: str) -> None:
    escaped = "".join("\\" + sign if sign in "\\*?" else sign for sign in text)
    assert finds(text_value(escaped, place="", cased=True), text)
    assert finds(text_value(escaped, place="contains", cased=True), around + text + around)


def test_runs_are_the_plain_pieces() -> None:
    assert text_value("a.b*c?d", place="contains", cased=False).runs == ("a.b", "c", "d")
    assert regex_value("abc.*def[0-9]", "i").runs == ("abc", "def")


@pytest.mark.parametrize(
    ("pattern", "flags", "text", "expected"),
    [
        ("b.d", "", "abcd", True),
        ("B.D", "", "abcd", False),
        ("B.D", "i", "abcd", True),
        ("^b", "", "a\nb", False),
        ("^b", "m", "a\nb", True),
        ("a.b", "", "a\nb", False),
        ("a.b", "s", "a\nb", True),
    ],
)
def test_a_pattern_is_found(pattern: str, flags: str, text: str, *, expected: bool) -> None:
    assert finds(regex_value(pattern, flags), text) is expected


@pytest.mark.parametrize("pattern", ["a(?=b)", r"(a)\1", "a(", "(?>a)"])
def test_a_pattern_that_could_hang_a_scan_is_refused(pattern: str) -> None:
    with pytest.raises(ValueFaultError, match="is no pattern"):
        regex_value(pattern, "")


@given(
    network=st.ip_addresses(v=4),
    bits=st.integers(0, 32),
    address=st.ip_addresses(v=4),
    near=st.integers(-300, 300),
)
def test_a_network_holds_its_addresses(
    network: ipaddress.IPv4Address, bits: int, address: ipaddress.IPv4Address, near: int
) -> None:
    whole = ipaddress.ip_network(f"{network}/{bits}", strict=False)
    value = network_value(str(whole))
    number = (int(whole.network_address) + near) % 2**32
    for one in (address, ipaddress.IPv4Address(number), whole.broadcast_address):
        assert finds(value, str(one)) is (one in whole)


@pytest.mark.parametrize("text", ["2001:db8::/32", "10.0.0.1/8", "pimeyes.com", ""])
def test_other_networks_are_refused(text: str) -> None:
    with pytest.raises(ValueFaultError):
        network_value(text)
