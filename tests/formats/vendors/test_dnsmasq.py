"""dnsmasq and Pi-hole: the client's question once, and a year that somebody must name."""

import pytest
from hypothesis import given

from logan.formats.engine.dates import YEAR, question
from logan.formats.vendors.dnsmasq import DNSMASQ
from tests.formats.proof import (
    ANSWERS,
    assert_agreement,
    assert_definition,
    assert_record,
    damaged,
    layout_of,
    read,
    read_one,
)

SAMPLE, WITH_PROTOCOLS = DNSMASQ.texts
QUERY = SAMPLE.split("\n", maxsplit=1)[0]
MESSAGES = [line.split(": ", 1)[1] for line in f"{SAMPLE}\n{WITH_PROTOCOLS}".split("\n")]
OTHERS = [
    "7 10.1.2.3/50000 query[A] www.example.com from 10.1.2.3",
    "7 10.1.2.3/50000 cached www.example.com is 203.0.113.9",
    "/etc/hosts www.example.com is 192.0.2.1",
    "exactly denied www.example.com is 0.0.0.0",
    "dnssec-query[DS] example.com to 192.0.2.53",
]


def test_the_definition_holds() -> None:
    assert_definition(DNSMASQ)


@pytest.mark.parametrize(
    "line",
    [
        QUERY,
        QUERY.replace("dnsmasq", "ns1 dnsmasq"),
        QUERY.replace("dnsmasq", "pihole-FTL"),
        QUERY.replace("query", OTHERS[0].split("query")[0] + "query"),
        "Wed Jan 10 13:55:36 2024 daemon.info " + QUERY[16:],
    ],
)
def test_every_column(line: str) -> None:
    assert_record(
        read_one(DNSMASQ, line, answers=ANSWERS),
        time="2024-01-10T13:55:36+00:00",
        client_ip="10.1.2.3",
        host="www.example.com",
        action="unknown",
        evidence="dns",
    )


@pytest.mark.parametrize(
    ("asked", "name", "client"),
    [
        (
            "1002 fe80::a7e:ff:fe01:2%eth0/53432 query[AAAA] a.example from fe80::a7e:ff:fe01:2",
            "a.example",
            "fe80::a7e:ff:fe01:2",
        ),
        ("query[A] https://a.example/sdk-exp from 10.1.2.3", "a.example", "10.1.2.3"),
        ("query[A] a.example from fe80::1%eth0", "a.example", "fe80::1"),
    ],
)
def test_clients_with_a_zone_and_names_with_a_scheme(asked: str, name: str, client: str) -> None:
    line = f"{QUERY.split(': ')[0]}: {asked}"
    row = read_one(DNSMASQ, line, answers=ANSWERS)
    assert (row["host"], row["client_ip"]) == (name, client)


def test_only_the_question_is_a_look_up() -> None:
    rows = read(DNSMASQ, SAMPLE, answers=ANSWERS)
    assert [row["companion"] is None for row in rows] == [True, False, False, True, False]
    assert [row["action"] for row in rows] == ["unknown"] * 4 + ["blocked"]


def test_the_year_is_asked_for_and_runs_over_new_year() -> None:
    text = f"{QUERY.replace('Jan 10', 'Dec 31')}\n{QUERY.replace('Jan 10', 'Jan  1')}"
    assert question(layout_of(DNSMASQ, text)) is not None
    assert {row["time"] for row in read(DNSMASQ, text)} == {None}
    years = [row["time"].year for row in read(DNSMASQ, text, answers={YEAR: "2023"})]
    assert years == [2023, 2024]


@given(damaged([*MESSAGES, *OTHERS]))
def test_check_and_columns_agree(line: str) -> None:
    assert_agreement(DNSMASQ, [line])


@pytest.mark.parametrize(
    ("said", "action"),
    [
        ("config www.example.com is 0.0.0.0", "blocked"),
        ("config www.example.com is NXDOMAIN", "blocked"),
        ("config www.example.com is 10.9.9.9", "unknown"),
        ("reply www.example.com is NXDOMAIN", "unknown"),
    ],
)
def test_a_name_that_the_configuration_gives_no_address_is_refused(said: str, action: str) -> None:
    row = read(DNSMASQ, f"Jan 10 13:55:36 dnsmasq[812]: {said}", answers=ANSWERS)[0]
    assert (row["companion"], row["action"]) == ("remark", action)


@pytest.mark.parametrize(
    "said",
    [
        "using only locally-known addresses for pimeyes.com",
        "using nameserver 192.0.2.53#53 for domain pimeyes.com",
        "using nameserver 192.0.2.53#53 for domain pimeyes.com (no DNSSEC)",
        "using standard nameservers for pimeyes.com",
    ],
)
def test_what_is_said_of_a_domain_at_start_is_no_look_up(said: str) -> None:
    row = read_one(DNSMASQ, f"Jan 10 13:55:36 dnsmasq[812]: {said}", answers=ANSWERS)
    assert (row["repeat"], row["companion"]) == ("no look-up: a setting, said at start", None)
