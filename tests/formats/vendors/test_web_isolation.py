"""Symantec Web Isolation: requests, set-ups, events within a page; the corpus and its oracles."""

from logan.formats import FORMATS
from logan.formats.vendors import web_isolation
from tests.formats.proof import Row, corpus, counted, oracles, read, read_one, reading_of

FORM = web_isolation.WEB_ISOLATION
REQUEST, FORWARD, CLIPBOARD = FORM.texts
CORPUS = "other_gateways/symantec_web_isolation/samples.log"


def test_a_request() -> None:
    row = read_one(FORM, REQUEST)
    assert row["time"].isoformat() == "2024-01-01T10:00:00.064134+00:00"
    assert (row["user"], row["client_ip"]) == ("FORCE\\jdoe", "10.1.2.3")
    assert (row["method"], row["scheme"], row["host"]) == ("POST", "https", "www.example.com")
    assert (row["port"], row["path"], row["query"]) == (443, "/a", "b=c")
    assert (row["status"], row["action"], row["evidence"]) == (200, "allowed", "url")
    assert (row["bytes_sent"], row["bytes_received"]) == (51200, 4852)
    assert row["referrer"] == "https://www.example.com/"
    assert row["user_agent"] == "Mozilla/5.0"
    assert (row["setup"], row["repeat"]) == (False, None)


def test_a_page_sent_to_isolation_is_fetched_in_lines_of_its_own() -> None:
    row = read_one(FORM, FORWARD)
    assert (row["setup"], row["repeat"]) == (True, None)


def test_what_is_done_within_a_page_is_no_request() -> None:
    row = read_one(FORM, CLIPBOARD)
    assert row["companion"] == "session"


def test_a_block() -> None:
    row = read_one(FORM, REQUEST.replace('"Isolate"', '"Block"'))
    assert row["action"] == "blocked"


def test_the_corpus() -> None:
    rows = read(FORM, corpus(CORPUS))
    # One event has no stamp, two are incidents on telephones.
    assert counted(rows) == (11, 3)
    for row, oracle in zip(rows, oracles("other_gateways", "symantec_web_isolation"), strict=True):
        if row["reason"] is None:
            compare(row, oracle["expected"])


def compare(row: Row, wanted: Row) -> None:
    # The oracles' times are those of the collector, 16 seconds to 24 minutes after the event; their
    # client is the proxy in front, where the log names the original one; "Unauthenticated" is nobody.
    assert row["time"].isoformat() < wanted["ts"]
    assert row["user"] is None
    url = f"{row['scheme']}://{row['host']}{row['path']}"
    assert url == wanted["url"].split("?")[0]
    assert row["method"] == wanted.get("method")
    assert row["status"] == (int(wanted["status"]) if "status" in wanted else None)
    assert row["user_agent"] == wanted["ua"]
    if row["companion"] is None and not row["setup"]:
        assert row["bytes_received"] == int(wanted["bytes_in"])


def test_the_corpus_is_recognised() -> None:
    reading = reading_of(corpus(CORPUS), FORMATS)
    assert reading is not None
    assert reading.format.name == "web-isolation"
