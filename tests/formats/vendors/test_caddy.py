"""Caddy's JSON access log, its clock in seconds or as ISO 8601."""

from hypothesis import given

from logan.formats.vendors.caddy import CADDY
from tests.formats.proof import (
    assert_agreement,
    assert_corpus,
    assert_definition,
    assert_record,
    damaged,
    oracles,
    read_one,
)

(SAMPLE,) = CADDY.texts


def test_the_definition_holds() -> None:
    assert_definition(CADDY)


def test_every_column() -> None:
    assert_record(
        read_one(CADDY, SAMPLE),
        time="2024-01-10T13:55:36.123456+00:00",
        user="jdoe",
        client_ip="10.1.2.3",
        method="GET",
        scheme="https",
        host="www.example.com",
        port=8443,
        path="/a",
        query="b=c",
        status=200,
        action="unknown",
        bytes_sent=12,
        bytes_received=2326,
        referrer="https://example.org/",
        user_agent="Mozilla/5.0",
        evidence="url",
    )


def test_other_clocks_are_read() -> None:
    for stamp in ('"2024-01-10T14:55:36.123456+0100"', "1704894936123.456"):
        row = read_one(CADDY, SAMPLE.replace("1704894936.123456", stamp))
        assert row["time"].isoformat() == "2024-01-10T13:55:36.123456+00:00", stamp


def test_a_forward_proxy_shows_the_tunnel() -> None:
    row = read_one(CADDY, SAMPLE.replace('"GET"', '"CONNECT"').replace("/a?b=c", ""))
    assert (row["host"], row["port"], row["evidence"]) == ("www.example.com", 8443, "connect")
    row = read_one(CADDY, SAMPLE.replace('"/a?b=c"', '"http://www.example.org/x"'))
    assert (row["scheme"], row["host"], row["path"]) == ("http", "www.example.org", "/x")


def test_older_versions_are_read() -> None:
    old = SAMPLE.replace('"remote_ip":"10.9.9.9","remote_port":"50000","client_ip":"10.1.2.3"',
                         '"remote_addr":"10.1.2.3:50000"')  # fmt: skip
    assert read_one(CADDY, old)["client_ip"] == "10.1.2.3"


def test_the_corpus_is_read() -> None:
    assert_corpus(CADDY, "json_misc/crowdsec/caddy-logs/caddy-logs.log", records=10, rejects=1)
    assert_corpus(CADDY, "json_misc/lnav/logfile_caddy_log.1", records=4, rejects=0)


def test_the_oracles_agree() -> None:
    for oracle in oracles("json_misc", "crowdsec/caddy-logs"):
        row, wanted = read_one(CADDY, oracle["line"]), oracle["expected"]
        assert row["client_ip"] == wanted["client_ip"]
        assert f"{row['host']}:{row['port']}" == wanted["host"]
        assert (row["path"], row["method"]) == (wanted["url"], wanted["method"])
        assert str(row["status"] or 0) == wanted["status"]


@given(damaged([SAMPLE]))
def test_check_and_columns_agree(line: str) -> None:
    assert_agreement(CADDY, [line])
