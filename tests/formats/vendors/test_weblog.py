import re
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.formats import FORMATS
from logan.formats.detect.head import head_of
from logan.formats.engine import dates
from logan.formats.engine.format import Format
from logan.formats.engine.layout import Layout
from logan.formats.vendors import weblog
from logan.formats.vendors.weblog import COMBINED, COMMON, LOCAL, SQUID_COMBINED, SQUID_COMMON
from tests.formats.proof import (
    Row,
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

ALL = (COMMON, COMBINED, LOCAL, SQUID_COMMON, SQUID_COMBINED)
REQUEST = '[10/Jan/2024:13:55:36 +0100] "GET http://www.example.com:81/a?b=c HTTP/1.1" 200 2326'
LINE = f'10.1.2.3 - jdoe {REQUEST} "http://ref.example/" "Mozilla/5.0 (X11)"'


@pytest.mark.parametrize("form", ALL, ids=lambda form: form.name)
def test_definition(form: Format) -> None:
    assert_definition(form)


def seen(row: Row, *names: str) -> tuple[object, ...]:
    return tuple(row[name] for name in names)


def test_every_column() -> None:
    row = read_one(SQUID_COMBINED, LINE + " TCP_MISS:HIER_DIRECT")
    assert {name: row[name] for name in row if row[name] is not None and name != "text"} == {
        "time": datetime(2024, 1, 10, 12, 55, 36, tzinfo=UTC),
        "user": "jdoe",
        "client_ip": "10.1.2.3",
        "method": "GET",
        "scheme": "http",
        "host": "www.example.com",
        "port": 81,
        "path": "/a",
        "query": "b=c",
        "status": 200,
        "action": "allowed",
        "bytes_received": 2326,
        "referrer": "http://ref.example/",
        "user_agent": "Mozilla/5.0 (X11)",
        "evidence": "url",
        "source": "log",
        "line": 1,
        "setup": False,
        "ambiguous": False,
    }


@pytest.mark.parametrize(
    ("front", "client", "user", "host"),
    [
        ("10.1.2.3 - jdoe", "10.1.2.3", "jdoe", None),
        ("10.1.2.3 - -", "10.1.2.3", None, None),
        ("10.1.2.3 -", "10.1.2.3", None, None),
        ("10.1.2.3 jdoe", "10.1.2.3", "jdoe", None),
        ("10.1.2.3 ident7 jdoe", "10.1.2.3", "jdoe", None),
        ("10.1.2.3 - Jane Doe", "10.1.2.3", "Jane Doe", None),
        ("10.1.2.3 - j.doe@force.example", "10.1.2.3", "j.doe@force.example", None),
        ('10.1.2.3 - "CN=J. Doe,O=Force"', "10.1.2.3", "CN=J. Doe,O=Force", None),
        ('10.1.2.3 - ""', "10.1.2.3", None, None),
        (r"10.1.2.3 - FORCE\\jdoe", "10.1.2.3", "FORCE\\jdoe", None),
        ("2001:db8::7 - jdoe", "2001:db8::7", "jdoe", None),
        ("pc7.force.example - jdoe", "pc7.force.example", "jdoe", None),
        ("www.example.org 10.1.2.3 - jdoe", "10.1.2.3", "jdoe", "www.example.org"),
        ("www.example.org:443 10.1.2.3 - -", "10.1.2.3", None, "www.example.org"),
        ("localhost:443 10.1.2.3 1j0vhgd jdoe", "10.1.2.3", "jdoe", "localhost"),
        ("- 10.1.2.3 - jdoe", "10.1.2.3", "jdoe", None),
        ("(-) 10.1.2.3 - jdoe", "10.1.2.3", "jdoe", None),
        ("10.9.9.9 10.1.2.3 - jdoe", "10.9.9.9", "jdoe", None),
        ("10.9.9.9, 10.8.8.8 10.1.2.3 - jdoe", "10.9.9.9", "jdoe", None),
    ],
)
def test_who_stands_before_the_time(
    front: str, client: str, user: str | None, host: str | None
) -> None:
    line = LINE.replace("10.1.2.3 - jdoe", front).replace("http://www.example.com:81", "")
    assert seen(read_one(COMBINED, line), "client_ip", "user", "host") == (client, user, host)


def test_one_address_before_several_clients_is_the_servers_own() -> None:
    fronts = ("10.9.9.9 10.1.2.3 - jdoe", "10.9.9.9 10.1.2.4 - -")
    rows = read(COMBINED, "\n".join(LINE.replace("10.1.2.3 - jdoe", one) for one in fronts))
    assert [seen(row, "client_ip", "user") for row in rows] == [
        ("10.1.2.3", "jdoe"),
        ("10.1.2.4", None),
    ]
    forwarded = ("10.9.9.9 10.1.2.3 - jdoe", "10.9.9.8 10.1.2.3 - -")
    rows = read(COMBINED, "\n".join(LINE.replace("10.1.2.3 - jdoe", one) for one in forwarded))
    assert [row["client_ip"] for row in rows] == ["10.9.9.9", "10.9.9.8"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("200 2326", "- 7908", {"status": None, "bytes_received": 7908}),
        ("200 2326", "0 0", {"status": None, "bytes_received": 0}),
        ("200 2326", "304 -", {"status": 304, "bytes_received": None}),
        ("200 2326", "407 12", {"action": "auth"}),
        ("200 2326", "403 12", {"action": "unknown"}),
        (' "Mozilla/5.0 (X11)"', "", {"user_agent": None, "referrer": "http://ref.example/"}),
        ('"http://ref.example/"', '"-"', {"referrer": None, "user_agent": "Mozilla/5.0 (X11)"}),
        ('"http://ref.example/"', '""', {"referrer": None}),
        ("(X11)", r"\x22X11\x22 \"q\" \\", {"user_agent": r'Mozilla/5.0 "X11" "q" ' + "\\"}),
        ("(X11)", r"\xc3\xa9\xff", {"user_agent": r"Mozilla/5.0 \xc3\xa9\xff"}),
        ("(X11)", r"\xC3\xA9", {"user_agent": "Mozilla/5.0 é"}),
        ("/a?b=c", r"/a?b=\x22c\x22", {"query": 'b="c"'}),
        ("+0100] ", '+0100] "-" ', {"host": "www.example.com"}),
        ("+0100] ", "+0100] - ", {"host": "www.example.com"}),
        ("GET http://www.example.com:81/a?b=c HTTP/1.1", "-", {"method": None, "host": None}),
        ("GET http://www.example.com:81/a?b=c HTTP/1.1", r"\x16\x03\x01", {"method": None}),
        ("GET http://www.example.com:81/a?b=c HTTP/1.1", "HELP", {"method": None}),
        (" HTTP/1.1", "", {"host": "www.example.com", "query": "b=c"}),
        (" HTTP/1.1", "   HTTP/2", {"query": "b=c"}),
        ("GET http://www.example.com:81/a?b=c", "CONNECT b.example:443", {"evidence": "connect"}),
        ("GET http://www.example.com:81/a?b=c", "CONNECT b.example:443", {"host": "b.example"}),
        ('(X11)"', '(X11)" "203.0.113.5" 0.004', {"user_agent": "Mozilla/5.0 (X11)"}),
    ],
)
def test_variants(old: str, new: str, expected: Row) -> None:
    assert old in LINE
    row = read_one(COMBINED, LINE.replace(old, new))
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("agent", "read_as"),
    [
        ('odd " 200 1 "-" "x', 'odd " 200 1 "-" "x'),
        ("ends in \\", "ends in \\"),
        ('x" TCP_MISS:HIER_DIRECT', 'x" TCP_MISS:HIER_DIRECT'),
    ],
)
def test_squid_writes_an_agent_as_it_came(agent: str, read_as: str) -> None:
    line = LINE.replace("Mozilla/5.0 (X11)", agent) + " TCP_DENIED:HIER_NONE"
    assert seen(read_one(SQUID_COMBINED, line), "user_agent", "action") == (read_as, "blocked")


