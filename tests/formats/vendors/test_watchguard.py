import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.vendors.watchguard import LEEF, SYSLOG
from tests.formats.proof import (
    assert_agreement,
    assert_record,
    batches,
    few,
    read,
    read_one,
    reading_of,
)

HEADER = "<142>2024-03-29T15:00:50Z fb1 "
LINE = (
    'http-proxy[2345]: msg_id="1AFF-0024" Allow 1-Trusted 0-External Office tcp 10.1.2.3 '
    '203.0.113.9 42017 80 msg="HTTP request" proxy_act="HTTP-Client.1" op="GET" '
    'dstname="www.example.com" arg="/a?b=c" sent_bytes="340" rcvd_bytes="8900" '
    'src_user="jdoe@FORCE" (HTTP-proxy-00)'
)
MONITOR = (
    "2024-03-29 15:00:50 Deny 10.1.2.3 203.0.113.9 https/tcp 42018 443 Trusted External "
    'ProxyDeny: HTTPS domain name match (HTTPS-proxy-00) proc_id="https-proxy" rc="594" '
    'msg_id="2CFF-0003" proxy_act="HTTPS-Client" sni="www.example.com" cn="*.example.org"'
)
EVENT = (
    "LEEF:1.0|WatchGuard|XTM|12.8.2.B666661|1AFF0024|serial=000000000000\tpolicy=HTTPS-LAN-00\t"
    "disp=Allow\tin_if=LAN - 10 Gbit\tsrc=10.1.2.3\tsrcPort=52804\tdst=203.0.113.9\tdstPort=443\t"
    "proto=tcp\top=GET\tdstname=www.example.com\targ=/a\tsent_bytes=604\trcvd_bytes=7\t"
    "elapsed_time=0.001407 sec(s)\tmsg=HTTP request"
)


def test_every_column() -> None:
    assert_record(
        read_one(SYSLOG, HEADER + LINE),
        time="2024-03-29T15:00:50+00:00",
        user="jdoe@FORCE",
        client_ip="10.1.2.3",
        method="GET",
        host="www.example.com",
        port=80,
        path="/a",
        query="b=c",
        action="allowed",
        bytes_sent=340,
        bytes_received=8900,
        evidence="url",
    )


def test_every_column_of_traffic_monitor() -> None:
    assert_record(
        read_one(SYSLOG, MONITOR, zone="Europe/Paris"),
        time="2024-03-29T14:00:50+00:00",
        client_ip="10.1.2.3",
        host="www.example.com",
        port=443,
        action="blocked",
        evidence="connect",
    )


@pytest.mark.parametrize("event", [EVENT, EVENT.removeprefix("LEEF:"), EVENT.replace("\t", "#011")])
def test_every_column_of_leef(event: str) -> None:
    assert_record(
        read_one(LEEF, HEADER + event),
        time="2024-03-29T15:00:50+00:00",
        client_ip="10.1.2.3",
        method="GET",
        host="www.example.com",
        port=443,
        path="/a",
        action="allowed",
        bytes_sent=604,
        bytes_received=7,
        evidence="url",
    )


def test_without_a_header_there_is_no_time() -> None:
    assert reading_of(EVENT, FORMATS) is None
    assert reading_of(LINE, FORMATS) is None


def test_notes_of_the_proxy_go_with_its_requests() -> None:
    note = LINE.replace("1AFF-0024", "1AFF-0021").replace("HTTP request", "ProxyAllow: HTTP match")
    assert read_one(SYSLOG, HEADER + note)["companion"] == "remark"
    denial = note.replace("ProxyAllow", "ProxyDeny").replace(" Allow ", " Deny ")
    row = read_one(SYSLOG, HEADER + denial)
    assert (row["companion"], row["action"]) == (None, "blocked")


def test_https_that_may_be_opened_sets_up_requests() -> None:
    tunnel = EVENT.replace("dstname=", "sni=").replace("HTTP request", "HTTPS request")
    row = read_one(LEEF, HEADER + tunnel)
    assert (row["evidence"], row["setup"], row["repeat"]) == ("connect", True, None)


def test_dns() -> None:
    line = EVENT.partition("\top=")[0] + "\tquery_type=A\tquestion=www.example.com\tmsg=DNS request"
    row = read_one(LEEF, HEADER + line)
    assert (row["host"], row["evidence"], row["repeat"]) == ("www.example.com", "dns", None)
    assert row["port"] is None


def test_sessions_alone_cannot_show_visits() -> None:
    line = HEADER + LINE.partition(" msg=")[0] + ' rc="100"'
    (row,) = read(SYSLOG, line)
    assert (row["reason"], row["repeat"] is None) == (None, False)
    reading = reading_of(line, FORMATS)
    assert reading is not None
    assert "cannot show visits" in (reading.layout.names_no_host or "")


@few
@given(batches([LINE, MONITOR.partition("Deny")[2], EVENT]))
def test_check_and_table_agree(lines: list[str]) -> None:
    assert_agreement(SYSLOG, lines)
    assert_agreement(LEEF, lines)
