"""Netskope's events: requests, closed TLS, no requests; sessions of the client in the corpus."""

from logan.formats.vendors import netskope_client, netskope_events
from tests.formats.proof import corpus, counted, lines_of, oracles, read, read_one


def test_events() -> None:
    row, closed, alert, audit = (
        read_one(netskope_events.EVENTS, line) for line in netskope_events.EVENTS.texts
    )
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
    assert (alert["companion"], alert["action"]) == ("remark", "blocked")
    assert audit["repeat"] == "no request: a Netskope event of the type admin_audit_logs"


def test_the_client_in_the_corpus() -> None:
    rows = read(netskope_client.PRIVATE, corpus("netskope/secops_client/samples.log"))
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
