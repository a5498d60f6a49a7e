"""Kerio Control: its three logs of requests; its alerts are none."""

import pytest

from logan.formats.engine.layout import Layout
from logan.formats.vendors import kerio, kerio_filter, kerio_web
from tests.formats.proof import corpus, lines_of, read, read_one


def test_http() -> None:
    row = read_one(kerio.HTTP, kerio.HTTP.texts[0])
    assert row["time"].isoformat() == "2024-01-01T09:00:00+00:00"
    assert (row["user"], row["client_ip"], row["method"]) == ("jdoe", "10.1.2.3", "GET")
    assert (row["host"], row["path"], row["query"]) == ("www.example.com", "/a", "b=c")
    assert (row["status"], row["bytes_received"], row["evidence"]) == (304, 512, "url")
    tunnel = kerio.HTTP.texts[0].replace(
        "GET http://www.example.com/a?b=c", "CONNECT a.example:443"
    )
    row = read_one(kerio.HTTP, tunnel)
    assert (row["evidence"], row["setup"], row["action"]) == ("connect", False, "allowed")


def test_web() -> None:
    rows = [read_one(kerio_web.WEB, line, zone="Europe/Prague") for line in kerio_web.WEB.texts]
    assert [row["user"] for row in rows] == ["jdoe", None, "jdoe"]
    assert rows[0]["time"].isoformat() == "2024-01-01T09:00:00+00:00"
    assert (rows[0]["client_ip"], rows[0]["scheme"]) == ("10.1.2.3", "https")
    assert (rows[0]["host"], rows[0]["path"], rows[0]["query"]) == ("www.example.com", "/a", "b=c")
    assert (rows[0]["action"], rows[0]["evidence"], rows[0]["method"]) == ("allowed", "url", None)


def test_filter() -> None:
    denied, allowed = (
        read_one(kerio_filter.FILTER, line, zone="UTC") for line in kerio_filter.FILTER.texts
    )
    assert denied["time"].isoformat() == "2024-01-01T10:00:00+00:00"
    assert (denied["user"], denied["client_ip"], denied["method"]) == ("jdoe", "10.1.2.3", "GET")
    assert (denied["host"], denied["path"], denied["query"]) == ("www.example.com", "/a", "b=c")
    assert (denied["action"], denied["evidence"]) == ("blocked", "url")
    assert (allowed["user"], allowed["action"]) == (None, "allowed")


@pytest.mark.parametrize(
    "form", [kerio.HTTP, kerio_web.WEB, kerio_filter.FILTER], ids=lambda form: form.name
)
def test_the_alerts_in_the_corpus_are_no_requests(form: kerio.Format) -> None:
    text = corpus("other_gateways/kerio/samples.log")
    assert len(lines_of(text)) == 4
    assert all(row["reason"] for row in read(form, text, layout=Layout()))
