"""Netskope: both forms of transactions, opened and closed TLS, what the policy decided."""

import pytest

from logan.formats.vendors import netskope
from tests.formats.proof import counted, read, read_one

SPACED, HEADED, CLOSED = netskope.TRANSACTIONS.texts
PLAIN_CSV, HEADED_CSV = netskope.CSV.texts


def test_a_transaction() -> None:
    row = read_one(netskope.TRANSACTIONS, SPACED)
    assert row["time"].isoformat() == "2024-01-16T12:59:21+00:00"
    assert (row["user"], row["client_ip"]) == ("jane.doe@force.example", "10.1.2.3")
    assert (row["method"], row["scheme"], row["host"]) == ("POST", "https", "www.example.com")
    assert (row["port"], row["path"], row["query"]) == (443, "/a/b", None)
    assert (row["status"], row["evidence"], row["action"]) == (204, "url", "unknown")
    assert (row["bytes_sent"], row["bytes_received"]) == (5937, 485)
    assert (row["referrer"], row["user_agent"]) == (
        "https://example.org/",
        "Mozilla/5.0 (X11; Linux)",
    )


def test_tls_that_stays_closed_shows_the_host_only() -> None:
    row = read_one(netskope.TRANSACTIONS, CLOSED)
    assert (row["method"], row["evidence"], row["host"]) == (None, "connect", "www.example.com")


@pytest.mark.parametrize(
    ("method", "bypassed", "opened"),
    [("CONNECT", "No", True), ("CONNECT", "Yes", False), ("POST", "No", False)],
)
def test_each_line_tells_whether_its_tunnel_was_opened(
    method: str, bypassed: str, opened: bool
) -> None:
    line = SPACED.replace(" POST https", f" {method} https").replace(" No -", f" {bypassed} -")
    assert read_one(netskope.TRANSACTIONS, line)["setup"] is opened


def test_an_address_in_the_place_of_the_user_is_nobody() -> None:
    row = read_one(netskope.TRANSACTIONS, SPACED.replace("jane.doe@force.example", "203.0.113.4"))
    assert row["user"] is None


def test_fields_name_the_columns() -> None:
    assert read_one(netskope.TRANSACTIONS, HEADED)["host"] == "www.example.com"
    moved = HEADED.replace("cs-host cs-uri", "x-moved cs-uri").replace("cs-dns", "cs-host")
    assert read_one(netskope.TRANSACTIONS, moved)["host"] == "www.example.com"


def test_comma_separated() -> None:
    row = read_one(netskope.CSV, PLAIN_CSV)
    assert row["time"].isoformat() == "2024-01-16T12:59:21+00:00"
    assert (row["host"], row["path"], row["query"]) == ("www.example.com", "/a", "q=1")
    assert (row["user_agent"], row["status"]) == ("Mozilla/5.0 (X11, Linux)", 304)
    assert (row["bytes_sent"], row["bytes_received"]) == (872, 1075)
    assert counted(read(netskope.CSV, HEADED_CSV)) == (1, 0)


def test_the_policy_decides() -> None:
    rest = ",-" * (netskope._ORDER.split().index("x-policy-action") - PLAIN_CSV.count(",") + 1)
    for word, action in (
        ("allow_default", "allowed"),
        ("alert", "allowed"),
        ("block", "blocked"),
        ("useralert", "unknown"),
        ("-", "unknown"),
    ):
        row = read_one(netskope.CSV, PLAIN_CSV + rest[:-1] + word)
        assert row["action"] == action, word
