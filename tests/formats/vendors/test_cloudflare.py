"""Cloudflare Gateway: its three datasets, whichever stamp the job was set up with."""

import pytest

from logan.formats.vendors import cloudflare
from tests.formats.proof import read_one

HTTP, NETWORK, DNS = cloudflare.HTTP, cloudflare.NETWORK, cloudflare.DNS


def test_http() -> None:
    row = read_one(HTTP, HTTP.texts[0])
    assert row["time"].isoformat() == "2024-01-01T10:00:00+00:00"
    assert (row["user"], row["client_ip"]) == ("jane.doe@force.example", "203.0.113.7")
    assert (row["method"], row["scheme"], row["host"]) == ("POST", "https", "www.example.com")
    assert (row["port"], row["path"], row["query"]) == (443, "/a", "b=c")
    assert (row["status"], row["action"], row["evidence"]) == (200, "allowed", "url")
    assert (row["referrer"], row["user_agent"]) == (None, "Mozilla/5.0")


def test_nanoseconds_a_tunnel_and_a_block() -> None:
    row = read_one(HTTP, HTTP.texts[1])
    assert row["time"].isoformat() == "2024-01-01T10:00:00+00:00"
    assert (row["client_ip"], row["user"], row["action"]) == ("10.1.2.3", None, "blocked")
    assert row["status"] is None


def test_network() -> None:
    row = read_one(NETWORK, NETWORK.texts[0])
    assert (row["host"], row["port"], row["evidence"]) == ("www.example.com", 443, "connect")
    assert (row["action"], row["method"], row["path"]) == ("allowed", None, None)


def test_dns() -> None:
    row = read_one(DNS, DNS.texts[0])
    assert (row["host"], row["evidence"], row["action"]) == ("www.example.com", "dns", "blocked")
    assert (row["user"], row["client_ip"]) == ("jane.doe@force.example", "203.0.113.7")


@pytest.mark.parametrize(
    ("decision", "action"),
    [
        ('"allowedByQueryName"', "allowed"),
        ('"overrideForSafeSearch"', "allowed"),
        ('"overrideApplied"', "unknown"),
        ('"blockedByCategory"', "blocked"),
        ("5", "allowed"),
        ("8", "unknown"),
        ("9", "blocked"),
    ],
)
def test_what_the_resolver_decided_by_word_and_by_number(decision: str, action: str) -> None:
    line = DNS.texts[0].replace('"blockedRule"', decision)
    assert read_one(DNS, line)["action"] == action


@pytest.mark.parametrize("word", ["override", "redirect"])
def test_what_is_put_in_the_place_of_a_site_is_not_let_through(word: str) -> None:
    line = HTTP.texts[0].replace('"Action":"allow"', f'"Action":"{word}"')
    assert read_one(HTTP, line)["action"] == "unknown"
