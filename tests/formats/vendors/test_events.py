import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.vendors.events import CEF, LEEF
from tests.formats.proof import (
    assert_agreement,
    assert_corpus,
    assert_record,
    batches,
    corpus,
    few,
    oracles,
    read,
    read_one,
    reading_of,
)

EVENT = (
    "CEF:0|Example|Web Gateway|1.0|100|Request|3|rt=1704895200123 src=10.1.2.3 sntdom=FORCE "
    "suser=jdoe act=blocked request=https://www.example.com:8443/a?b\\=c requestMethod=GET "
    "requestContext=https://example.org/ requestClientApplication=Mozilla/5.0 (X11) in=1 out=2 "
    "cn1=403 cn1Label=Status"
)
LEEF_LINE = (
    "LEEF:2.0|Example|Web Gateway|1.0|allow|^|devTime=Jan 10 2024 14:00:00 GMT^src=10.1.2.3^"
    "usrName=jdoe^url=/a^dstHost=www.example.com^dstPort=8443^method=get^action=permitted^"
    "srcBytes=700^dstBytes=9000^referer=https://example.org/^userAgent=Mozilla"
)


def test_every_column_of_cef() -> None:
    """`in` and `out` are left alone: vendors read them in opposite ways."""
    assert_record(
        read_one(CEF, EVENT),
        time="2024-01-10T14:00:00.123000+00:00",
        user="FORCE\\jdoe",
        client_ip="10.1.2.3",
        method="GET",
        scheme="https",
        host="www.example.com",
        port=8443,
        path="/a",
        query="b=c",
        status=403,
        action="blocked",
        referrer="https://example.org/",
        user_agent="Mozilla/5.0 (X11)",
        evidence="url",
    )


def test_every_column_of_leef() -> None:
    assert_record(
        read_one(LEEF, LEEF_LINE),
        time="2024-01-10T14:00:00+00:00",
        user="jdoe",
        client_ip="10.1.2.3",
        method="GET",
        host="www.example.com",
        port=8443,
        path="/a",
        action="allowed",
        bytes_sent=700,
        bytes_received=9000,
        referrer="https://example.org/",
        user_agent="Mozilla",
        evidence="url",
    )


@pytest.mark.parametrize(
    ("logged", "action"),
    [
        ("Allowed", "allowed"),
        ("permitted", "allowed"),
        ("Not blocked", "allowed"),
        ("Denied", "blocked"),
        ("not allowed", "blocked"),
        ("REJECT", "blocked"),
        ("block-url", "blocked"),
        ("passed, then dropped", "unknown"),
        ("auth-required", "auth"),
        ("monitored", "unknown"),
    ],
)
def test_action(logged: str, action: str) -> None:
    assert read_one(CEF, EVENT.replace("act=blocked", f"act={logged}"))["action"] == action


@pytest.mark.parametrize(
    ("extension", "host", "evidence"),
    [
        ("request=https://www.example.com/ requestMethod=CONNECT", "www.example.com", "connect"),
        ("request=https://www.example.com/", "www.example.com", "connect"),
        ("request=http://www.example.com/", "www.example.com", "url"),
        ("dhost=www.example.com dpt=443", "www.example.com", "connect"),
        ("dhost=www.example.com request=/a", "www.example.com", "url"),
        ("dhost=www.example.com request=report.pdf", "www.example.com", "connect"),
        ("dhost=www.example.com request=C:\\Users\\x\\pimeyes.com", "www.example.com", "connect"),
        ("request=www.example.com", "www.example.com", "connect"),
        ("request=www.example.com:443", "www.example.com", "connect"),
        ("request=www.example.com/report.pdf", "www.example.com", "url"),
        ("request=[2001:db8::7]:443", "2001:db8::7", "connect"),
    ],
)
def test_evidence(extension: str, host: str, evidence: str) -> None:
    row = read_one(CEF, f"CEF:0|E|G|1|1|n|3|rt=1704895200123 {extension}")
    assert (row["host"], row["evidence"], row["repeat"]) == (host, evidence, None)


