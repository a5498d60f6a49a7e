import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.vendors.stormshield import AUDIT
from tests.formats.proof import (
    assert_agreement,
    assert_record,
    batches,
    few,
    read,
    read_one,
    reading_of,
)

LINE = (
    'id=firewall time="2024-07-02 10:10:50" fw="SN310A00000000" tz=+0200 '
    'startime="2024-07-02 10:10:49" pri=5 confid=00 slotlevel=2 ruleid=4 srcif="Ethernet1" '
    "ipproto=tcp proto=http src=10.1.2.3 srcport=50100 dst=203.0.113.9 dstport=80 "
    'dstname=www.example.com user="jdoe" domain="force.example" action=pass sent=310 rcvd=4563 '
    'op=GET result=200 arg="/a?b=c user=other" cat_site="news" logtype="web"'
)


def test_every_column() -> None:
    assert_record(
        read_one(AUDIT, LINE),
        time="2024-07-02T08:10:50+00:00",
        user="jdoe",
        client_ip="10.1.2.3",
        method="GET",
        host="www.example.com",
        port=80,
        path="/a",
        query="b=c user=other",
        status=200,
        action="allowed",
        bytes_sent=310,
        bytes_received=4563,
        evidence="url",
    )


@pytest.mark.parametrize(
    ("old", "new", "action"),
    [
        ("action=pass", "action=block", "blocked"),
        ("action=pass", "action=Block", "blocked"),
        ("action=pass ", "", "unknown"),
        ("result=200", "result=407", "auth"),
    ],
)
def test_action(old: str, new: str, action: str) -> None:
    assert read_one(AUDIT, LINE.replace(old, new))["action"] == action


def test_tls_shows_the_host_and_may_set_up_requests() -> None:
    tls = LINE.replace('"web"', '"ssl"').replace("action=pass", "action=decrypt")
    row = read_one(AUDIT, tls)
    assert (row["evidence"], row["setup"], row["action"]) == ("connect", True, "allowed")


def test_http_analysis_goes_with_the_line_of_a_proxy() -> None:
    analysed = LINE.replace('"web"', '"plugin"')
    assert read_one(AUDIT, analysed)["companion"] is None
    rows = read(AUDIT, f"{LINE}\n{analysed}")
    assert [row["companion"] for row in rows] == [None, "answer"]


def test_other_lines_tell_of_sessions() -> None:
    session = read_one(AUDIT, LINE.replace('"web"', '"connection"'))
    assert (session["companion"], session["evidence"]) == ("session", "connect")
    reading = reading_of(LINE.replace('"web"', '"connection"'), FORMATS)
    assert reading is not None
    assert reading.format is AUDIT
    assert "cannot show visits" in (reading.layout.names_no_host or "")


@few
@given(batches([LINE]))
def test_check_and_table_agree(lines: list[str]) -> None:
    assert_agreement(AUDIT, lines)
