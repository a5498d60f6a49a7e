import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.engine import dates
from logan.formats.vendors.sophos import FIREWALL
from tests.formats.proof import (
    assert_agreement,
    assert_record,
    batches,
    corpus,
    few,
    layout_of,
    lines_of,
    read,
    read_one,
    reading_of,
)

WEB = (
    'device="SFW" date=2024-05-16 time=14:54:39 timezone="BST" device_name="XG330" '
    'device_id=S0000000000000A log_id=050901616001 log_type="Content Filtering" '
    'log_component="HTTP" log_subtype="Allowed" status="" priority=Information '
    'user_name="jdoe@force.example" user_gp="Équipe" ether_type=Unknown (0x0000) '
    'url="http://www.example.com/a?b=c" src_ip=10.1.2.3 dst_ip=203.0.113.9 src_port=56332 '
    "dst_port=80 sent_bytes=310 recv_bytes=4563 domain=other.example.com exceptions= "
    'user_agent="Mozilla/5.0 (X11)" status_code="404" referer="http://example.org/"'
)
STANDARD = (
    'device_name="SFW" timestamp="2024-06-14T09:30:41+0100" device_model="XGS2100" '
    'log_id=050902616002 log_type="Content Filtering" log_component="HTTP" log_subtype="Denied" '
    'url="https://www.example.com/" src_ip="10.1.2.3" src_port=35550 dst_port=443 bytes_sent=340 '
    'bytes_received=893 domain="www.example.com" http_status="403"'
)
PAGE = {
    "client_ip": "10.1.2.3",
    "scheme": "http",
    "host": "www.example.com",
    "path": "/a",
    "query": "b=c",
    "action": "allowed",
    "referrer": "http://example.org/",
    "user_agent": "Mozilla/5.0 (X11)",
    "evidence": "url",
}


def test_every_column_of_the_firewall() -> None:
    assert_record(
        read_one(FIREWALL, WEB, zone="Europe/London"),
        **PAGE,
        time="2024-05-16T13:54:39+00:00",
        user="jdoe@force.example",
        status=404,
        bytes_sent=310,
        bytes_received=4563,
    )


def test_every_column_of_the_firewalls_standard_syslog() -> None:
    assert_record(
        read_one(FIREWALL, STANDARD),
        time="2024-06-14T08:30:41+00:00",
        client_ip="10.1.2.3",
        scheme="https",
        host="www.example.com",
        path="/",
        status=403,
        action="blocked",
        bytes_sent=340,
        bytes_received=893,
        evidence="connect",
    )


@pytest.mark.parametrize(
    ("zone", "time"),
    [
        ("+11", "2024-05-16T03:54:39+00:00"),
        ("CDT", "2024-05-16T19:54:39+00:00"),
        ("GMT", "2024-05-16T14:54:39+00:00"),
        ("+0530", "2024-05-16T09:24:39+00:00"),
    ],
)
def test_zones_of_the_firewall(zone: str, time: str) -> None:
    assert read_one(FIREWALL, WEB.replace("BST", zone), zone="UTC")["time"].isoformat() == time


@pytest.mark.parametrize(
    ("word", "action"),
    [
        ("Allowed", "allowed"),
        ("Denied", "blocked"),
        ("Warned", "blocked"),
        ("Would deny", "unknown"),
        ("", "unknown"),
    ],
)
def test_what_the_firewall_would_deny_it_did_not(word: str, action: str) -> None:
    line = WEB.replace('log_subtype="Allowed"', f'log_subtype="{word}"')
    assert (line == WEB) == (word == "Allowed")
    assert read_one(FIREWALL, line, zone="UTC")["action"] == action


def test_a_zone_that_is_not_known_is_not_guessed() -> None:
    (row,) = read(FIREWALL, WEB.replace("BST", "XYZ"), zone="UTC")
    assert row["reason"] == "time: cannot be read"
    assert layout_of(FIREWALL, WEB.replace("BST", "GMT")).stamps.zone_name is None
    assert layout_of(FIREWALL, WEB).stamps.zone_name == dates.OPEN
    indian = read_one(FIREWALL, WEB.replace("BST", "IST"), zone="Asia/Kolkata")
    assert indian["time"].isoformat() == "2024-05-16T09:24:39+00:00"
    bare = WEB.replace('timezone="BST" ', "")
    assert read_one(FIREWALL, bare, zone="+01:00")["time"].isoformat() == (
        "2024-05-16T13:54:39+00:00"
    )


def test_other_lines_of_the_firewall_tell_of_the_same_connections() -> None:
    for kind in ("Firewall", "SSL", "Anti-Virus"):
        row = read_one(FIREWALL, WEB.replace("Content Filtering", kind))
        assert (row["companion"], row["repeat"]) == ("session", None)
    mail = read_one(FIREWALL, WEB.replace("Content Filtering", "Anti-Spam"))
    assert mail["repeat"] is not None
    application = WEB.replace('log_component="HTTP"', 'log_component="Application"')
    assert read_one(FIREWALL, application)["companion"] == "session"
    reading = reading_of(WEB.replace("Content Filtering", "Firewall"), FORMATS)
    assert reading is not None
    assert "cannot show visits" in (reading.layout.names_no_host or "")


def test_an_alert_about_words_in_a_page_is_no_second_visit() -> None:
    """What the web content policy says of a page: with a site, and what was done with it."""
    alert = (
        'device="SFW" date=2024-05-16 time=14:54:40 timezone="GMT" device_name="XG330" '
        'device_id=S0000000000000A log_id=058420116010 log_type="Content Filtering" '
        'log_component="Web Content Policy" log_subtype="Alert" user="jdoe" src_ip=10.1.2.3 '
        'transaction_id="e4a127f7" dictionary_name="words" site_category=News '
        'website="www.example.com" direction="in" action="Deny" file_name="" context_match="a"'
    )
    row = read_one(FIREWALL, alert, zone="UTC")
    assert (row["companion"], row["repeat"], row["host"]) == ("session", None, "www.example.com")
    assert (row["user"], row["action"]) == ("jdoe", "blocked")


def test_corpus() -> None:
    lines = lines_of(corpus("sophos/sc4s/samples.log"))
    session, visit = read(FIREWALL, "\n".join(lines[:2]))
    assert (session["reason"], session["host"]) == (None, None)
    assert session["repeat"] is not None
    assert (visit["repeat"], visit["host"], visit["user"]) == (
        None,
        "www.google.com",
        "proxyhost01",
    )


@few
@given(batches([WEB, STANDARD]))
def test_check_and_table_agree(lines: list[str]) -> None:
    assert_agreement(FIREWALL, lines)
