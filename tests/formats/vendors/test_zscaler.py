import pytest

from logan.formats.engine.format import Format
from logan.formats.engine.layout import Layout
from logan.formats.vendors.zscaler import PAIRS
from logan.formats.vendors.zscaler_csv import CSV
from logan.formats.vendors.zscaler_json import JSON
from tests.formats.proof import (
    Row,
    assert_corpus,
    assert_record,
    corpus,
    counted,
    read,
    read_one,
)

WANTED: Row = {
    "time": "2024-01-10T13:55:36+00:00",
    "user": "jdoe@force.example",
    "client_ip": "10.1.2.3",
    "method": "GET",
    "scheme": "https",
    "host": "www.example.com",
    "path": "/a",
    "query": "b=c",
    "status": 200,
    "action": "allowed",
    "bytes_sent": 640,
    "bytes_received": 5120,
    "referrer": "http://ref.example/",
    "user_agent": "Mozilla/5.0 (X11)",
    "evidence": "url",
}
TABBED = PAIRS.texts[0]


@pytest.mark.parametrize(
    ("form", "sample"),
    [(PAIRS, TABBED), (PAIRS, PAIRS.texts[1]), (JSON, JSON.texts[0]), (JSON, JSON.texts[1])],
    ids=["tabs", "spaces", "event", "wrapped"],
)
def test_every_column(form: Format, sample: str) -> None:
    assert_record(read_one(form, sample, zone="UTC"), **WANTED)


def test_every_column_of_the_other_names() -> None:
    row = read_one(JSON, JSON.texts[2])
    changed: Row = {
        "time": "2021-12-31T07:07:07+00:00",
        "method": "CONNECT",
        "scheme": None,
        "port": 443,
        "path": None,
        "query": None,
        "status": 403,
        "action": "blocked",
        "bytes_received": 0,
        "referrer": None,
        "user_agent": None,
        "evidence": "connect",
    }
    assert_record(row, **WANTED | changed)
    assert row["setup"]
    changed = {"method": "POST", "status": 403, "action": "blocked", "user_agent": "curl/8"}
    row = read_one(PAIRS, PAIRS.texts[2], zone="UTC")
    assert_record(row, **WANTED | changed | {"referrer": None})


def test_every_column_of_csv() -> None:
    row = read_one(CSV, CSV.texts[0], zone="UTC")
    changed: Row = {"time": "2021-12-31T07:07:07+00:00", "user_agent": "Mozilla/5.0 (X11, Linux)"}
    assert_record(row, **WANTED | changed | {"referrer": None})


def test_csv_as_the_portal_exports_it() -> None:
    text = (
        "No.,Event Time,User,Policy Action,URL,Client IP,Request Method,Response Code,Sent Bytes,"
        "Received Bytes,User Agent,Referer URL\n"
        '1,"Wednesday, January 10, 2024 1:55:36 PM",jdoe@force.example,Blocked,www.example.com/a,'
        "10.1.2.3,GET,403,640,0,curl/8,None\n"
    )
    row = read_one(CSV, text, zone="UTC")
    assert row["time"].isoformat() == WANTED["time"]
    assert (row["action"], row["bytes_sent"], row["status"]) == ("blocked", 640, 403)


@pytest.mark.parametrize(
    ("reason", "action"),
    [
        ("Allowed - No Active Content", "allowed"),
        ("Allow due to insufficient app data", "allowed"),
        ("Allowed due to override", "allowed"),
        ("Isolate and Scan", "allowed"),
        ("Internet access cautioned", "blocked"),
        ("Cautioned to use this File Share site", "blocked"),
        ("Not allowed to browse this category", "blocked"),
        ("Access denied due to bad server certificate", "blocked"),
        ("Dropped due to failed client SSL handshake", "blocked"),
        ("IPS block outbound request: adware/spyware traffic", "blocked"),
        ("Time quota exceeded daily limit", "blocked"),
        ("Quarantined", "blocked"),
        ("Fake Proxy Authentication", "unknown"),
    ],
)
def test_reasons_that_the_portal_exports(reason: str, action: str) -> None:
    """As Zscaler's article Policy Reasons describes each of them."""
    text = CSV.texts[1].replace("Not allowed to browse this category", reason)
    assert read_one(CSV, text, zone="UTC")["action"] == action


@pytest.mark.parametrize(
    ("stamp", "zone", "time"),
    [
        ("2024-07-10 13:55:36", "Europe/London", "2024-07-10T12:55:36+00:00"),
        ("Wed Jul 10 13:55:36 2024", "Europe/London", "2024-07-10T12:55:36+00:00"),
        ("Wed Jul  3 13:55:36 2024", "UTC", "2024-07-03T13:55:36+00:00"),
    ],
)
def test_the_zone_of_the_feed_is_asked_for(stamp: str, zone: str, time: str) -> None:
    assert PAIRS.shows.clock == "local"
    line = TABBED.replace("2024-01-10 13:55:36", stamp)
    assert read_one(PAIRS, line, zone=zone)["time"].isoformat() == time