def test_squid_adds_its_headers_where_it_was_asked_to() -> None:
    tail = r" TCP_MISS:HIER_DIRECT [Host: x\r\n] [Server: y\r\n]"
    assert read_one(SQUID_COMBINED, LINE + tail)["action"] == "allowed"
    assert read_one(SQUID_COMMON, f"10.1.2.3 - jdoe {REQUEST}{tail}")["action"] == "allowed"


@pytest.mark.parametrize(
    ("line", "form"),
    [
        (f"10.1.2.3 - jdoe {REQUEST}", COMMON),
        (LINE, COMBINED),
        (f"10.1.2.3 - jdoe {REQUEST} TCP_MISS:HIER_DIRECT", SQUID_COMMON),
        (LINE + " TCP_MISS:HIER_DIRECT", SQUID_COMBINED),
    ],
    ids=lambda value: value.name if isinstance(value, Format) else "",
)
def test_one_line_is_enough_to_tell_them_apart(line: str, form: Format) -> None:
    reading = reading_of(line, FORMATS)
    assert reading is not None
    assert reading.format is form


@pytest.mark.parametrize(
    ("stamp", "order", "time"),
    [
        ("31/07/2024 13:55:36", None, "2024-07-31T12:55:36+00:00"),
        ("07/31/2024 13:55:36", None, "2024-07-31T12:55:36+00:00"),
        ("05/02/2025 11:30:29", "dmy", "2025-02-05T11:30:29+00:00"),
        ("05/02/2025 11:30:29", "mdy", "2025-05-02T10:30:29+00:00"),
    ],
)
def test_a_local_stamp_is_asked_for_what_it_leaves_open(
    stamp: str, order: str | None, time: str
) -> None:
    line = LINE.replace("10/Jan/2024:13:55:36 +0100", stamp)
    answers = {dates.ORDER: order} if order else {}
    row = read_one(LOCAL, line, answers=answers, zone="Europe/London")
    assert row["time"].isoformat() == time
    assert seen(row, "host", "user_agent") == ("www.example.com", "Mozilla/5.0 (X11)")
    layout = LOCAL.layout(head_of(line.encode(), whole=True))
    assert layout is not None
    assert (dates.question(layout) is not None) == (order is not None)


