import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.vendors.fortinet import PAIRS
from logan.formats.vendors.fortinet_cef import CEF
from tests.formats.proof import (
    assert_agreement,
    assert_record,
    batches,
    corpus,
    counted,
    few,
    lines_of,
    read,
    read_one,
    reading_of,
)

LINE = (
    'date=2024-05-13 time=17:29:45 devname="fw1" devid="FGT60D0000000000" '
    'eventtime=1715617785975119738 tz="+0100" logid="0317013312" type="utm" subtype="webfilter" '
    'eventtype="ftgd_allow" level="notice" vd="root" policyid=1 sessionid=38 user="FORCE\\jdoe" '
    'srcip=10.1.2.3 srcport=44258 dstip=203.0.113.9 dstport=8443 proto=6 service="HTTPS" '
    'hostname="www.example.com" action="passthrough" reqtype="direct" url="/a?b=c user=other" '
    'sentbyte=525 rcvdbyte=325 msg="an \\"allowed\\" category" method="domain" cat=52 '
    'agent="Mozilla/5.0 (X11)" httpmethod="POST" referralurl="https://pimeyes.example/"'
)
TRANSACTION = (
    'time=12:17:24 devname="proxy1" devid=FPX0000000000000 eventtime=1744107443 tz="+0200" '
    'logid="1000234512" type="traffic" subtype="http-transaction" level="notice" vd="root" '
    'srcip=192.0.2.7 clientip=10.1.2.3 scheme="https" dstport=443 hostname="www.example.com" '
    'url="https://www.example.com/a" reqlength=474 resplength=1200 user="jdoe" statuscode=200 '
    'utmaction="allow"'
)
EVENT = (
    "CEF:0|Fortinet|Fortigate|v7.2.5|13056|utm:webfilter ftgd_blk blocked|4|"
    "FTNTFGTeventtime=1715617785975119738 FTNTFGTlogid=0316013056 cat=utm:webfilter "
    "FTNTFGTsubtype=webfilter duser=jdoe suser=other src=10.1.2.3 dpt=80 app=HTTP "
    "dhost=www.example.com act=blocked request=/a?b\\=c out=96 in=7 "
    "requestClientApplication=Mozilla FTNTFGTreferralurl=https://example.org/"
)


def test_every_column() -> None:
    assert_record(
        read_one(PAIRS, LINE),
        time="2024-05-13T16:29:45.975119+00:00",
        user="FORCE\\jdoe",
        client_ip="10.1.2.3",
        method="POST",
        scheme="https",
        host="www.example.com",
        port=8443,
        path="/a",
        query="b=c user=other",
        action="allowed",
        bytes_sent=525,
        bytes_received=325,
        referrer="https://pimeyes.example/",
        user_agent="Mozilla/5.0 (X11)",
        evidence="url",
    )


def test_every_column_of_cef() -> None:
    assert_record(
        read_one(CEF, EVENT),
        time="2024-05-13T16:29:45.975119+00:00",
        user="jdoe",
        client_ip="10.1.2.3",
        scheme="http",
        host="www.example.com",
        port=80,
        path="/a",
        query="b=c",
        action="blocked",
        bytes_sent=96,
        bytes_received=7,
        referrer="https://example.org/",
        user_agent="Mozilla",
        evidence="url",
    )


def test_every_column_of_a_transaction() -> None:
    assert_record(
        read_one(PAIRS, TRANSACTION),
        time="2025-04-08T10:17:23+00:00",
        user="jdoe",
        client_ip="10.1.2.3",
        scheme="https",
        host="www.example.com",
        path="/a",
        status=200,
        action="allowed",
        bytes_sent=474,
        bytes_received=1200,
        evidence="url",
    )


