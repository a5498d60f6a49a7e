"""Netskope: both forms of transactions, opened and closed TLS, events, sessions of the client."""

from logan.formats import netskope
from tests.formats.proof import corpus, counted, lines_of, oracles, read, read_one

SPACED, HEADED, CLOSED = netskope.TRANSACTIONS.samples
PLAIN_CSV, HEADED_CSV = netskope.CSV.samples


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


def test_events() -> None:
    row, closed, audit = (read_one(netskope.EVENTS, line) for line in netskope.EVENTS.samples)
    assert row["time"].isoformat() == "2024-01-16T12:59:21+00:00"
    assert (row["user"], row["client_ip"]) == ("jane.doe@force.example", "10.1.2.3")
    assert (row["host"], row["path"], row["query"]) == ("www.example.com", "/a/b", "c=d")
    assert (row["port"], row["action"], row["evidence"]) == (443, "allowed", "url")
    assert (row["bytes_sent"], row["bytes_received"]) == (5120, 640)
    assert (row["referrer"], row["user_agent"]) == ("https://example.org/", "Mozilla/5.0")
    assert (closed["evidence"], closed["host"], closed["repeat"]) == (
        "connect",
        "www.example.com",
        None,
    )
    assert audit["repeat"] == "no request: a Netskope event of the type admin_audit_logs"


def test_the_client_in_the_corpus() -> None:
    rows = read(netskope.PRIVATE, corpus("netskope/secops_client/samples.log"))
    assert counted(rows) == (2, 0)
    for row, oracle in zip(rows, oracles("netskope"), strict=True):
        wanted = oracle["expected"]
        assert row["time"].strftime("%Y-%m-%dT%H:%M:%SZ") == wanted["ts"]
        assert row["user"] == wanted["user"]
        assert row["bytes_sent"] == int(wanted["bytes_out"])
        assert row["bytes_received"] == int(wanted["bytes_in"])
        assert row["action"] == "allowed"
    # The oracle takes the service for the client: `src` is "null", port 123 was asked at 1.1.1.1.
    assert [row["client_ip"] for row in rows] == [None, None]
    assert [row["port"] for row in rows] == [123, 443]
    assert len(lines_of(corpus("netskope/secops_client/samples.log"))) == 2