def test_a_local_stamp_with_a_tail_of_the_sites_own() -> None:
    line = (
        '10.1.2.3 - jdoe [31/01/2024 11:31:06] "CONNECT https://b.example:443 HTTP/1.1" 200 - - 9'
    )
    row = read_one(LOCAL, line, zone="UTC")
    assert seen(row, "host", "port", "evidence", "user") == ("b.example", 443, "connect", "jdoe")


@pytest.mark.parametrize(
    ("line", "hostless"),
    [
        (LINE, False),
        (LINE.replace("http://www.example.com:81", ""), True),
        ("www.example.org " + LINE.replace("http://www.example.com:81", ""), False),
        ("10.9.9.9 " + LINE.replace("http://www.example.com:81", ""), True),
        ("- " + LINE.replace("http://www.example.com:81", ""), True),
        (LINE.replace("GET http://www.example.com:81/a?b=c", "CONNECT b.example:443"), False),
        # a web server's log, with one request of somebody who looks for open proxies
        ("\n".join([LINE, *[LINE.replace("http://www.example.com:81", "")] * 2]), True),
        ("\n".join([LINE, LINE, LINE.replace("http://www.example.com:81", "")]), False),
        # a proxy's log in a quiet night: connections that ended before a request
        (
            "\n".join(
                [LINE, *[LINE.replace("GET http://www.example.com:81/a", "NONE error:x")] * 2]
            ),
            False,
        ),
    ],
)
def test_a_log_without_hosts_says_so(line: str, hostless: bool) -> None:
    layout = COMBINED.layout(head_of(line.encode(), whole=True))
    assert layout is not None
    assert (layout.names_no_host is not None) == hostless


@pytest.mark.parametrize("form", ALL, ids=lambda form: form.name)
@few
@given(lines=batches([sample for form in ALL for sample in form.texts]))
def test_check_and_columns_agree(form: Format, lines: list[str]) -> None:
    assert_agreement(form, lines)


@pytest.mark.parametrize("form", ALL, ids=lambda form: form.name)
@few
@given(lines=batches([sample for form in ALL for sample in form.texts]))
def test_fast_path_and_fallback_agree_on_lines(form: Format, lines: list[str]) -> None:
    assert_same_split(form, lines)


_PARTS = ("GET", " ", "  ", "/a", "http://x/?b=c", " HTTP/1.1", " HTTP/", "\n", "-", '"', "é")


@given(st.lists(st.none() | st.lists(st.sampled_from(_PARTS)).map("".join), max_size=8))
def test_fast_path_and_fallback_agree_on_requests(requests: list[str | None]) -> None:
    cells = pl.Series(requests, dtype=pl.String)
    whole = cells.str.extract_groups(weblog._REQUEST)
    assert weblog._request_parts(cells).to_list() == whole.to_list()


