import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.vendors.sophos_appliance import APPLIANCE
from logan.formats.vendors.sophos_utm import UTM
from tests.formats.proof import (
    assert_agreement,
    assert_record,
    batches,
    corpus,
    few,
    lines_of,
    read,
    read_one,
    reading_of,
)

PROXY = (
    '2024:01:22-06:09:59 utm1 httpproxy[5207]: id="0001" severity="info" sys="SecureWeb" '
    'sub="http" name="http access" action="pass" method="GET" srcip="10.1.2.3" '
    'dstip="203.0.113.9" user="jdoe" ad_domain="FORCE" statuscode="200" cached="0" size="10750" '
    'url="http://www.example.com/a?b=c" referer="http://example.org/" error="" '
    'ua="Mozilla/5.0 (X11)" categoryname="News" content-type="text/html"'
)
BOX = (
    r'h=10.1.2.3 u="FORCE\\jdo\xc3\xa9" s=200 X=- t=1705314600 T=284453 Ts=0 act=1 '
    r'cat="0x220000002a" app="-" type="text/html" in=1255 out=26198 meth=GET '
    r'ref="http://example.org/" ua="Mozilla/5.0 (X11)" '
    r'req="GET http://www.example.com/a?b=c HTTP/1.1" dom="example.com"'
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


def test_every_column_of_utm() -> None:
    assert_record(
        read_one(UTM, PROXY, zone="Europe/Paris"),
        **PAGE,
        time="2024-01-22T05:09:59+00:00",
        user="FORCE\\jdoe",
        method="GET",
        status=200,
        bytes_received=10750,
    )


def test_every_column_of_the_appliance() -> None:
    assert_record(
        read_one(APPLIANCE, BOX),
        **PAGE,
        time="2024-01-15T10:30:00+00:00",
        user="FORCE\\jdoé",
        method="GET",
        status=200,
        bytes_sent=1255,
        bytes_received=26198,
    )


@pytest.mark.parametrize(
    ("code", "action"), [("1", "allowed"), ("2", "allowed"), ("-1", "blocked"), ("-2", "blocked")]
)
def test_action_of_the_appliance(code: str, action: str) -> None:
    assert read_one(APPLIANCE, BOX.replace("act=1", f"act={code}"))["action"] == action


@pytest.mark.parametrize(
    ("old", "new", "action"),
    [
        ('action="pass"', 'action="block"', "blocked"),
        ('action="pass"', 'action="warn"', "blocked"),
        ('action="pass"', 'action="other"', "unknown"),
        ('statuscode="200"', 'statuscode="407"', "auth"),
    ],
)
def test_action_of_utm(old: str, new: str, action: str) -> None:
    assert read_one(UTM, PROXY.replace(old, new), zone="UTC")["action"] == action


def test_tunnels() -> None:
    tunnel = PROXY.replace('"GET"', '"CONNECT"').replace(
        "http://www.example.com/a?b=c", "https://www.example.com/"
    )
    row = read_one(UTM, tunnel, zone="UTC")
    assert (row["evidence"], row["setup"], row["host"]) == ("connect", True, "www.example.com")
    box = BOX.replace("GET http://www.example.com/a?b=c", "CONNECT www.example.com:443")
    row = read_one(APPLIANCE, box.replace("meth=GET", "meth=CONNECT"))
    assert (row["evidence"], row["host"], row["port"]) == ("connect", "www.example.com", 443)


def test_corpus() -> None:
    text = "\n".join(lines_of(corpus("sophos/sc4s/samples.log"))[2:])
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert reading.format is APPLIANCE
    found = [
        (row["reason"], row["user"], row["host"], row["action"]) for row in read(APPLIANCE, text)
    ]
    assert found == [(None, "DOMAIN\\johnsmith", "www.google.ca", "allowed")] * 2


@few
@given(batches([PROXY, BOX]))
def test_check_and_table_agree(lines: list[str]) -> None:
    assert_agreement(UTM, lines)
    assert_agreement(APPLIANCE, lines)
