import re

import pytest
from hypothesis import given

from logan.formats.engine.layout import Layout
from logan.formats.vendors.paloalto_events import CEF, JSON, LEEF
from tests.formats.proof import assert_agreement, assert_record, batches, few, read_one, reading_of

EVENT = (
    "dtz=UTC rt=Mar 01 2024 20:48:21 PanOSIsDecrypted=true sntdom=force suser=jdoe "
    "start=Mar 01 2024 20:48:16 src=10.1.2.3 cs1=Staff web cs1Label=Rule dpt=443 act=block-url "
    "request=www.example.com/a?b\\=c requestClientApplication=Mozilla/5.0 (X11) "
    "PanOSReferer=https://example.org/ requestMethod=post"
)
STRATA = "CEF:0|Palo Alto Networks|LF|2.0|THREAT|url|1|" + EVENT
PANOS = (
    "CEF:0|Palo Alto Networks|PAN-OS|10.1|(9999)|THREAT|1|rt=Nov 12 2024 10:23:45 GMT src=10.1.2.3 "
    "suser=x-fwd-for: 10.9.9.9 dpt=443 flexString1Label=Flags flexString1=0x80000 act=alert "
    "request=www.example.com/"
)
LEEF_LINE = (
    "LEEF:2.0|Palo Alto Networks|PAN-OS Syslog Integration|10.1|(9999)|x7C|cat=THREAT|Subtype=url|"
    "devTime=Mar 01 2024 20:48:21 GMT|src=10.1.2.3|usrName=force\\jdoe|dstPort=443|Flags=0x1403000|"
    'action=alert|Miscellaneous="www.example.com/a?b=c"|RequestMethod=get|UserAgent=Mozilla|'
    "Referer=https://example.org/"
)
OBJECT = (
    '{"TimeReceived":"2024-03-01T20:48:21.000000Z","DeviceSN":"no-serial","LogType":"THREAT",'
    '"Subtype":"url","TimeGenerated":"2024-03-01T20:48:16.000000Z","SourceAddress":"10.1.2.3",'
    '"SourceUser":"force\\\\jdoe","DestinationPort":8080,"Action":"alert","HTTPMethod":"get",'
    '"URL":"www.example.com:8443/a?b=c","UserAgent":"Mozilla","Referer":"https://example.org/"}'
)
RECORD = {
    "user": "force\\jdoe",
    "client_ip": "10.1.2.3",
    "host": "www.example.com",
    "path": "/a",
    "query": "b=c",
    "referrer": "https://example.org/",
    "evidence": "url",
}


def test_every_column_of_cef() -> None:
    assert_record(
        read_one(CEF, STRATA),
        **RECORD,
        time="2024-03-01T20:48:16+00:00",
        method="POST",
        port=443,
        action="blocked",
        user_agent="Mozilla/5.0 (X11)",
    )


def test_every_column_of_leef() -> None:
    assert_record(
        read_one(LEEF, LEEF_LINE),
        **RECORD,
        time="2024-03-01T20:48:21+00:00",
        method="GET",
        port=443,
        action="allowed",
        user_agent="Mozilla",
    )


def test_every_column_of_json() -> None:
    assert_record(
        read_one(JSON, OBJECT),
        **RECORD,
        time="2024-03-01T20:48:16+00:00",
        method="GET",
        port=8443,
        action="allowed",
        user_agent="Mozilla",
    )


def test_a_forwarded_address_is_no_user_and_closed_tls_no_page() -> None:
    row = read_one(CEF, PANOS)
    assert (row["user"], row["evidence"], row["action"]) == (None, "connect", "allowed")
    assert row["time"].isoformat() == "2024-11-12T10:23:45+00:00"


def test_a_stamp_without_a_zone_waits_for_one() -> None:
    row = read_one(CEF, STRATA.replace("dtz=UTC ", ""), zone="Europe/Paris")
    assert row["time"].isoformat() == "2024-03-01T19:48:16+00:00"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (STRATA.replace("THREAT|url", "TRAFFIC|end"), "another"),
        (STRATA.replace("THREAT|url", "SYSTEM|general"), "another"),
    ],
)
def test_other_events_are_no_requests(line: str, word: str) -> None:
    assert word in read_one(CEF, line)["repeat"]
    reading = reading_of(line, [CEF])
    assert reading is not None
    assert "cannot show visits" in (reading.layout.names_no_host or "")


def test_json_of_sessions_cannot_show_visits() -> None:
    line = OBJECT.replace('"THREAT"', '"TRAFFIC"').replace('"url"', '"end"')
    reading = reading_of(line, [JSON])
    assert reading is not None
    assert "cannot show visits" in (reading.layout.names_no_host or "")
    assert read_one(JSON, line)["repeat"] is not None


def test_objects_within_a_collectors_own() -> None:
    assert read_one(JSON, '{"event":' + OBJECT + "}")["host"] == "www.example.com"


@few
@given(batches([STRATA, PANOS, LEEF_LINE]))
def test_check_and_table_agree(lines: list[str]) -> None:
    assert_agreement(CEF, lines)
    assert_agreement(LEEF, lines)
    assert_agreement(JSON, lines, Layout())


def test_a_threat_goes_with_its_request() -> None:
    row = read_one(CEF, STRATA.replace("THREAT|url", "THREAT|vulnerability"))
    assert (row["companion"], row["repeat"]) == ("remark", None)
    assert read_one(CEF, STRATA)["companion"] is None


def test_a_look_up_of_a_listed_name_has_no_other_line() -> None:
    line = STRATA.replace("THREAT|url", "THREAT|spyware").replace(
        "requestMethod=post", "app=dns-base"
    )
    row = read_one(CEF, re.sub(" request=[^ ]+", " request=www.example.com", line))
    assert (row["companion"], row["repeat"]) == (None, None)
    assert (row["host"], row["evidence"], row["path"]) == ("www.example.com", "dns", None)
