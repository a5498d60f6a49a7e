"""Smoothwall's report: by its header, in either order of the date."""

from logan.formats.engine.layout import Head
from logan.formats.vendors.smoothwall import SMOOTHWALL
from tests.formats.proof import counted, read, read_one


def test_a_row() -> None:
    row = read_one(SMOOTHWALL, SMOOTHWALL.texts[0], zone="Europe/London")
    assert row["time"].isoformat() == "2024-04-15T11:50:04+00:00", "British summer time"
    assert (row["user"], row["client_ip"]) == ("jdoe", "10.1.2.3")
    assert (row["host"], row["path"], row["query"]) == ("www.example.com", "/a", "b=c,d")
    assert (row["status"], row["action"], row["evidence"]) == (200, "unknown", "url")


def test_a_word_for_the_code() -> None:
    row = read_one(SMOOTHWALL, SMOOTHWALL.texts[1], zone="UTC")
    assert (row["status"], row["action"]) == (None, "blocked")
    assert row["time"].isoformat() == "2024-04-15T12:50:04+00:00"


def test_rows_need_the_header() -> None:
    assert SMOOTHWALL.layout(Head((SMOOTHWALL.texts[0].split("\n")[1],), (1,))) is None


def test_the_header_repeated_is_no_row() -> None:
    text = SMOOTHWALL.texts[0] + "\n" + SMOOTHWALL.texts[0]
    assert counted(read(SMOOTHWALL, text, zone="UTC")) == (2, 0)
