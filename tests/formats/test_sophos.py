import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.sophos import APPLIANCE, FIREWALL, UTM
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


def test_every_column_of_the_firewall() -> None:
    assert_record(
        read_one(FIREWALL, WEB),
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


def test_a_zone_that_is_not_known_is_not_guessed() -> None:
    (row,) = read(FIREWALL, WEB.replace("BST", "IST"), zone="UTC")
    assert row["reason"] == "time: cannot be read"
    bare = WEB.replace('timezone="BST" ', "")
    assert read_one(FIREWALL, bare, zone="+01:00")["time"].isoformat() == (
        "2024-05-16T13:54:39+00:00"
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


def test_other_lines_of_the_firewall_are_repeats() -> None:
    for kind in ("Firewall", "SSL", "Anti-Virus"):
        assert read_one(FIREWALL, WEB.replace("Content Filtering", kind))["repeat"] is not None
    application = WEB.replace('log_component="HTTP"', 'log_component="Application"')
    assert read_one(FIREWALL, application)["repeat"] is not None
    reading = reading_of(WEB.replace("Content Filtering", "Firewall"), FORMATS)
    assert reading is not None
    assert "cannot show visits" in (reading.layout.blind or "")


def test_corpus() -> None:
    lines = lines_of(corpus("sophos/sc4s/samples.log"))
    rows = [*read(FIREWALL, "\n".join(lines[:2])), *read(APPLIANCE, "\n".join(lines[2:]))]
    found = [(row["reason"], row["user"], row["host"], row["action"]) for row in rows]
    assert found == [
        (None, "proxyhost01", None, "allowed"),
        (None, "proxyhost01", "www.google.com", "allowed"),
        (None, "DOMAIN\\johnsmith", "www.google.ca", "allowed"),
        (None, "DOMAIN\\johnsmith", "www.google.ca", "allowed"),
    ]
    assert [row["repeat"] is None for row in rows] == [False, True, True, True]


@few
@given(batches([WEB, STANDARD, PROXY, BOX]))
def test_check_and_table_agree(lines: list[str]) -> None:
    for form in (FIREWALL, UTM, APPLIANCE):
        assert_agreement(form, lines)
