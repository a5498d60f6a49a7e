"""ISA and TMG in their own format: commas in agent and address, dates, challenges, tunnels."""

import pytest

from logan.formats.vendors.isa import ISA
from tests.formats.proof import read, read_one

LINE = ISA.texts[0]


def test_a_request() -> None:
    row = read_one(ISA, LINE, zone="Europe/London")
    assert row["time"].isoformat() == "2009-04-15T09:00:00+00:00", "British summer time"
    assert (row["user"], row["client_ip"], row["method"]) == ("FORCE\\jdoe", "10.1.2.3", "GET")
    assert (row["scheme"], row["host"], row["path"]) == ("http", "www.example.com", "/a")
    assert (row["query"], row["status"], row["action"]) == ("b=c,d", 200, "allowed")
    assert (row["bytes_sent"], row["bytes_received"]) == (430, 3422)
    assert row["user_agent"] == "Mozilla/5.0 (X11, like Gecko)"
    assert row["evidence"] == "url"


def test_what_the_server_says_it_did_comes_first() -> None:
    assert read_one(ISA, ISA.texts[1], zone="UTC")["action"] == "blocked"


@pytest.mark.parametrize(
    ("result", "action", "status"),
    [
        ("407", "auth", 407),
        ("12209", "auth", None),
        ("12202", "blocked", None),
        ("404", "unknown", 404),
    ],
)
def test_results(result: str, action: str, status: int | None) -> None:
    row = read_one(ISA, LINE.removesuffix("200") + result, zone="UTC")
    assert (row["action"], row["status"]) == (action, status)


@pytest.mark.parametrize("user", ["anonymous", "-", "FORCE\\jdoe?"])
def test_nobody(user: str) -> None:
    assert read_one(ISA, LINE.replace("FORCE\\jdoe", user), zone="UTC")["user"] is None


def test_a_tunnel() -> None:
    line = LINE.replace("http://www.example.com/a?b=c,d", "www.example.com:443")
    line = line.replace(" 80,", " 443,").replace(" http,", " SSL-tunnel,").replace("GET", "-")
    row = read_one(ISA, line, zone="UTC")
    assert (row["evidence"], row["host"], row["port"]) == ("connect", "www.example.com", 443)


def test_a_tunnel_without_a_method_is_a_connect() -> None:
    line = ISA.texts[0].replace(
        "http, TCP, GET, http://www.example.com/a?b=c,d", "SSL-tunnel, TCP, -, www.example.com:443"
    )
    row = read_one(ISA, line, zone="UTC")
    assert (row["method"], row["evidence"], row["setup"]) == ("CONNECT", "connect", True)


@pytest.mark.parametrize(
    ("agent", "address"),
    [
        ("curl/8, Y, 15/04/2009, 10:00:00, w3proxy, ISA1, -, a.example, 192.0.2.1", ""),
        ("curl/8", ",x,Inet,407"),
        ("curl/8", ",x,-,12209"),
    ],
)
def test_fields_that_stand_twice_are_a_user_s_own_words(agent: str, address: str) -> None:
    line = LINE.replace("Mozilla/5.0 (X11, like Gecko)", agent).replace("b=c,d", f"b=c{address}")
    (row,) = read(ISA, line, zone="UTC")
    assert row["reason"] is not None
