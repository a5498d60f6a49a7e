import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.vendors.sonicwall import SYSLOG
from tests.formats.proof import (
    assert_agreement,
    assert_record,
    batches,
    corpus,
    few,
    read,
    read_one,
    reading_of,
)

LINE = (
    'id=firewall sn=18B1690729A8 time="2024-06-16 17:21:40 UTC" fw=192.0.2.1 pri=6 c=1024 m=97 '
    'msg="Web site hit" app=48 n=9 usr="FORCE\\jdoe" src=10.1.2.3:52589:X0:pc7 '
    "dst=203.0.113.9:8080:X1:edge.example.net proto=tcp/http op=2 sent=798 rcvd=12352 result=200 "
    'dstname=www.example.com arg=/a?b=c code=64 Category="News" referer=http://example.org/'
)


@pytest.mark.parametrize(
    ("logged", "address"),
    [
        ("10.1.2.3:52589:X0:pc7", "10.1.2.3"),
        ("10.1.2.3", "10.1.2.3"),
        ("2001:db8::7:52589:X0:pc7", "2001:db8::7"),
        ("2001:db8::7:52589:X0", "2001:db8::7"),
        ("[2001:db8::7]:52589:X0", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
    ],
)
def test_the_client_ends_where_its_port_begins(logged: str, address: str) -> None:
    assert read_one(SYSLOG, LINE.replace("10.1.2.3:52589:X0:pc7", logged))["client_ip"] == address


def test_every_column() -> None:
    assert_record(
        read_one(SYSLOG, LINE),
        time="2024-06-16T17:21:40+00:00",
        user="FORCE\\jdoe",
        client_ip="10.1.2.3",
        method="POST",
        scheme="http",
        host="www.example.com",
        port=8080,
        path="/a",
        query="b=c",
        status=200,
        action="allowed",
        bytes_sent=798,
        bytes_received=12352,
        referrer="http://example.org/",
        evidence="url",
    )


def test_stamps_without_utc_are_the_firewalls_own() -> None:
    row = read_one(SYSLOG, LINE.replace(" UTC", ""), zone="Europe/Paris")
    assert row["time"].isoformat() == "2024-06-16T15:21:40+00:00"


@pytest.mark.parametrize(
    ("old", "new", "action"),
    [
        ('m=97 msg="Web site hit"', 'm=14 msg="Web site access denied"', "blocked"),
        ('m=97 msg="Web site hit"', 'm=16 msg="Web site access allowed"', "allowed"),
        ('msg="Web site hit"', "", "allowed"),
        ('m=97 msg="Web site hit"', 'm=96 msg="x" fw_action="drop"', "blocked"),
        ('m=97 msg="Web site hit"', 'm=96 msg="x" fw_action="NA"', "unknown"),
    ],
)
def test_action(old: str, new: str, action: str) -> None:
    assert read_one(SYSLOG, LINE.replace(old, new))["action"] == action


def test_of_closed_https_only_the_name_is_known() -> None:
    closed = LINE.replace("tcp/http ", "tcp/https ").replace("arg=/a?b=c", "arg=/")
    row = read_one(SYSLOG, closed)
    assert (row["evidence"], row["method"], row["host"]) == ("connect", None, "www.example.com")
    assert read_one(SYSLOG, LINE.replace("tcp/http ", "tcp/https "))["evidence"] == "url"


@pytest.mark.parametrize("user", ["Unknown (SSO bypassed)", "Unknown (external IP)", ""])
def test_users_that_are_nobody(user: str) -> None:
    assert read_one(SYSLOG, LINE.replace("FORCE\\jdoe", user))["user"] is None


def test_corpus() -> None:
    text = corpus("sonicwall/sc4s/samples.log").replace("UNRENDERED_delldt", "2024-03-09 14:05:06")
    (row,) = read(SYSLOG, text)
    assert (row["reason"], row["client_ip"]) == (None, "192.0.0.159")
    assert row["repeat"] is not None
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert reading.format is SYSLOG
    assert "cannot show visits" in (reading.layout.names_no_host or "")


@few
@given(batches([LINE]))
def test_check_and_table_agree(lines: list[str]) -> None:
    assert_agreement(SYSLOG, lines)
