"""OCSF: its three classes, answers beside queries, units of time."""

import pytest

from logan.formats.vendors.ocsf import OCSF
from tests.formats.proof import read, read_one

HTTP, NETWORK, QUERY, ANSWER = OCSF.texts


def test_http() -> None:
    row = read_one(OCSF, HTTP)
    assert row["time"].isoformat() == "2024-01-01T10:00:00.123000+00:00"
    assert (row["user"], row["client_ip"], row["method"]) == ("FORCE\\jdoe", "10.1.2.3", "GET")
    assert (row["scheme"], row["host"], row["port"]) == ("https", "www.example.com", 443)
    assert (row["path"], row["query"], row["status"]) == ("/a", "b=c", 200)
    assert (row["action"], row["evidence"]) == ("allowed", "url")
    assert (row["bytes_sent"], row["bytes_received"]) == (640, 5120)
    assert (row["referrer"], row["user_agent"]) == ("https://example.org/", "Mozilla/5.0")


def test_network() -> None:
    row = read_one(OCSF, NETWORK)
    assert (row["host"], row["port"], row["evidence"]) == ("www.example.com", 443, "connect")
    assert (row["action"], row["method"], row["path"]) == ("blocked", None, None)


def test_dns() -> None:
    rows = read(OCSF, f"{QUERY}\n{ANSWER}")
    assert [row["companion"] for row in rows] == [None, "answer"]
    assert [row["host"] for row in rows] == ["www.example.com"] * 2


@pytest.mark.parametrize("stamp", ["1704103200", "1704103200000", "1704103200000000000"])
def test_units(stamp: str) -> None:
    row = read_one(OCSF, HTTP.replace("1704103200123", stamp))
    assert row["time"].isoformat() == "2024-01-01T10:00:00+00:00"