@pytest.mark.parametrize(
    "extension",
    ["src=10.1.2.3", "dhost=ns1.example.com dpt=53", "request=/a", "request=a.exe", "request=word"],
)
def test_events_that_name_no_site_are_no_requests(extension: str) -> None:
    row = read_one(CEF, f"CEF:0|E|G|1|1|n|3|rt=1704895200123 {extension}")
    assert (row["host"], row["repeat"] is None) == (None, False)


def test_names_of_machines_numbers_of_users_and_counts_are_none_of_ours() -> None:
    line = "CEF:0|E|G|1|1|n|3|rt=1704895200123 request=http://www.example.com/"
    row = read_one(CEF, f"{line} suid=1001 shost=ws-7")
    assert (row["user"], row["client_ip"]) == (None, None)
    (counted,) = read(CEF, line.replace("rt=1704895200123", "start=123456789"))
    assert counted["reason"] == "time: cannot be read"


def test_events_without_a_stamp_have_the_headers() -> None:
    line = "<141>2024-11-12T10:57:35Z gw " + EVENT.replace("rt=1704895200123 ", "")
    assert read_one(CEF, line)["time"].isoformat() == "2024-11-12T10:57:35+00:00"
    assert reading_of(EVENT.replace("rt=1704895200123 ", ""), FORMATS) is None


def test_corpus() -> None:
    assert_corpus(CEF, "cef_generic/crowdsec/unifi-cef/cef-logs.log", records=3, rejects=0)
    reading = reading_of(corpus("cef_generic/crowdsec/unifi-cef/cef-logs.log"), FORMATS)
    assert reading is not None
    assert "cannot show visits" in (reading.layout.names_no_host or "")


def test_oracles() -> None:
    """One gives the relay's clock, 20:01:31; the event itself says 19:01:31 UTC."""
    wanted = [row["expected"]["client_ip"] for row in oracles("cef_generic")]
    rows = read(CEF, corpus("cef_generic/crowdsec/unifi-cef/cef-logs.log"))
    assert [row["client_ip"] for row in rows] == wanted
    assert rows[2]["time"].isoformat() == "2025-10-26T19:01:31.807000+00:00"


@few
@given(batches([EVENT, LEEF_LINE]))
def test_check_and_table_agree(lines: list[str]) -> None:
    assert_agreement(CEF, lines)
    assert_agreement(LEEF, lines)


def test_the_signature_of_a_web_gateway_is_the_status() -> None:
    """McAfee writes 407 there for its own challenge; other vendors' numbers mean nothing."""
    line = (
        "CEF:0|{}|Web Gateway|7.8|407|Proxy|2|rt=1704895200123 src=10.1.2.3 dhost=www.example.com "
        "requestMethod=CONNECT"
    )
    row = read_one(CEF, line.format("McAfee"))
    assert (row["status"], row["action"]) == (407, "auth")
    other = read_one(CEF, line.format("Example"))
    assert (other["status"], other["action"]) == (None, "unknown")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("app=SMTP dhost=mx.example.com dpt=25", "no visit: an event of mail"),
        ("app=SMTP request=https://www.example.com/a", "no visit: an event of mail"),
        ("dhost=mx.example.com dpt=587", "no visit: an event of mail"),
        ("app=HTTPS dhost=www.example.com dpt=443", None),
        ("app=HTTPS request=https://mail.example.com:993/a dpt=993", None),
    ],
)
def test_mail_to_or_about_a_site_is_no_visit(said: str, reason: str | None) -> None:
    line = f"CEF:0|Example|Inspector|6|29|Mail|6|rt=1704895200123 src=10.1.2.3 suser=j@a.example {said}"
    row = read_one(CEF, line)
    assert row["repeat"] == reason
