"""Resolvers that log JSON: one entry per look-up, and what a filter decided."""

import json

import pytest
from hypothesis import given

from logan.formats.engine.format import Format
from logan.formats.vendors.adguard import ADGUARD
from logan.formats.vendors.bluecat_edge import EDGE
from logan.formats.vendors.route53 import ROUTE53
from tests.formats.proof import (
    assert_agreement,
    assert_corpus,
    assert_definition,
    assert_record,
    damaged,
    oracles,
    read_one,
)


@pytest.mark.parametrize("form", [ROUTE53, ADGUARD, EDGE], ids=lambda form: form.name)
def test_the_definition_holds(form: Format) -> None:
    assert_definition(form)


@pytest.mark.parametrize(
    ("form", "fraction"),
    [(ROUTE53, ""), (ADGUARD, ".123456"), (EDGE, ".123000")],
    ids=lambda value: getattr(value, "name", value),
)
def test_every_column(form: Format, fraction: str) -> None:
    assert_record(
        read_one(form, form.texts[0]),
        time=f"2024-01-10T13:55:36{fraction}+00:00",
        client_ip="10.1.2.3",
        host="www.example.com",
        action="blocked",
        evidence="dns",
    )


@pytest.mark.parametrize(
    ("form", "decision", "action"),
    [
        (ROUTE53, ('"BLOCK"', '"ALERT"'), "allowed"),
        (ROUTE53, ('"firewall_rule_action":"BLOCK"', '"x":1'), "unknown"),
        (ADGUARD, ('"IsFiltered":true', '"IsFiltered":false'), "unknown"),
        (EDGE, ('"block"', '"monitor"'), "allowed"),
        (EDGE, ('"matchedPolicies"', '"threats"'), "unknown"),
    ],
)
def test_decisions(form: Format, decision: tuple[str, str], action: str) -> None:
    assert read_one(form, form.texts[0].replace(*decision))["action"] == action


def test_entries_printed_for_people_are_read() -> None:
    text = json.dumps(json.loads(ROUTE53.texts[0]), indent=2)
    assert read_one(ROUTE53, text)["host"] == "www.example.com"


def test_the_corpus_is_read() -> None:
    # The other five lines are pieces of the HTTP request that delivered an entry.
    assert_corpus(EDGE, "bind_dns/secops_bluecat_edge/samples.log", records=3, rejects=5)


def test_the_oracles_agree() -> None:
    about_queries = [
        oracle
        for oracle in oracles("bind_dns", "secops_bluecat_edge")
        if oracle["expected"]["type"] == "NETWORK_DNS"
    ]
    assert len(about_queries) == 3
    for oracle in about_queries:
        row, wanted = read_one(EDGE, oracle["line"]), oracle["expected"]
        assert (row["client_ip"], row["host"]) == (wanted["client_ip"], wanted["dns_q"])
        assert f"{row['time']:%Y-%m-%dT%H:%M:%SZ}" == wanted["ts"]


@pytest.mark.parametrize("form", [ROUTE53, ADGUARD, EDGE], ids=lambda form: form.name)
@given(line=damaged([form.texts[0] for form in (ROUTE53, ADGUARD, EDGE)]))
def test_check_and_columns_agree(form: Format, line: str) -> None:
    assert_agreement(form, [line])
