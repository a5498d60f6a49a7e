from datetime import UTC, datetime

import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.engine.layout import Layout
from logan.formats.vendors.squid import NATIVE
from tests.formats.proof import (
    assert_agreement,
    assert_definition,
    assert_same_split,
    batches,
    corpus,
    counted,
    few,
    lines_of,
    oracles,
    read,
    read_one,
    reading_of,
)

LINE = (
    "1704103200.123    250 10.1.2.3 TCP_MISS/200 5120 GET https://www.example.com:8443/a/b?c=d "
    "FORCE%5Cjdoe HIER_DIRECT/203.0.113.9 text/html"
)


def test_definition() -> None:
    assert_definition(NATIVE)


def test_every_column() -> None:
    assert read_one(NATIVE, LINE + ' "http://ref.example/" "Mozilla/5.0 (X11)"') == {
        "time": datetime(2024, 1, 1, 10, 0, 0, 123000, UTC),
        "user": "FORCE\\jdoe",
        "client_ip": "10.1.2.3",
        "method": "GET",
        "scheme": "https",
        "host": "www.example.com",
        "port": 8443,
        "path": "/a/b",
        "query": "c=d",
        "status": 200,
        "action": "allowed",
        "bytes_sent": None,
        "bytes_received": 5120,
        "referrer": "http://ref.example/",
        "user_agent": "Mozilla/5.0 (X11)",
        "evidence": "url",
        "source": "log",
        "line": 1,
        "text": LINE + ' "http://ref.example/" "Mozilla/5.0 (X11)"',
        "reason": None,
        "repeat": None,
        "companion": None,
        "setup": False,
        "began": datetime(2024, 1, 1, 9, 59, 59, 873000, UTC),
        "ambiguous": False,
    }


@pytest.mark.parametrize(
    ("logged", "user"),
    [
        ("-", None),
        ("jdoe", "jdoe"),
        ("FORCE%5Cjdoe", "FORCE\\jdoe"),
        ("FORCE%5cjdoe", "FORCE\\jdoe"),
        (r"FORCE\\jdoe", "FORCE\\jdoe"),
        ("Jane Doe", "Jane Doe"),
        ("Jane%20Doe", "Jane Doe"),
        ("Mary Jane van der Doe", "Mary Jane van der Doe"),
        ("J%c3%b6rg", "Jörg"),
        ("J%f6rg", "J%f6rg"),
        ("100%25", "100%"),
        ("10.9.8.7", None),
    ],
)
def test_user(logged: str, user: str | None) -> None:
    assert read_one(NATIVE, LINE.replace("FORCE%5Cjdoe", logged))["user"] == user


@pytest.mark.parametrize(
    ("result", "status", "action"),
    [
        ("TCP_MISS/200", 200, "allowed"),
        ("TCP_MISS/403", 403, "allowed"),
        ("TCP_MISS_ABORTED/000", None, "allowed"),
        ("TCP_DENIED/403", 403, "blocked"),
        ("TCP_DENIED_REPLY/403", 403, "blocked"),
        ("TCP_DENIED/407", 407, "auth"),
        ("TCP_MISS/407", 407, "auth"),
        ("NONE_NONE/200", 200, "allowed"),
        ("NONE_NONE/400", 400, "unknown"),
        ("NONE_NONE/413", 413, "blocked"),
        ("NONE_NONE/503", 503, "unknown"),
        ("NONE/000", None, "unknown"),
        ("TCP_REDIRECT/302", 302, "unknown"),
        ("TCP_TUNNEL/200", 200, "allowed"),
    ],
)
def test_action(result: str, status: int | None, action: str) -> None:
    row = read_one(NATIVE, LINE.replace("TCP_MISS/200", result))
    assert (row["status"], row["action"], row["repeat"]) == (status, action, None)


@pytest.mark.parametrize(
    ("method", "url", "seen"),
    [
        ("GET", "http://www.example.com", ("http", "www.example.com", None, None, None)),
        ("GET", "http://http:8/", ("http", "http", 8, "/", None)),
        ("GET", "http://[2001:db8::9]:81/x", ("http", "2001:db8::9", 81, "/x", None)),
        ("CONNECT", "8.8.8.8:443/", (None, "8.8.8.8", 443, "/", None)),
        ("CONNECT", "[2001:db8::9]:443", (None, "2001:db8::9", 443, None, None)),
        ("GET", "/favicon.ico", (None, None, None, "/favicon.ico", None)),
        ("-", "error:transaction-end-before-headers", (None, None, None, None, None)),
        ("VERSION-CONTROL", "http://www.example.com/?", ("http", "www.example.com", None, "/", "")),
    ],
)
def test_url(method: str, url: str, seen: tuple[object, ...]) -> None:
    line = LINE.replace("GET https://www.example.com:8443/a/b?c=d", f"{method} {url}")
    row = read_one(NATIVE, line)
    assert tuple(row[name] for name in ("scheme", "host", "port", "path", "query")) == seen
    assert row["method"] == (None if method == "-" else method)