@given(st.lists(st.none() | st.text(' "\nx', max_size=5), max_size=8))
def test_a_header_loses_a_space_and_both_quotes(headers: list[str | None]) -> None:
    frame = pl.DataFrame({"x": headers}, schema={"x": pl.String})
    found = frame.select(
        short=weblog._unquoted(pl.col("x")), long=pl.col("x").str.replace('^ "(.*)"$', "${1}")
    )
    assert found["short"].to_list() == found["long"].to_list()


@pytest.mark.parametrize(
    ("name", "form", "accepted", "rejected"),
    [
        ("crowdsec/apache2-logs/apache2-logs.log", COMBINED, 6, 3),
        ("crowdsec/apache2-malformed/apache2-logs.log", COMBINED, 11, 0),
        ("crowdsec/nginx-http-malformed/nginx_http-logs.log", COMBINED, 12, 0),
        ("crowdsec/nginx-http-open-proxy/nginx-http-open-proxy.log", COMBINED, 2, 0),
        ("crowdsec/nginx_http-logs/nginx_http-logs.log", COMBINED, 8, 1),
        ("lnav/logfile_access_log.0", COMBINED, 3, 0),
        ("lnav/logfile_access_log.1", COMBINED, 1, 0),
        ("lnav/logfile_bad_access_log.0", COMBINED, 2, 1),
        ("lnav/logfile_regexp_access_log.0", COMBINED, 2, 0),
        ("lnav/logfile_shop_access_log.0", COMBINED, 1_000, 0),
    ],
)
def test_corpus_is_read(name: str, form: Format, accepted: int, rejected: int) -> None:
    text = corpus(f"apache_nginx/{name}")
    assert counted(read(form, text)) == (accepted, rejected)
    assert_agreement(form, lines_of(text)[:100])
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert reading.format is form


#: How a line of an access log goes on after its client; the oracles hold error logs too.
ACCESS = re.compile(r" \[[0-9]{2}/[A-Z]")


def test_corpus_oracles() -> None:
    checked = 0
    sources = ("apache2-logs", "apache2-malformed", "nginx-http-malformed", "nginx_http-logs")
    for source in (*(f"crowdsec/{name}" for name in sources), "logstash_patterns"):
        for oracle in oracles("apache_nginx", source):
            line = oracle["line"]
            if not ACCESS.search(line):
                assert counted(read(COMBINED, line)) == (0, 1)
                continue
            form = COMMON if COMMON.reader.check(line, Layout()) is None else COMBINED
            _assert_oracle(read_one(form, line), oracle["expected"])
            checked += 1
    assert checked == 41


def _assert_oracle(row: Row, expected: Row) -> None:
    """Equal where the log says it; `-` and a request line that is none are null here."""
    number = {name: str(row[name]) if row[name] is not None else None for name in ("status",)}
    for name, value in expected.items():
        if name in ("client_ip", "method"):
            assert row[name] == value
        elif name == "user":
            assert row[name] == (None if value == "-" else value)
        elif name == "status":
            assert number["status"] == (str(value) if value is not None else None)
        elif name == "bytes":
            assert row["bytes_received"] == int(value)
        elif name == "host":
            assert row["host"] == value
        elif name == "timestamp":
            assert row["time"] == datetime.strptime(value, "%d/%b/%Y:%H:%M:%S %z")
        elif name == "url" and row["method"] is not None:
            assert row["path"] + (f"?{row['query']}" if row["query"] is not None else "") == value
        else:
            assert name == "url", name


@pytest.mark.parametrize(
    "form", [weblog.COMBINED, weblog.SQUID_COMBINED], ids=lambda form: form.name
)
def test_a_quote_in_an_address_ends_no_request(form: Format) -> None:
    line = form.texts[0]
    assert "/a HTTP/1.1" in line
    for words in ('/a" 403 2326 "-"', '/a HTTP/1.1" 403 2326 "-" "x"'):
        (row,) = read(form, line.replace("/a HTTP", words + " HTTP"))
        assert row["reason"] is not None
        escaped = words.replace('"', r"\"")
        assert read_one(form, line.replace("/a HTTP", escaped + " HTTP"))["status"] == 200
