"""WebMarshal: a wall clock beside a syslog stamp, unquoted users, cut queries, the oracles."""

from logan.formats import FORMATS
from logan.formats.vendors import webmarshal, webmarshal_w3c
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


def test_a_machine_at_which_nobody_logged_on_is_no_user() -> None:
    """KB 21119: "Authenticated user name (or computer name/IP address) of the client"."""
    line = FORM.texts[0]
    assert read_one(FORM, line.replace("FORCE\\jane doe", "WS12"))["user"] is None
    assert read_one(FORM, line.replace("FORCE\\jane doe", "10.1.2.3"))["user"] is None
    assert read_one(FORM, line.replace("FORCE\\jane doe", "WS12\\jdoe"))["user"] == "WS12\\jdoe"


def test_the_id_of_a_request_is_no_part_of_what_stands_before_it() -> None:
    line = FORM.texts[0].replace("jane doe  arg=", "jane doe requestid=4711 arg=")
    assert read_one(FORM, line)["user"] == "FORCE\\jane doe"


def test_w3c_traffic_logs_have_the_servers_clock() -> None:
    """KB 15048: "Local date", "Local time"; W3C's own would be UTC."""
    form = webmarshal_w3c.WEBMARSHAL_W3C
    summer = form.texts[0].replace("2024-01-10", "2024-07-10")
    passed, _ = read(form, summer, zone="Europe/London")
    assert passed["time"].isoformat() == "2024-07-10T12:55:36+00:00"
    reading = reading_of(summer, FORMATS)
    assert reading is not None
    assert reading.format is form
    offset = "#GMT-Offset: +0200\n" + summer
    assert read(form, offset, zone="UTC")[0]["time"].hour == 11
