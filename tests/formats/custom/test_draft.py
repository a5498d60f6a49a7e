"""Drafts of mapping files: usable where the log tells all, refused where something is open."""

import json

import pytest

from logan.errors import ConfigurationError
from logan.formats.custom.draft import cut
from logan.formats.custom.draft_columns import guesses
from logan.formats.custom.draft_text import write_draft
from logan.formats.custom.mapping import load_text
from logan.formats.detect.head import head_of
from tests.formats.proof import read

CSV = """\
Date,Time,User,Source IP,URL,Code,FormatVerdict,Bytes In,Bytes Out,Agent
05/07/2024,13:55:36,FORCE\\jdoe,10.1.2.3,https://www.example.com/a?b=c,200,Permitted,512,64,Mozilla/5.0
25/07/2024,13:55:37,FORCE\\asmith,10.1.2.4,https://www.example.com/a,403,Denied,512,64,Mozilla/5.0
26/07/2024,13:55:38,-,10.1.2.4,https://www.example.com/a,200,Coached,512,64,Mozilla/5.0
"""
ENTRY = {
    "EventTime": "2024-07-05T12:55:36Z",
    "source": {"ip": "10.1.2.3"},
    "ClientRequestHost": "www.example.com",
    "Uri": "/a",
    "note": "x\n  evil: yes",
}


def drafted(text: str) -> tuple[str, bool]:
    found = cut(head_of(text.encode(), whole=True))
    assert found is not None
    return write_draft(found, guesses(found), name="acme")


def test_a_draft_reads_the_log_it_was_made_from() -> None:
    text, usable = drafted(CSV)
    assert usable
    rows = read(load_text(text), CSV, zone="Europe/London")
    assert [row["reason"] for row in rows] == [None] * 3
    first = rows[0]
    assert first["time"].isoformat() == "2024-07-05T12:55:36+00:00"
    assert (first["user"], first["client_ip"]) == ("FORCE\\jdoe", "10.1.2.3")
    assert (first["host"], first["status"], first["action"]) == ("www.example.com", 200, "allowed")
    assert (first["bytes_sent"], first["bytes_received"]) == (64, 512)
    assert [row["action"] for row in rows] == ["allowed", "blocked", "unknown"]


def test_what_is_in_doubt_is_said() -> None:
    text, _ = drafted(CSV)
    for doubt in ("stamps without a zone", "say what these words mean: Coached", "the direction"):
        assert doubt in text


def test_an_open_order_of_dates_keeps_the_draft_from_being_used() -> None:
    early = CSV.replace("25/07", "05/07").replace("26/07", "06/07")
    text, usable = drafted(early)
    assert not usable
    assert "whether the day or the month is first" in text
    with pytest.raises(ConfigurationError):
        load_text(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (CSV, "csv"),
        (CSV.replace(",", "\t"), "tsv"),
        ("\n".join(CSV.split("\n")[1:]), "csv"),
        (json.dumps(ENTRY), "json"),
        (f"<134>Jan  1 10:00:00 box acme[1]: {json.dumps(ENTRY)}", "json"),
        ('time=1720184136 user="j doe" host=www.example.com src=10.1.2.3 x=1', "key-value"),
        ("time=1720184136|user=j doe|host=www.example.com|src=10.1.2.3|", "key-value"),
        ("2024-07-05 12:55:36 10.1.2.3 GET https://www.example.com/ 200", "words"),
    ],
)
def test_the_kind_of_line_is_found(text: str, kind: str) -> None:
    draft, usable = drafted(text)
    assert f"lines: {kind}\n" in draft
    assert usable, draft


def test_json_keys_are_paths_and_guesses_are_marked() -> None:
    text, usable = drafted(json.dumps(ENTRY))
    assert usable
    assert "client_ip: 'source.ip'" in text
    assert "  # guessed: check it\n  host: 'ClientRequestHost'" in text


def test_nothing_that_a_log_says_breaks_out_of_the_draft() -> None:
    text, usable = drafted(json.dumps(ENTRY | {"action": "a\n  evil: yes\x1b[2J", "k: 'x": "y"}))
    assert usable
    assert "\x1b" not in text
    assert not any(line.lstrip().startswith("evil") for line in text.splitlines())


def test_lines_that_are_not_alike_give_no_draft() -> None:
    assert cut(head_of(b"one\ntwo words\nthree little words\n", whole=True)) is None
    assert cut(head_of(b"", whole=True)) is None


def test_what_a_record_cannot_lack_is_asked_for() -> None:
    text, usable = drafted("a=1 b=2 c=3 d=4")
    assert not usable
    assert "# time: ?  # needed" in text
    assert "# host: ?  # needed" in text


TABS = """\
1795904830.044\t40\t10.1.2.3\tTCP_MISS\t200\t5948\tGET\thttp://www.example.com/en\tann\ttext/html\t-
1795904830.114\t4\t10.1.2.3\tTCP_TUNNEL\t200\t5948\tCONNECT\twww.example.com:443\tann\t-\t-
1795904830.115\t4\t10.1.2.3\tTCP_TUNNEL\t200\t5948\tCONNECT\t[2001:db8::1]:443\tann\t-\t-
1795904830.191\t5\t10.1.2.3\tTCP_MISS\t200\t598\tGET\thttp://192.0.2.7/a\tann\ttext/html\thttp://search.example/
"""


@pytest.mark.parametrize("swapped", [False, True])
def test_what_was_asked_for_is_the_url_and_not_the_referrer(swapped: bool) -> None:
    """The referrer is an address too, but hardly any line has one, and no tunnel is in it."""
    lines = TABS
    if swapped:
        rows = [line.split("\t") for line in TABS.splitlines()]
        lines = "".join("\t".join([*row[:2], row[-1], *row[2:-1]]) + "\n" for row in rows)
    text, _ = drafted(lines)
    url, referrer = ("field9", "field3") if swapped else ("field8", "field11")
    assert f"url: '{url}'" in text
    assert f"referrer: '{referrer}'" in text


def test_the_names_of_nginx_are_known() -> None:
    entry = {
        "time_iso8601": "2024-07-05T12:55:36+00:00",
        "remote_addr": "10.1.2.3",
        "remote_user": "FORCE\\jdoe",
        "request_method": "GET",
        "scheme": "https",
        "http_host": "www.example.com",
        "server_name": "proxy.example",
        "server_port": "443",
        "request_uri": "/a?b=c",
        "status": "200",
        "bytes_sent": "5000",
        "body_bytes_sent": "4800",
        "request_length": "300",
        "http_referer": "https://search.example/",
        "http_user_agent": "Mozilla/5.0",
        "upstream_addr": "192.0.2.9:443",
    }
    text, usable = drafted(json.dumps(entry))
    assert usable
    (row,) = read(load_text(text), json.dumps(entry))
    wanted = {
        "user": "FORCE\\jdoe",
        "client_ip": "10.1.2.3",
        "method": "GET",
        "scheme": "https",
        "host": "www.example.com",
        "port": 443,
        "path": "/a",
        "query": "b=c",
        "status": 200,
        "bytes_sent": 300,
        "bytes_received": 4800,
        "referrer": "https://search.example/",
        "user_agent": "Mozilla/5.0",
    }
    assert {name: row[name] for name in wanted} == wanted
    assert row["time"].isoformat() == "2024-07-05T12:55:36+00:00"


def test_the_same_name_elsewhere_is_what_the_user_sent() -> None:
    text, _ = drafted(json.dumps({**ENTRY, "bytes_sent": "300"}))
    assert "bytes_sent: 'bytes_sent'" in text
