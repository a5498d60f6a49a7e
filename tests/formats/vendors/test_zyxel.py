"""Zyxel: content filter lines among the firewall's, with the clock of the syslog header."""

from logan.formats import FORMATS
from logan.formats.vendors import zyxel
from tests.formats.proof import corpus, counted, oracles, read, read_one, reading_of

CORPUS = "other_gateways/zywall/samples.log"


def test_pairs() -> None:
    row = read_one(zyxel.PAIRS, zyxel.PAIRS.texts[0], zone="Europe/London")
    assert row["time"].isoformat() == "2024-01-01T10:00:00+00:00"
    assert (row["user"], row["client_ip"]) == ("jdoe", "10.1.2.3")
    assert (row["host"], row["evidence"], row["action"]) == (
        "www.example.com",
        "connect",
        "allowed",
    )
    assert row["repeat"] is row["method"] is None
    blocked = read_one(zyxel.PAIRS, zyxel.PAIRS.texts[1], zone="UTC")
    assert (blocked["action"], blocked["repeat"]) == ("blocked", None)


def test_a_line_of_the_firewall_is_no_request() -> None:
    row = read_one(zyxel.PAIRS, zyxel.PAIRS.texts[2], zone="UTC")
    assert row["repeat"] == "no request: a Zyxel line of the kind ACCESS FORWARD"


def test_cef() -> None:
    row = read_one(zyxel.CEF, zyxel.CEF.texts[0])
    assert row["time"].isoformat() == "2024-01-01T10:00:00+00:00"
    assert (row["user"], row["client_ip"]) == ("jdoe", "10.1.2.3")
    assert (row["host"], row["evidence"], row["action"]) == (
        "www.example.com",
        "connect",
        "allowed",
    )


def test_the_corpus() -> None:
    """The file holds two kinds of header, which no firewall writes: pairs first, then CEF."""
    lines = corpus(CORPUS).split("\n")
    pairs = read(zyxel.PAIRS, "\n".join(lines[:2]), zone="UTC")
    events = read(zyxel.CEF, "\n".join(lines[2:]), zone="UTC", answers={"year": "2023"})
    assert counted(pairs) == (2, 0)
    assert counted(events) == (2, 0)
    for row, oracle in zip([*pairs, *events], oracles("other_gateways", "zywall"), strict=True):
        wanted = oracle["expected"]
        # The oracles' host is the firewall.
        assert row["time"].strftime("%Y-%m-%dT%H:%M:%SZ") == wanted["ts"]
        assert row["client_ip"] == wanted["client_ip"]
    assert [row["repeat"] is None for row in pairs] == [False, True]
    assert pairs[1]["host"] == "masked-domain1.com"
    assert all(row["repeat"] for row in events)


def test_the_corpus_is_recognised() -> None:
    reading = reading_of("\n".join(corpus(CORPUS).split("\n")[:2]), FORMATS)
    assert reading is not None
    assert reading.format.name == "zyxel"