@pytest.mark.parametrize(
    ("old", "new", "time"),
    [
        ("eventtime=1715617785975119738 ", "eventtime=1715617785 ", "2024-05-13T16:29:45+00:00"),
        ("eventtime=1715617785975119738 ", "", "2024-05-13T16:29:45+00:00"),
        ('eventtime=1715617785975119738 tz="+0100" ', "", "2024-05-13T21:29:45+00:00"),
        ("date=2024-05-13 ", "", "2024-05-13T16:29:45.975119+00:00"),
    ],
)
def test_clock(old: str, new: str, time: str) -> None:
    row = read_one(PAIRS, LINE.replace(old, new), zone="America/New_York")
    assert row["time"].isoformat() == time


def test_before_fortios_6_events_have_the_time_of_the_header() -> None:
    line = "<189>Feb 12 2016 11:11:30 fw1 " + EVENT.replace(
        "FTNTFGTeventtime=1715617785975119738 ", ""
    )
    assert read_one(CEF, line, zone="UTC")["time"].isoformat() == "2016-02-12T11:11:30+00:00"


@pytest.mark.parametrize(
    ("old", "new", "evidence"),
    [
        ('url="/a?b=c user=other"', 'url="/"', "url"),
        ('httpmethod="POST"', 'httpmethod="CONNECT"', "connect"),
    ],
)
def test_evidence(old: str, new: str, evidence: str) -> None:
    assert read_one(PAIRS, LINE.replace(old, new))["evidence"] == evidence


def test_of_closed_https_only_the_name_is_known() -> None:
    closed = LINE.partition(" agent=")[0].replace('url="/a?b=c user=other"', 'url="/"')
    assert read_one(PAIRS, closed)["evidence"] == "connect"
    assert read_one(PAIRS, closed.replace('"HTTPS"', '"HTTP"'))["evidence"] == "url"
    whole = closed.replace('url="/"', 'url="https://www.example.com/"')
    assert read_one(PAIRS, whole)["evidence"] == "connect"


@pytest.mark.parametrize(
    ("old", "new", "action"),
    [
        ('action="passthrough"', 'action="blocked"', "blocked"),
        ('action="passthrough"', 'action="exempted"', "allowed"),
        ('action="passthrough"', 'action="somehow"', "unknown"),
        ('action="passthrough"', "", "unknown"),
        ('action="passthrough"', 'action="reset"', "blocked"),
        ('action="passthrough"', 'action="reject"', "blocked"),
        ('action="passthrough"', 'action="detected"', "allowed"),
        ('action="passthrough"', 'utmaction="block"', "blocked"),
        ('action="passthrough"', 'action="passthrough" statuscode=407', "auth"),
    ],
)
def test_action(old: str, new: str, action: str) -> None:
    assert read_one(PAIRS, LINE.replace(old, new))["action"] == action


@pytest.mark.parametrize(
    ("said", "action"),
    [
        *(
            (f'action="{end}"', "allowed")
            for end in ("start", "close", "timeout", "ip-conn", "dns")
        ),
        *((f'action="{end}"', "allowed") for end in ("client-rst", "server-rst", "reset")),
        ('action="accept"', "allowed"),
        ('action="deny"', "blocked"),
        ('action="close" utmaction="block"', "blocked"),
    ],
)
def test_how_a_session_ended_is_no_block(said: str, action: str) -> None:
    line = LINE.replace('action="passthrough"', said).replace('type="utm"', 'type="traffic"')
    assert read_one(PAIRS, line.replace("webfilter", "forward"))["action"] == action


def test_the_web_filter_goes_with_the_transaction_that_is_logged_too() -> None:
    beside = [row["companion"] for row in read(PAIRS, f"{TRANSACTION}\n{LINE}")]
    assert beside == [None, "answer"]
    assert read_one(PAIRS, LINE)["companion"] is None


@pytest.mark.parametrize("kind", ["app-ctrl", "virus", "ips", "ssl", "dlp"])
def test_other_lines_of_the_feed_are_remarks(kind: str) -> None:
    row = read(PAIRS, LINE + "\n" + LINE.replace('"webfilter"', f'"{kind}"'))[1]
    assert (row["reason"], row["host"]) == (None, "www.example.com")
    assert (row["companion"], row["repeat"]) == ("remark", None)


