"""Amazon's balancer and its content network: byte directions, the viewer's host, decisions."""

import pytest
from hypothesis import given

from logan.formats.vendors.aws import ALB, CLOUDFRONT
from tests.formats.proof import (
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

(LINE,) = ALB.texts
HEADED, ROW = CLOUDFRONT.texts


def test_the_definitions_hold() -> None:
    assert_definition(ALB)
    assert_definition(CLOUDFRONT)


def test_every_column_of_the_balancer() -> None:
    assert_record(
        read_one(ALB, LINE),
        time="2024-01-10T13:55:36.123456+00:00",
        client_ip="10.1.2.3",
        method="GET",
        scheme="https",
        host="www.example.com",
        port=443,
        path="/a",
        query="b=c",
        status=200,
        action="allowed",
        bytes_sent=12,
        bytes_received=2326,
        user_agent="Mozilla/5.0",
        evidence="url",
    )


@pytest.mark.parametrize("text", [HEADED, ROW])
def test_every_column_of_the_network(text: str) -> None:
    assert_record(
        read_one(CLOUDFRONT, text),
        time="2024-01-10T13:55:36+00:00",
        client_ip="10.1.2.3",
        method="GET",
        scheme="https",
        host="www.example.com",
        path="/a",
        query="b=c",
        status=200,
        action="allowed",
        bytes_sent=62,
        bytes_received=2326,
        referrer="https://example.org/",
        user_agent="Mozilla/5.0 (X11)",
        evidence="url",
    )


@pytest.mark.parametrize(
    ("actions", "action"),
    [("waf", "blocked"), ("waf,authenticate", "auth"), ("waf,forward", "allowed")],
)
def test_the_last_action_decides(actions: str, action: str) -> None:
    assert read_one(ALB, LINE.replace("waf,forward", actions))["action"] == action


def test_lines_of_the_first_years_are_shorter() -> None:
    row = read_one(ALB, LINE.split(' "www.example.com" "arn')[0].replace("192.0.2.9:80", "-", 1))
    assert (row["host"], row["action"]) == ("www.example.com", "unknown")


def test_results_of_the_network() -> None:
    blocked = ROW.replace("\tHit\t", "\tError\t") + "\t-\t-\tClientGeoBlocked"
    assert read_one(CLOUDFRONT, ROW.replace("\tHit\t", "\tError\t"))["action"] == "unknown"
    names = layout_of(CLOUDFRONT, HEADED).names
    extra = (
        "time-taken",
        "x-forwarded-for",
        "ssl-protocol",
        "a",
        "b",
        "x-edge-detailed-result-type",
    )
    text = f"#Fields: {' '.join((*names, *extra))}\n{blocked}"
    assert read_one(CLOUDFRONT, text)["action"] == "blocked"


def test_fields_may_change_within_a_file() -> None:
    other = "#Fields: c-ip date time x-edge-location cs-method x-host-header"
    row = "10.1.2.4\t2024-01-10\t14:00:00\tLHR50\tGET\twww.example.org"
    first, second = read(CLOUDFRONT, f"{HEADED}\n{other}\n{row}")
    assert (first["host"], second["host"]) == ("www.example.com", "www.example.org")
    assert (second["client_ip"], second["reason"]) == ("10.1.2.4", None)


def test_the_corpus_is_read() -> None:
    name = "json_misc/crowdsec/aws-alb-http-bad-user-agent/aws-alb-http-bad-user-agent.log"
    assert_corpus(ALB, name, records=4, rejects=0)
    name = "iis_w3c/crowdsec/aws-cloudfront-logs/aws-cloudfront-logs.log"
    assert_corpus(CLOUDFRONT, name, records=2, rejects=0)


def test_the_oracles_agree() -> None:
    for oracle in oracles("iis_w3c", "crowdsec/aws-cloudfront-logs"):
        row, wanted = read_one(CLOUDFRONT, oracle["line"]), oracle["expected"]
        assert f"{row['path']}?{row['query']}" == wanted["url"]
        assert (row["client_ip"], row["method"]) == (wanted["client_ip"], wanted["method"])
        assert (str(row["status"]), f"{row['time']:%H:%M:%S}") == (
            wanted["status"],
            wanted["timestamp"],
        )


@given(damaged([LINE]))
def test_check_and_columns_agree_on_the_balancer(line: str) -> None:
    assert_agreement(ALB, [line])


@given(damaged([ROW]))
def test_check_and_columns_agree_on_the_network(line: str) -> None:
    assert_agreement(CLOUDFRONT, [line], layout_of(CLOUDFRONT, ROW))
