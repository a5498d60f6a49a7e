"""BIND and its appliances: a look-up once, whatever is said of it later, with or without a stamp."""

import pytest
from hypothesis import given

from logan.formats.vendors.bind import BIND
from tests.formats.proof import (
    ANSWERS,
    assert_agreement,
    assert_corpus,
    assert_definition,
    assert_record,
    damaged,
    layout_of,
    oracles,
    read,
    read_one,
)

STAMPED, SYSLOG, INFOBLOX, *_ = BIND.texts
CLIENT = "client @0x7f 10.1.2.3#50000 (www.example.com)"
REMARKS = [
    f"{CLIENT}: query (cache) 'www.example.com/A/IN' denied",
    f"{CLIENT}: query failed (SERVFAIL) for www.example.com/IN/A at query.c:6922",
    f"{CLIENT}: rpz QNAME NXDOMAIN rewrite www.example.com/A/IN via www.example.com.rpz",
]


def test_the_definition_holds() -> None:
    assert_definition(BIND)


@pytest.mark.parametrize(
    ("line", "time"),
    [
        (STAMPED, "2024-01-10T13:55:36.123000+00:00"),
        (SYSLOG, "2024-01-10T13:55:36.123000+00:00"),
        (INFOBLOX, "2024-01-10T13:55:36.205000+00:00"),
    ],
)
def test_every_column(line: str, time: str) -> None:
    row = read_one(BIND, line)
    assert row["companion"] == ("answer" if line == INFOBLOX else None)
    assert_record(
        row,
        time=time,
        client_ip="10.1.2.3",
        host="www.example.com",
        action="unknown",
        evidence="dns",
    )


def test_own_stamps_are_local_and_iso_ones_may_carry_an_offset() -> None:
    summer = STAMPED.replace("10-Jan-2024", "10-Jul-2024")
    assert read_one(BIND, summer, zone="Europe/London")["time"].hour == 12
    utc = STAMPED.replace("10-Jan-2024 13:55:36.123", "2024-07-10T13:55:36.123Z")
    assert read_one(BIND, utc, zone="Europe/London")["time"].hour == 13


@pytest.mark.parametrize("remark", REMARKS)
def test_a_remark_repeats_the_look_up(remark: str) -> None:
    stamp = STAMPED[:24]
    asked, said = read(BIND, f"{STAMPED}\n{stamp} {remark}")
    assert asked["companion"] is None
    assert (said["companion"], said["host"]) == ("remark", "www.example.com")
    assert said["action"] == ("unknown" if "SERVFAIL" in remark else "blocked")


def test_an_rpz_decision_in_cef_is_a_remark() -> None:
    cef = (
        "CEF:0|Infoblox|NIOS|8.4.4|RPZ-QNAME|NXDOMAIN|7|app=DNS dst=192.0.2.53 src=10.1.2.3 "
        'spt=50000 view=_default qtype=A msg="rpz QNAME NXDOMAIN rewrite www.example.com [A] via x"'
    )
    row = read(BIND, f"{STAMPED}\n{STAMPED[:24]} {cef}")[1]
    assert (row["client_ip"], row["host"], row["action"]) == (
        "10.1.2.3",
        "www.example.com",
        "blocked",
    )
    assert row["companion"] == "remark"


def test_a_failed_resolution_names_no_client() -> None:
    row = read_one(
        BIND, f"{STAMPED[:24]} FORMERR resolving 'www.example.com/AAAA/IN': 192.0.2.1#53"
    )
    assert (row["companion"], row["client_ip"]) == ("remark", None)


def test_an_answer_goes_with_its_query() -> None:
    asked = INFOBLOX.split(" response:")[0] + " + (192.0.2.53)"
    rows = read(BIND, f"{asked}\n{INFOBLOX}")
    assert [row["companion"] for row in rows] == [None, "answer"]


def test_lines_without_a_stamp_take_that_of_syslog() -> None:
    mixed = f"{INFOBLOX}\n{INFOBLOX.replace('10-Jan-2024 13:55:36.205 ', '')}"
    assert layout_of(BIND, mixed).stamps.own == "some"
    own, outer = read(BIND, mixed, answers=ANSWERS)
    assert own["time"].isoformat() == "2024-01-10T13:55:36.205000+00:00"
    assert outer["time"].isoformat() == "2024-01-10T13:55:36+00:00"


def test_the_corpus_is_read() -> None:
    lines = 59
    name = "bind_dns/sc4s/samples.log"
    assert_corpus(BIND, name, records=16, rejects=lines - 16, answers=ANSWERS)


def test_the_oracles_agree() -> None:
    for oracle in oracles("bind_dns", "logstash_patterns"):
        wanted = oracle["expected"]
        (row,) = read(BIND, oracle["line"])
        assert (row["client_ip"], row["host"]) == (wanted["client_ip"], wanted["qname"])
        if wanted["timestamp"] is None:  # no clock anywhere: the record has no time
            assert row["reason"] == "time: cannot be read"
        else:
            assert f"{row['time']:%d-%b-%Y %H:%M:%S}" == wanted["timestamp"][:20]


@given(damaged([STAMPED, STAMPED[35:], *REMARKS]))
def test_check_and_columns_agree(line: str) -> None:
    assert_agreement(BIND, [line])