def test_an_event_of_the_unit_is_no_request() -> None:
    lease = LINE.replace('type="utm" subtype="webfilter"', 'type="event" subtype="system"')
    assert read(PAIRS, f"{LINE}\n{lease}")[1]["repeat"] is not None


def test_an_event_of_the_unit_is_no_request_in_cef_either() -> None:
    lease = EVENT.replace("utm:webfilter ftgd_blk blocked", "event:system DHCP Ack log")
    lease = lease.replace("cat=utm:webfilter FTNTFGTsubtype=webfilter", "cat=event:system")
    assert read(CEF, f"{EVENT}\n{lease}")[1]["repeat"] is not None
    assert read(CEF, f"{EVENT}\n{lease}")[0]["repeat"] is None


def test_dns_queries_count_and_their_replies_do_not() -> None:
    query = LINE.replace('"webfilter"', '"dns"').replace('"ftgd_allow"', '"dns-query"')
    query = query.partition(" hostname=")[0] + ' qname="www.example.com" action="pass"'
    row = read_one(PAIRS, query)
    assert (row["host"], row["evidence"], row["companion"]) == ("www.example.com", "dns", None)
    assert row["port"] is None
    reply = read_one(PAIRS, query.replace("dns-query", "dns-response"))
    assert reply["companion"] == "answer"


def test_csv_and_doubled_quotes() -> None:
    parted = ",".join(LINE.replace(" user=other", "").replace("an ", "an_").split(" "))
    row = read_one(PAIRS, parted)
    assert (row["user"], row["host"], row["query"]) == ("FORCE\\jdoe", "www.example.com", "b=c")
    doubled = read_one(PAIRS, LINE.replace('\\"', "").replace('"', '""'))
    assert (doubled["user"], doubled["host"]) == ("FORCE\\jdoe", "www.example.com")


def test_fortios_4() -> None:
    line = (
        "date=2012-03-05 time=10:00:00 devname=fw1 device_id=FG600B0000000000 log_id=0315012544 "
        'type=webfilter subtype=urlfilter pri=notice vd=root policyid=1 user="jdoe" src=10.1.2.3 '
        'dst=203.0.113.9 dst_port=80 service=http hostname="www.example.com" status=blocked '
        'url="/a" sent=10 rcvd=20'
    )
    assert_record(
        read_one(PAIRS, line, zone="UTC"),
        time="2012-03-05T10:00:00+00:00",
        user="jdoe",
        client_ip="10.1.2.3",
        scheme="http",
        host="www.example.com",
        port=80,
        path="/a",
        action="blocked",
        bytes_sent=10,
        bytes_received=20,
        evidence="url",
    )


def test_corpus() -> None:
    text = corpus("fortinet/sc4s/samples.log")
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert reading.format is PAIRS
    rows = read(PAIRS, text, zone="UTC")
    # Rejected: a line of another vendor, twice, and a remark.
    assert counted(rows) == (9, 3)
    visits = [row for row in rows if row["reason"] is None and row["companion"] is None]
    assert [(row["host"], row["user"], row["bytes_sent"]) for row in visits] == [
        ("popo.wan.ijinshan.com", None, 525)
    ] * 2


def test_sessions_alone_cannot_show_visits() -> None:
    lines = lines_of(corpus("fortinet/sc4s/samples.log"))
    sessions = "\n".join(line for line in lines if "type=traffic" in line)
    reading = reading_of(sessions, FORMATS)
    assert reading is not None
    assert "cannot show visits" in (reading.layout.names_no_host or "")


@few
@given(batches([LINE, TRANSACTION, EVENT]))
def test_check_and_table_agree(lines: list[str]) -> None:
    assert_agreement(PAIRS, lines)
    assert_agreement(CEF, lines)
