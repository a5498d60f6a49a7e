"""HAProxy: the host only where the line has one, the decision by the termination state."""

import pytest
from hypothesis import given

from logan.formats.vendors.haproxy import HAPROXY
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

SAMPLE, DENIED = HAPROXY.texts
TCP = "10.1.2.3:50000 [10/Jan/2024:13:55:36.123] main app/web1 1/0/+250 212 -- 1/1/0/0/0 0/0"
HTTPS = (
    "[2001:db8::7]:50000 [10/Jan/2024:13:55:36.123] web~ sites/web1 0/0/1/12/13 200 +2326 - - ---- "
    '2/2/0/0/0 0/0 "GET /a HTTP/1.1" 0/0000000000000000/0/0/0 www.example.com/TLSv1.3/TLS_AES'
)
ERROR = "10.1.2.3:50000 [10/Jan/2024:13:55:36.123] web/1: SSL handshake failure"


def test_the_definition_holds() -> None:
    assert_definition(HAPROXY)


def test_every_column_of_a_request() -> None:
    assert_record(
        read_one(HAPROXY, SAMPLE, zone="Europe/London"),
        time="2024-01-10T13:55:36.123000+00:00",
        client_ip="10.1.2.3",
        method="GET",
        host="www.example.com",
        path="/a",
        query="b=c",
        status=200,
        action="allowed",
        bytes_received=2326,
        evidence="url",
    )


def test_a_tunnel_that_a_rule_denied() -> None:
    row = read_one(HAPROXY, DENIED)
    assert (row["host"], row["port"], row["evidence"]) == ("www.example.com", 443, "connect")
    assert (row["action"], row["status"]) == ("blocked", 403)


def test_the_server_name_of_an_https_log_is_the_host() -> None:
    row = read_one(HAPROXY, HTTPS)
    assert (row["host"], row["client_ip"]) == ("www.example.com", "2001:db8::7")
    assert (row["path"], row["bytes_received"]) == ("/a", 2326)


def test_only_a_bare_domain_name_is_taken_for_the_captured_host() -> None:
    for captured in ("10.9.9.9", "Mozilla/5.0 (X11)", "https://www.example.com/", "web"):
        row = read_one(HAPROXY, SAMPLE.replace("www.example.com", captured))
        assert row["host"] is None, captured


def test_connections_show_no_request() -> None:
    row = read_one(HAPROXY, TCP)
    assert (row["evidence"], row["host"], row["bytes_received"]) == ("connect", None, 212)
    assert read_one(HAPROXY, ERROR)["repeat"] == "a connection that failed before any request"


def test_a_proxy_that_asks_for_a_password() -> None:
    assert read_one(HAPROXY, DENIED.replace(" 403 ", " 407 "))["action"] == "auth"
    assert read_one(HAPROXY, DENIED.replace(" 403 ", " 400 "))["action"] == "unknown"


def test_a_log_without_hosts_is_blind() -> None:
    bare = SAMPLE.replace("{www.example.com|Mozilla/5.0 (X11)} {} ", "")
    assert "no host" in (layout_of(HAPROXY, bare).names_no_host or "")
    assert layout_of(HAPROXY, SAMPLE).names_no_host is None
    assert "no host" in (layout_of(HAPROXY, TCP).names_no_host or "")
    assert layout_of(HAPROXY, f"{TCP}\n{SAMPLE}").names_no_host is None
    assert "tcplog" in (layout_of(HAPROXY, f"{TCP}\n{TCP}\n{SAMPLE}").names_no_host or "")
    assert "no host" in (layout_of(HAPROXY, f"{bare}\n{bare}\n{SAMPLE}").names_no_host or "")
    assert layout_of(HAPROXY, ERROR).names_no_host is None


def test_the_corpus_is_read() -> None:
    assert_corpus(HAPROXY, "haproxy/lnav/logfile_haproxy.0", records=14, rejects=3)
    assert_corpus(HAPROXY, "haproxy/crowdsec/haproxy-logs/haproxy-logs.log", records=5, rejects=0)
    assert_corpus(HAPROXY, "haproxy/logstash_patterns/truncated_at_1024.log", records=1, rejects=0)


def test_the_oracles_agree() -> None:
    for oracle in oracles("haproxy"):
        row, wanted = read_one(HAPROXY, oracle["line"]), oracle["expected"]
        row |= {"bytes": row["bytes_received"]}
        for name in ("client_ip", "method", "host", "port", "path", "query", "status", "bytes"):
            if name in wanted:
                assert str(row[name]) == str(wanted[name]), (oracle["id"], name)


def test_lines_about_the_proxy_itself_are_no_records() -> None:
    (row,) = read(HAPROXY, "Proxy web started.")
    assert row["reason"] is not None


@given(damaged([*HAPROXY.texts, TCP, HTTPS, ERROR]))
def test_check_and_columns_agree(line: str) -> None:
    assert_agreement(HAPROXY, [line])


@pytest.mark.parametrize("tail", [" www.example.com", " {www.example.com}", ' "www.example.com" x'])
def test_a_connection_has_the_server_name_that_a_site_put_behind_it(tail: str) -> None:
    row = read_one(HAPROXY, TCP + tail, zone="UTC")
    assert (row["host"], row["evidence"]) == ("www.example.com", "connect")
    assert layout_of(HAPROXY, TCP + tail).names_no_host is None


@pytest.mark.parametrize("tail", ["", " -", " TLSv1.3", " {}", " 203.0.113.9"])
def test_what_else_stands_behind_a_connection_is_no_server_name(tail: str) -> None:
    assert read_one(HAPROXY, TCP + tail, zone="UTC")["host"] is None
    assert layout_of(HAPROXY, TCP + tail).names_no_host is not None
