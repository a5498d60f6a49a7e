"""Suricata EVE: requests once, answers and alerts as repeats, the client on the right side."""

import json
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.vendors.suricata import EVE
from tests.formats.proof import (
    Row,
    assert_agreement,
    assert_definition,
    corpus,
    counted,
    damaged,
    lines_of,
    oracles,
    read,
    read_one,
    reading_of,
)

HTTP, TLS, STATS = EVE.texts[0].split("\n")
QUERY = EVE.texts[1]
ANSWER: dict[str, Any] = {
    "timestamp": "2024-01-01T10:00:02.2+0000",
    "event_type": "dns",
    "src_ip": "203.0.113.53",
    "src_port": 53,
    "dest_ip": "10.1.2.3",
    "dest_port": 50002,
}


def answer(**dns: Any) -> str:
    return json.dumps(ANSWER | {"dns": {"type": "answer", "id": 7} | dns})


def test_the_definition_holds() -> None:
    assert_definition(EVE)


def test_every_column_of_a_request() -> None:
    row = read_one(EVE, HTTP)
    assert row["time"].isoformat() == "2024-01-01T10:00:00.123456+00:00"
    wanted = {
        "user": None,
        "client_ip": "10.1.2.3",
        "method": "GET",
        "scheme": "http",
        "host": "www.example.com",
        "port": 80,
        "path": "/a",
        "query": "b=c",
        "status": 200,
        "action": "unknown",
        "bytes_sent": None,
        "bytes_received": 512,
        "referrer": "http://example.org/",
        "user_agent": "Mozilla/5.0",
        "evidence": "url",
        "repeat": None,
    }
    assert {name: row[name] for name in wanted} == wanted


def test_a_handshake_shows_the_host_only() -> None:
    row = read_one(EVE, TLS)
    assert (row["host"], row["port"], row["evidence"]) == ("www.example.com", 443, "connect")
    assert (row["scheme"], row["path"], row["repeat"]) == (None, None, None)


def test_a_request_through_a_proxy_names_its_host_in_the_url() -> None:
    tunnel = HTTP.replace('"GET"', '"CONNECT"').replace("/a?b=c", "www.example.org:443")
    row = read_one(EVE, tunnel)
    assert (row["host"], row["port"], row["evidence"]) == ("www.example.org", 443, "connect")
    row = read_one(EVE, HTTP.replace("/a?b=c", "http://www.example.org/x"))
    assert (row["host"], row["path"], row["evidence"]) == ("www.example.org", "/x", "url")


@pytest.mark.parametrize(
    "dns",
    [
        {"rrname": "www.example.com", "rrtype": "A", "rdata": "203.0.113.9"},
        {"version": 2, "rrname": "www.example.com", "answers": [{"rrname": "x.example"}]},
        {"version": 3, "type": "response", "queries": [{"rrname": "www.example.com"}]},
    ],
    ids=["v1", "v2", "v3"],
)
def test_an_answer_repeats_its_query_and_the_client_is_its_destination(dns: dict[str, Any]) -> None:
    asked, answered = read(EVE, f"{QUERY}\n{answer(**dns)}")
    assert (asked["host"], asked["evidence"], asked["companion"]) == (
        "www.example.com",
        "dns",
        None,
    )
    assert asked["port"] is None
    assert answered["host"] == "www.example.com"
    assert answered["companion"] == "answer"
    assert asked["client_ip"] == answered["client_ip"] == "10.1.2.3"


def alert(**more: Any) -> Row:
    event = json.loads(HTTP) | {"event_type": "alert", "alert": {"action": "allowed"}} | more
    return read_one(EVE, json.dumps(event))


def test_an_alert_goes_with_its_request() -> None:
    row = alert(alert={"action": "blocked"})
    assert (row["companion"], row["action"], row["evidence"]) == ("remark", "blocked", "url")
    assert "stats" in read_one(EVE, STATS)["repeat"]


def test_an_alert_says_that_it_passed_only_where_the_sensor_stands_in_the_way() -> None:
    assert alert()["action"] == "unknown"
    assert alert(verdict={"action": "pass"})["action"] == "allowed"
    assert alert(verdict={"action": "drop"})["action"] == "blocked"
    assert alert(firewall_name="fw1")["action"] == "allowed"


@pytest.mark.parametrize(
    "side", [{"direction": "to_client"}, {"flow": {"src_ip": "10.1.2.3"}}, {}], ids=str
)
def test_the_client_of_an_alert_about_what_came_back(side: dict[str, Any]) -> None:
    ends = {"src_ip": "203.0.113.9", "src_port": 80, "dest_ip": "10.1.2.3", "dest_port": 50000}
    row = alert(**ends, **side)
    assert (row["client_ip"], row["host"]) == ("10.1.2.3", "www.example.com")