def test_a_zone_in_the_record_comes_first() -> None:
    line = TABBED + "\ttz=GMT"
    row = read_one(PAIRS, line, zone="Australia/Lord_Howe")
    assert row["time"].isoformat() == WANTED["time"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("protocol=HTTPS", "protocol=SSL", {"evidence": "connect", "scheme": None}),
        ("requestmethod=GET", "requestmethod=NA", {"method": None, "evidence": "url"}),
        ("protocol=HTTPS", "protocol=HTTP_PROXY", {"evidence": "connect"}),
        ("protocol=HTTPS", "protocol=Tunnel SSL", {"evidence": "connect"}),
        ("requestmethod=GET", "requestmethod=CONNECT", {"evidence": "connect", "setup": True}),
        ('url="www.example.com/a?b=c"', "url=www.example.com:443", {"port": 443, "path": None}),
        ('url="www.example.com/a?b=c"', "url=b.example/x", {"host": "b.example", "path": "/x"}),
        ("user=jdoe@force.example", "user=HQ", {"user": None}),
        ("user=jdoe@force.example", "user=Jane%20Doe", {"user": "Jane Doe"}),
        ("user=jdoe@force.example", "user=None", {"user": None}),
        ("useragent=Mozilla/5.0 (X11)", "useragent=Unknown", {"user_agent": None}),
        ("refererURL=http://ref.example/", 'refererURL="None"', {"referrer": None}),
        ("action=Allowed", "action=Blocked", {"action": "blocked"}),
        ("action=Allowed", "action=Caution", {"action": "blocked"}),
        ("user=jdoe@force.example", "ologin=4094304256", {"user": "4094304256"}),
        ("status=200", "status=407", {"action": "auth"}),
        ("status=200", "status=NA", {"status": None}),
        (
            "department=CID, North",
            "deviceowner=other@force.example",
            {"user": "jdoe@force.example"},
        ),
    ],
)
def test_values(old: str, new: str, expected: Row) -> None:
    assert old in TABBED
    row = read_one(PAIRS, TABBED.replace(old, new), zone="UTC")
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    "line",
    [
        TABBED.replace("action=Allowed", "action=Observed"),
        TABBED.replace('url="www.example.com/a?b=c"', "link=x"),
        TABBED.split("\t")[0],
    ],
)
def test_a_line_without_what_makes_it_a_record_is_refused(line: str) -> None:
    assert counted(read(PAIRS, line, zone="UTC")) == (0, 1)


def test_the_relay_lends_its_time_where_the_line_has_none() -> None:
    bare = TABBED.split("\t", 1)[1]
    row = read_one(PAIRS, f"<134>1 2024-01-10T13:55:36Z nss zscaler - - - {bare}")
    assert row["time"].isoformat() == WANTED["time"]


def test_a_user_agent_in_percent_codes() -> None:
    line = JSON.texts[0].replace("Mozilla/5.0 (X11)", "Mozilla/5.0%20(X11%2c%20y)")
    assert read_one(JSON, line, zone="UTC")["user_agent"] == "Mozilla/5.0 (X11, y)"


def test_an_hour_has_its_own_bytes() -> None:
    assert PAIRS.reader.stamp_span is not None
    assert PAIRS.reader.stamp_span(TABBED, Layout()) == (0, 14)


def test_corpus() -> None:
    text = corpus("zscaler_nss/sc4s/samples.log")
    web = "\n".join(line for line in text.split("\n") if "event_id=" in line)
    rows = read(PAIRS, web, zone="UTC")
    assert counted(rows) == (5, 0)
    assert [row["time"].isoformat() for row in rows] == [
        "2019-10-16T15:44:36+00:00",
        "2024-03-09T14:05:06+00:00",
        "2020-03-02T02:51:56+00:00",
        *["2024-03-09T14:05:06+00:00"] * 2,
    ]
    assert [row["host"] for row in rows] == [
        *["example.com"] * 2,
        *["www.msftconnecttest.com"] * 2,
        "4171764.fls.doubleclick.net",
    ]
    assert [row["user"] for row in rows] == [
        *["first.last@example.com"] * 2,
        "random@example.com",
        "example@random.com",
        "first.last@example.com",
    ]
    assert [row["bytes_sent"] for row in rows] == [598, 598, 111, 111, 598]
    assert [row["bytes_received"] for row in rows] == [65, 65, 512, 512, 65]
    assert rows[0]["user_agent"] == "Windows Windows 10 Enterprise ZTunnel/1.0"
    assert {row["client_ip"] for row in rows} == {"192.168.0.0", "192.168.0.38", "192.168.0.1"}


def test_corpus_private_access_is_no_web_log() -> None:
    text = corpus("zscaler_nss/sc4s/samples.log")
    private = [line for line in text.split("\n") if '"LogTimestamp"' in line]
    assert len(private) == 12
    assert counted(read(JSON, "\n".join(private), zone="UTC"))[0] == 0
    assert_corpus(PAIRS, "zscaler_nss/sc4s/samples.log", records=5, rejects=16, zone="UTC")
