"""WebMarshal: a wall clock beside a syslog stamp, unquoted users, cut queries, the oracles."""

from logan.formats import FORMATS
from logan.formats.vendors import webmarshal
from tests.formats.proof import corpus, counted, oracles, read, read_one, reading_of

FORM = webmarshal.WEBMARSHAL
CORPUS = "webmarshal/secops/samples.log"


def test_a_request() -> None:
    row = read_one(FORM, FORM.texts[1], zone="Europe/London")
    assert row["time"].isoformat() == "2024-01-01T10:00:00+00:00"
    assert (row["user"], row["client_ip"]) == ("FORCE\\jane doe", "10.1.2.3")
    assert (row["method"], row["scheme"], row["host"]) == ("POST", "https", "www.example.com")
    assert (row["port"], row["path"], row["query"]) == (443, "/a/b", "c=d")
    assert (row["status"], row["action"], row["evidence"]) == (200, "allowed", "url")
    assert (row["bytes_sent"], row["bytes_received"]) == (175, 261)
    assert row["referrer"] == "https://example.org/?..."
    assert row["user_agent"] == "Mozilla/5.0 (X11; Linux)"


def test_a_query_that_was_cut_is_not_there() -> None:
    row = read_one(FORM, FORM.texts[0].replace("?c=d", "?..."))
    assert (row["path"], row["query"]) == ("/a/b", None)


def test_the_corpus() -> None:
    rows = read(FORM, corpus(CORPUS), zone="Europe/London")
    assert counted(rows) == (3, 0)
    # British summer time: the syslog header says 03:16:52 UTC.
    assert rows[0]["time"].isoformat() == "2023-04-11T03:16:52+00:00"
    assert [row["action"] for row in rows] == ["allowed", "blocked", "allowed"]
    assert [row["user"] for row in rows] == [
        "domain1\\dummyname1",
        "domain1\\dummyname2",
        "domain1\\dummyname2",
    ]
    for row, oracle in zip(rows, oracles("webmarshal"), strict=True):
        wanted = oracle["expected"]
        # The oracles' user is the message id of the syslog header, their time the collection's.
        assert row["client_ip"] == wanted["client_ip"]
        assert (row["host"], row["method"]) == (wanted["host"], wanted["method"])
        assert row["bytes_sent"] == int(wanted.get("bytes_out", 0))
        assert row["bytes_received"] == int(wanted.get("bytes_in", 0))
        assert row["user_agent"] == wanted["ua"]


def test_the_corpus_is_recognised() -> None:
    reading = reading_of(corpus(CORPUS), FORMATS)
    assert reading is not None
    assert reading.format.name == "webmarshal"