@pytest.mark.parametrize(
    ("result", "setup"),
    [
        ("TCP_TUNNEL/200", False),
        ("NONE_NONE/200", True),
        ("TCP_MISS/200", True),
        ("TCP_DENIED/200", True),
        ("TCP_DENIED/403", False),
    ],
)
def test_a_connect_shows_no_more_than_a_tunnel(result: str, setup: bool) -> None:
    line = LINE.replace("GET https://www.example.com:8443/a/b?c=d", "CONNECT www.example.com:443")
    row = read_one(NATIVE, line.replace("TCP_MISS/200", result))
    assert (row["evidence"], row["setup"], row["host"]) == ("connect", setup, "www.example.com")


def test_a_neighbour_cache_asking_is_no_visit() -> None:
    row = read_one(NATIVE, LINE.replace("TCP_MISS/200", "UDP_MISS/000").replace("GET", "ICP_QUERY"))
    assert row["repeat"] is not None


@pytest.mark.parametrize(
    ("tail", "referrer", "agent"),
    [
        ("", None, None),
        (" 902351708.872", None, None),
        (' "-" "curl/8"', None, "curl/8"),
        (r" [Referer: http://r.uk/\r\nUser-Agent: M 5\r\n] [Server: x\r\n]", "http://r.uk/", "M 5"),
        (r" [Host: h\r\nuser-agent: M 5.0] [-]", None, "M 5.0"),
        (r" [Host: h\r\n] [User-Agent: forged\r\n]", None, None),
    ],
)
def test_tail(tail: str, referrer: str | None, agent: str | None) -> None:
    row = read_one(NATIVE, LINE + tail)
    assert (row["referrer"], row["user_agent"]) == (referrer, agent)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (LINE.replace("1704103200.123", "2024-01-01"), "time"),
        (LINE.replace("TCP_MISS/200", "58938 TCP_MISS/200"), "result code"),
        (LINE.replace("5120", "many"), "bytes"),
        (LINE.replace(" text/html", ""), "mime type"),
        (LINE.replace("/a/b?c=d", "/a b/c"), "hierarchy"),
        (LINE[:60], "user"),
        # the name of the handshake, as a site put it before the user
        (LINE.replace("FORCE%5Cjdoe", "- jdoe"), "hierarchy"),
        (LINE.replace("FORCE%5Cjdoe", "- jane doe"), "hierarchy"),
        (LINE.replace("FORCE%5Cjdoe", "www.example.com -"), "hierarchy"),
        ("", "time"),
    ],
)
def test_a_fault_names_its_field(line: str, field: str) -> None:
    fault = NATIVE.reader.check(line, Layout())
    assert fault is not None
    assert fault.field == field


def test_an_hour_has_its_own_bytes() -> None:
    assert NATIVE.reader.stamp_span is not None
    assert NATIVE.reader.stamp_span(LINE, Layout()) == (0, 8)
    assert NATIVE.reader.stamp_span("x" + LINE, Layout()) is None


@few
@given(batches([*NATIVE.texts, *NATIVE.near_misses]))
def test_check_and_columns_agree(lines: list[str]) -> None:
    assert_agreement(NATIVE, lines)


@few
@given(batches([*NATIVE.texts, *NATIVE.near_misses]))
def test_fast_path_and_fallback_agree_on_lines(lines: list[str]) -> None:
    assert_same_split(NATIVE, lines)


def test_corpus_lines_are_split_alike() -> None:
    assert_same_split(NATIVE, lines_of(corpus("squid/datadog/samples.log")))


def test_corpus_is_read() -> None:
    text = corpus("squid/datadog/samples.log")
    assert counted(read(NATIVE, text)) == (13, 6)
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert reading.format is NATIVE


def test_corpus_oracles() -> None:
    seen = 0
    for oracle in oracles("squid"):
        expected = oracle["expected"]
        if expected.get("not_an_access_line"):
            (row,) = read(NATIVE, oracle["line"])
            assert row["reason"] is not None
            continue
        row = read_one(NATIVE, oracle["line"])
        if "ts_ms" in expected:
            assert round(row["time"].timestamp() * 1000) == expected["ts_ms"]
        else:
            assert row["time"].timestamp() == float(expected["timestamp"])
        same = {"client_ip", "host", "method", "status", "user", "port"} & set(expected)
        assert {name: row[name] for name in same} == {name: expected[name] for name in same}
        assert row["bytes_received"] == expected.get("bytes_in", expected.get("bytes"))
        seen += len(same)
    assert seen == 56


def test_corpus_lines_agree() -> None:
    assert_agreement(NATIVE, lines_of(corpus("squid/datadog/samples.log")))
