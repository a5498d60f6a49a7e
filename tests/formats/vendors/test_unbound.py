"""Unbound: queries once, replies and local answers as repeats, three ways to stamp a line."""

import pytest
from hypothesis import given

from logan.formats.vendors.unbound import UNBOUND
from tests.formats.proof import (
    ANSWERS,
    assert_agreement,
    assert_definition,
    assert_record,
    damaged,
    read,
    read_one,
)

OWN, SYSLOG = UNBOUND.texts
REPLY = "[1704894936] unbound[812:0] info: 10.1.2.3 www.example.com. A IN NOERROR 0.021 0 60"
LOCAL = (
    "[1704894936] unbound[812:0] info: example.com. always_nxdomain 10.1.2.3@50000 "
    "www.example.com. A IN"
)


def test_the_definition_holds() -> None:
    assert_definition(UNBOUND)


@pytest.mark.parametrize("line", [OWN, SYSLOG, "Jan 10 13:55:36 unbound[812:0] info: " + OWN[34:]])
def test_every_column(line: str) -> None:
    assert_record(
        read_one(UNBOUND, line, answers=ANSWERS),
        time="2024-01-10T13:55:36+00:00",
        client_ip="10.1.2.3",
        host="www.example.com",
        action="unknown",
        evidence="dns",
    )


def test_a_reply_goes_with_its_query() -> None:
    asked, replied = read(UNBOUND, f"{OWN}\n{REPLY}")
    assert (asked["companion"], replied["companion"]) == (None, "answer")


def test_a_local_answer_is_a_remark_and_may_be_a_refusal() -> None:
    row = read(UNBOUND, f"{OWN}\n{LOCAL}")[1]
    assert (row["companion"], row["action"]) == ("remark", "blocked")
    assert (row["client_ip"], row["host"]) == ("10.1.2.3", "www.example.com")


def test_a_local_answer_may_name_no_zone() -> None:
    line = "[1704894936] unbound[812:0] info: transparent 10.1.2.3@53433 www.example.com. A IN"
    row = read(UNBOUND, f"{OWN}\n{line}")[1]
    assert (row["host"], row["client_ip"]) == ("www.example.com", "10.1.2.3")
    assert (row["companion"], row["action"]) == ("remark", "unknown")


@given(damaged([OWN, REPLY, LOCAL]))
def test_check_and_columns_agree(line: str) -> None:
    assert_agreement(UNBOUND, [line])


@pytest.mark.parametrize(
    ("applied", "action"),
    [
        ("[watched] www.example.com. rpz-nxdomain", "blocked"),
        ("www.example.com. rpz-local-data", "blocked"),
        ("[watched] response-ip 203.0.113.0/24 rpz-drop", "blocked"),
        ("[watched] www.example.com. rpz-passthru", "unknown"),
    ],
)
def test_what_a_response_policy_zone_did(applied: str, action: str) -> None:
    start = OWN.split(" info:")[0]
    line = f"{start} info: rpz: applied {applied} 10.1.2.3@50000 www.example.com. A IN"
    row = read_one(UNBOUND, line)
    assert (row["companion"], row["action"], row["host"]) == ("remark", action, "www.example.com")
    assert row["client_ip"] == "10.1.2.3"


def test_a_log_of_what_local_zones_did_has_the_stamp_of_its_envelope() -> None:
    """`log-local-actions` without `log-queries`, over syslog."""
    line = (
        "2025-10-14T17:20:41+02:00 fw1 unbound[901988]: [901988:0] info: "
        "transparent 10.1.2.3@53433 example.com. A IN"
    )
    assert read_one(UNBOUND, line)["time"].isoformat() == "2025-10-14T15:20:41+00:00"
