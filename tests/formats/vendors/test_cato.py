"""Cato Networks: events that name a site, events that do not, both shapes of a record."""

from logan.formats.vendors.cato import CATO
from tests.formats.proof import read, read_one


def test_an_event() -> None:
    row = read_one(CATO, CATO.texts[0])
    assert row["time"].isoformat() == "2024-01-01T10:00:00.123000+00:00"
    assert (row["user"], row["client_ip"]) == ("Jane Doe", "10.1.2.3")
    assert (row["host"], row["port"], row["action"]) == ("www.example.com", 443, "allowed")
    assert (row["evidence"], row["repeat"]) == ("connect", None)


def test_a_record_of_the_api() -> None:
    row = read_one(CATO, CATO.texts[1])
    assert (row["host"], row["action"]) == ("www.example.com", "blocked")


def test_an_address_that_was_seen() -> None:
    seen = CATO.texts[0].replace(
        '"domain_name"',
        '"full_path_url":"https://www.example.com/a?b=c","http_request_method":"POST","domain_name"',
    )
    row = read_one(CATO, seen)
    assert (row["method"], row["path"], row["query"], row["evidence"]) == (
        "POST",
        "/a",
        "b=c",
        "url",
    )


def test_connectivity_is_no_request() -> None:
    (row,) = read(CATO, CATO.texts[2])
    assert row["repeat"] == "no request: a Cato event of the kind Connected"
