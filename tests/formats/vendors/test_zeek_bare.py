from datetime import UTC, datetime

import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.vendors.zeek_bare import BARE
from tests.formats.proof import (
    assert_agreement,
    assert_definition,
    batches,
    corpus,
    counted,
    few,
    lines_of,
    read,
    read_one,
    reading_of,
)

HEAD = "1704103200.123456\tCx7\t10.1.2.3\t50000\t203.0.113.9\t"
AFTER = "\t640\t5120\t200\tOK\t-\t-\t(empty)\t-\t-\t-"


def test_definition() -> None:
    assert_definition(BARE)


@pytest.mark.parametrize(
    "middle",
    [
        "\tMozilla/5.0",  # to 2.4
        "\t1.1\tMozilla/5.0",  # 2.5 added the version
        "\t-\tMozilla/5.0",
        "\t1.1\tMozilla/5.0\thttps://origin.example",  # 4.0 added the origin
        "\t1.1\tMozilla/5.0\t-",
        "\t2\tMozilla/5.0",
    ],
)
def test_http_in_the_column_order_of_every_version(middle: str) -> None:
    line = f"{HEAD}80\t1\tPOST\twww.example.com\t/a?b=c\thttp://ref.example/{middle}{AFTER}"
    row = read_one(BARE, line)
    assert {name: row[name] for name in row if row[name] is not None and name != "text"} == {
        "time": datetime(2024, 1, 1, 10, 0, 0, 123456, UTC),
        "client_ip": "10.1.2.3",
        "method": "POST",
        "scheme": "http",
        "host": "www.example.com",
        "port": 80,
        "path": "/a",
        "query": "b=c",
        "status": 200,
        "action": "unknown",
        "bytes_sent": 640,
        "bytes_received": 5120,
        "referrer": "http://ref.example/",
        "user_agent": "Mozilla/5.0",
        "evidence": "url",
        "source": "log",
        "line": 1,
        "setup": False,
        "ambiguous": False,
    }


@pytest.mark.parametrize("middle", ["\t-", "\t-\t-", "\t-\t-\t-", "\t1.1\t-\t-"])
def test_http_of_a_request_without_agent(middle: str) -> None:
    line = f"{HEAD}80\t1\t-\t-\t-\t-{middle}\t0\t471\t200\tOK\t-\t-"
    row = read_one(BARE, line)
    seen = ("method", "host", "user_agent", "bytes_sent", "bytes_received", "status", "repeat")
    assert tuple(row[name] for name in seen) == (None, None, None, 0, 471, 200, None)


@pytest.mark.parametrize(
    ("line", "evidence", "host", "port"),
    [
        ("443\tTLSv12\tTLS_X\tx25519\ta.example\tF\t-\th2\tT\t-", "connect", "a.example", 443),
        ("443\t-\t-\t-\t-\tF\t-\t-\tF", "connect", None, 443),
        (
            "53\tudp\t7\t0.008704\ta.example\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tT\tF\tT\tT\t0\t-\t-\tF",
            "dns",
            "a.example",
            None,
        ),
        (
            "53\tudp\t7\ta.example\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tT\tF\tT\tT\t0\t-\t-\tF",
            "dns",
            "a.example",
            None,
        ),
        ("53\tudp\t-\t-\t-\t-\t-\t-\t-\t-\t-\tF\tF\tF\tF\t0\t-\t-\tF", "dns", None, None),
    ],
)
def test_handshakes_and_look_ups(
    line: str, evidence: str, host: str | None, port: int | None
) -> None:
    row = read_one(BARE, HEAD + line)
    assert (row["evidence"], row["host"], row["port"], row["repeat"]) == (
        evidence,
        host,
        port,
        None,
    )


@pytest.mark.parametrize(
    "line",
    [
        f"{HEAD}53\tudp\tdns\t0.019804\t11\t22\tSF\tT\tT\t0\tDd\t1\t61\t1\t77\t-",
        "1704103200.123456\tFx7\t10.1.2.3\t203.0.113.9\tCx7\tHTTP\t0\tMD5\ttext/html\t-\t0.1\tT",
        "1704103200.123456\tCx7\t10.1.2.3\t-\taa:bb:cc:dd:ee:ff\twww.example.com\t-",
    ],
)
def test_other_logs_are_read_but_hold_no_requests(line: str) -> None:
    row = read_one(BARE, line)
    assert row["repeat"] is not None
    assert row["host"] is None


@few
@given(batches(BARE.texts))
def test_check_and_columns_agree(lines: list[str]) -> None:
    assert_agreement(BARE, lines)


def test_corpus_bare_lines_of_all_versions() -> None:
    lines = lines_of(corpus("zeek/logstash_patterns/headerless_bro_zeek_lines.tsv"))
    stamped = [line for line in lines if line[:4].isdigit()]
    rows = read(BARE, "\n".join(stamped))
    assert counted(rows) == (17, 0)
    requests = [row for row in rows if row["repeat"] is None]
    assert [row["evidence"] for row in requests] == ["url"] * 6 + ["dns"]
    assert [row["host"] for row in requests] == [
        "www.amazon.it",
        None,
        "o-o.preferred.telekomrs-beg1.v2.lscache8.c.youtube.com",
        None,
        "www.amazon.it",
        None,
        None,
    ]
    keys = [row["host"] for row in rows if (row["repeat"] or "").startswith("no visit")]
    assert keys == ["paypal.com", "paypal.com"]
    assert (
        requests[3]["user_agent"]
        == "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:81.0) Gecko/20100101 Firefox/81.0"
    )
    assert_agreement(BARE, lines)


def test_corpus_syslog_stream_of_all_logs() -> None:
    text = corpus("zeek/secops/samples.log")
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert reading.format is BARE
    rows = read(BARE, text)
    assert counted(rows) == (33, 1)
    kinds = [row["evidence"] for row in rows if row["reason"] is None and row["repeat"] is None]
    assert (kinds.count("url"), kinds.count("connect"), kinds.count("dns")) == (5, 2, 6)