def test_an_alert_about_a_look_up_or_a_handshake_proves_no_more() -> None:
    tls = alert(http=None, tls={"sni": "www.example.com"})
    assert (tls["evidence"], tls["host"]) == ("connect", "www.example.com")
    dns = alert(http=None, dns={"query": [{"rrname": "www.example.com"}]})
    assert (dns["evidence"], dns["host"]) == ("dns", "www.example.com")


@pytest.mark.parametrize(
    ("name", "records", "rejects"),
    [
        ("suricata/crowdsec/suricata-eve-detect/suricata-eve-detect.log", 4, 0),
        ("suricata/crowdsec/suricata-logs-evelog/suricata-logs-evelog.log", 8, 0),
    ],
)
def test_the_corpus_is_read(name: str, records: int, rejects: int) -> None:
    text = corpus(name)
    assert counted(read(EVE, text)) == (records, rejects)
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert reading.format is EVE


def test_syslog_lines_of_the_corpus_are_read() -> None:
    lines = [line for line in lines_of(corpus("suricata/sc4s/samples.log")) if "<135>" in line]
    rows = read(EVE, "\n".join(lines))
    assert counted(rows) == (6, 0)
    counted_once = [(row["host"], row["evidence"]) for row in rows if row["companion"] is None]
    assert sorted(counted_once) == [
        ("169.254.169.254", "url"),
        ("monitoring.us-west-2.amazonaws.com", "connect"),
        ("monitoring.us-west-2.amazonaws.com", "dns"),
    ]


def test_the_oracles_agree() -> None:
    for oracle in oracles("suricata"):
        wanted = oracle["expected"]
        line = json.dumps(json.loads(oracle["line"]))
        row = read_one(EVE, line)
        if "ts" in wanted:
            assert row["time"].isoformat()[:19] == wanted["ts"][:19], oracle["id"]
        for name in ("method", "status"):
            if wanted.get(name) is not None:
                assert str(row[name]) == str(wanted[name]), (oracle["id"], name)
        if wanted.get("client_ip"):
            # Of an alert about what came back the packet's source is the site, as its flow shows.
            flow = json.loads(oracle["line"]).get("flow", {})
            # Suricata writes every group of an IPv6 address out.
            client = str(ip_address(flow.get("src_ip", wanted["client_ip"])))
            assert row["client_ip"] == client, oracle["id"]


@given(damaged([HTTP, TLS, QUERY, STATS, answer(rrname="www.example.com")]))
def test_check_and_columns_agree(line: str) -> None:
    assert_agreement(EVE, [line])


def test_tls_inspection_of_aws_has_no_type() -> None:
    event = {
        "src_ip": "10.1.2.3",
        "src_port": "55930",
        "dest_ip": "203.0.113.9",
        "dest_port": "443",
        "timestamp": "2024-02-19T16:46:29.441824Z",
        "sni": "www.example.com",
        "revocation_check": {"status": "REVOKED", "action": "DROP"},
    }
    outer = {"firewall_name": "fw1", "event_timestamp": 1708361189, "event": event}
    row = read_one(EVE, json.dumps(outer))
    assert (row["host"], row["client_ip"], row["port"]) == ("www.example.com", "10.1.2.3", 443)
    assert (row["evidence"], row["action"], row["companion"]) == ("connect", "blocked", None)
    reading = reading_of(json.dumps(outer), FORMATS)
    assert reading is not None
    assert reading.format is EVE


def test_http2_names_its_host_as_the_authority() -> None:
    headers = '"request_headers":[{"name":":authority","value":"b.example"}]'
    line = HTTP.replace('"hostname":"www.example.com"', headers)
    assert read_one(EVE, line)["host"] == "b.example"
    other = HTTP.replace('"http_user_agent":"', '"http_user_agent":"\\"name\\":\\":authority\\"')
    assert read_one(EVE, other)["host"] == "www.example.com"


def test_a_collector_may_have_renamed_the_stamp() -> None:
    """GateWatcher's appliances keep the sensor's under another name, Logstash under its own."""
    line = (
        '{"event_type":"http","http":{"hostname":"www.example.com","url":"/a","http_method":"GET"},'
        '"timestamp_detected":"2024-03-22T10:25:55.377Z","type":"suricata","src_ip":"10.1.2.3",'
        '"dest_ip":"203.0.113.9","dest_port":80,"src_port":50000,"flow_id":7,'
        '"@timestamp":"2024-03-22T10:44:07.997Z"}'
    )
    row = read_one(EVE, line)
    assert row["time"].isoformat() == "2024-03-22T10:25:55.377000+00:00"
    renamed = line.replace('"timestamp_detected":"2024-03-22T10:25:55.377Z",', "")
    assert read_one(EVE, renamed)["time"].minute == 44
