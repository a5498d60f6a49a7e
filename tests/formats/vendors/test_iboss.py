"""iboss: a request, an event about it, a line without the exact stamp, the corpus and its oracle."""

from logan.formats.vendors import iboss
from tests.formats.proof import corpus, counted, oracles, read, read_one

WEB, DLP = iboss.IBOSS.texts


def test_a_request() -> None:
    row = read_one(iboss.IBOSS, WEB)
    assert row["time"].isoformat() == "2024-01-01T10:00:00.321000+00:00"
    assert (row["user"], row["client_ip"]) == ("jdoe", "10.1.2.3")
    assert (row["method"], row["scheme"], row["host"]) == ("GET", "https", "www.example.com")
    assert (row["port"], row["path"], row["query"]) == (443, "/a", "b=c")
    assert (row["status"], row["action"], row["evidence"]) == (302, "blocked", "url")
    assert (row["bytes_sent"], row["bytes_received"]) == (1250, 1653)
    assert (row["referrer"], row["user_agent"]) == ("https://example.org/", "Mozilla/5.0")


def test_an_event_about_a_request_is_none_of_its_own() -> None:
    assert read_one(iboss.IBOSS, DLP)["companion"] == "remark"


def test_without_the_exact_stamp_the_wall_clock_needs_a_zone() -> None:
    line = WEB.replace('"proxyTransactionStartTime":"1704103200.321",', "")
    row = read_one(iboss.IBOSS, line, zone="Europe/Paris")
    assert row["time"].isoformat() == "2024-01-01T09:00:00+00:00"


def test_a_host_alone_is_put_together_with_its_parts() -> None:
    row = read_one(iboss.IBOSS, WEB.replace("https://www.example.com/a?b=c", "-"))
    assert (row["scheme"], row["host"], row["path"]) == ("https", "www.example.com", "/a")
    assert row["query"] == "b=c"


def test_the_corpus() -> None:
    rows = read(iboss.IBOSS, corpus("iboss/datadog/samples.log"))
    assert counted(rows) == (1, 0)
    wanted = oracles("iboss")[0]["expected"]
    (row,) = rows
    assert row["time"].strftime("%Y-%m-%dT%H:%M:%SZ") == wanted["ts"]
    for name in ("user", "client_ip", "host", "method", "status"):
        assert row[name] == wanted[name]
    assert f"{row['scheme']}://{row['host']}{row['path']}?{row['query']}" == wanted["url"]
    assert (row["bytes_sent"], row["bytes_received"]) == (wanted["bytes_up"], wanted["bytes_down"])
    assert row["action"] == "blocked"
