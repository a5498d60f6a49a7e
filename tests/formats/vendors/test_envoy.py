"""Envoy and Istio: text and JSON, the user's side of the connection, refusals by policy."""

from hypothesis import given

from logan.formats.vendors.envoy import JSON, TEXT_LOG
from tests.formats.proof import (
    assert_agreement,
    assert_corpus,
    assert_definition,
    assert_record,
    damaged,
    layout_of,
    read,
    read_one,
)

TEXT, ISTIO = TEXT_LOG.texts
(SAMPLE,) = JSON.texts
RECORD = {
    "time": "2024-01-10T13:55:36.123000+00:00",
    "client_ip": "10.1.2.3",
    "method": "GET",
    "host": "www.example.com",
    "path": "/a",
    "query": "b=c",
    "status": 200,
    "action": "allowed",
    "bytes_sent": 12,
    "bytes_received": 2326,
    "user_agent": "Mozilla/5.0",
    "evidence": "url",
}


def test_the_definitions_hold() -> None:
    assert_definition(TEXT_LOG)
    assert_definition(JSON)


def test_every_column() -> None:
    assert_record(read_one(TEXT_LOG, TEXT), **RECORD)
    assert_record(read_one(JSON, SAMPLE), **RECORD | {"port": 8443})


def test_a_connection_by_its_server_name() -> None:
    assert_record(
        read_one(TEXT_LOG, ISTIO),
        time=RECORD["time"],
        client_ip="10.1.2.3",
        host="www.example.com",
        action="allowed",
        bytes_sent=1024,
        bytes_received=2048,
        evidence="connect",
    )


def test_connections_without_a_server_name_are_blind() -> None:
    """Envoy's default format of a TCP proxy, and Istio's of a client that sent no server name."""
    plain = TEXT_LOG.texts[0].replace('"GET /a?b=c HTTP/2" 200', '"- - -" 0')
    nameless = plain.replace('"www.example.com"', '"-"')
    unnamed = ISTIO.replace("www.example.com -", "- -")
    for line in (nameless, unnamed):
        assert "no host" in (layout_of(TEXT_LOG, line).names_no_host or "")
        assert layout_of(TEXT_LOG, f"{line}\n{ISTIO}").names_no_host is None
    assert layout_of(TEXT_LOG, plain).names_no_host is None
    sample = JSON.texts[0]
    bare = sample.replace('"www.example.com:8443"', "null")
    assert "no host" in (layout_of(JSON, bare).names_no_host or "")
    assert layout_of(JSON, f"{bare}\n{sample}").names_no_host is None


def test_refusals() -> None:
    assert read_one(TEXT_LOG, TEXT.replace(" 200 - ", " 403 UAEX "))["action"] == "blocked"
    policy = SAMPLE.replace(
        '"response_flags"', '"response_code_details":"rbac_access_denied_x","f"'
    )
    assert read_one(JSON, policy)["action"] == "blocked"
    assert read_one(TEXT_LOG, TEXT.replace("192.0.2.9:80", "-"))["action"] == "unknown"


def test_the_corpus_is_read() -> None:
    name = "json_misc/crowdsec/envoy-http-bad-user-agent/envoy-http-bad-user-agent.log"
    assert_corpus(JSON, name, records=2, rejects=0)


@given(damaged([TEXT, ISTIO]))
def test_check_and_columns_agree_on_text(line: str) -> None:
    assert_agreement(TEXT_LOG, [line])


@given(damaged([SAMPLE]))
def test_check_and_columns_agree_on_json(line: str) -> None:
    assert_agreement(JSON, [line])


def test_an_agent_with_quotes_is_no_other_field() -> None:
    forged = TEXT.replace('"Mozilla/5.0"', '"curl/8" "1" "innocent.example" "192.0.2.1:80" "x"')
    (row,) = read(TEXT_LOG, forged, layout=layout_of(TEXT_LOG, TEXT))
    assert row["reason"] is not None
