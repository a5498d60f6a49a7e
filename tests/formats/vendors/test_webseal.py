"""WebSEAL: the long request log, alone and inside the shippers of the corpus; the oracles."""

from logan.formats.vendors import webseal
from tests.formats.proof import Row, corpus, counted, oracles, read, read_one

FORM = webseal.WEBSEAL
#: Objects of one shipper, then of another, and lines of other logs of the appliance.
GROK, SPAN = slice(0, 5), slice(5, 8)


def test_a_request() -> None:
    row = read_one(FORM, FORM.texts[0])
    assert row["time"].isoformat() == "2024-01-01T09:00:00+00:00"
    assert (row["user"], row["client_ip"], row["method"]) == ("jdoe", "10.1.2.3", "GET")
    assert (row["host"], row["path"], row["query"]) == ("www.example.com", "/app/a", "b=c")
    assert (row["status"], row["bytes_received"], row["evidence"]) == (200, 231, "url")
    assert (row["referrer"], row["user_agent"]) == ("https://www.example.com/", "Mozilla/5.0 (X11)")


def test_nobody_logged_in() -> None:
    row = read_one(FORM, FORM.texts[1])
    assert (row["user"], row["bytes_received"], row["user_agent"]) == (None, None, "App")


def test_the_corpus() -> None:
    lines = corpus("other_gateways/ibm_webseal/samples.log").split("\n")
    known = oracles("other_gateways", "ibm_webseal")
    for part in (GROK, SPAN):
        rows = read(FORM, "\n".join(lines[part]))
        assert counted(rows) == (len(rows), 0)
        for row, oracle in zip(rows, known[part], strict=True):
            compare(row, oracle["expected"])


def compare(row: Row, wanted: Row) -> None:
    assert row["time"].strftime("%Y-%m-%dT%H:%M:%SZ") == wanted["ts"]
    user = wanted["user"]
    assert row["user"] == (None if user == "unauthenticated" else user)
    assert (row["client_ip"], row["method"]) == (wanted["client_ip"], wanted["method"])
    assert row["status"] == int(wanted["status"])
    assert row["path"] == wanted["url"].split("?")[0]
    # The oracles' host is the machine that shipped the line, not the virtual host.
    assert row["host"] != "maskeddomain2.com"
