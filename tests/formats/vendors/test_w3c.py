from datetime import UTC, datetime
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.detect.detection import detect
from logan.formats.detect.head import head_of
from logan.formats.engine import extended_log
from logan.formats.engine.layout import Layout
from logan.formats.vendors.w3c import W3C
from tests.formats.proof import (
    Row,
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

FIELDS = (
    "#Fields: date time c-ip cs-username x-exception-id sc-filter-result cs(Referer) sc-status "
    "s-action cs-method cs-uri-scheme cs-host cs-uri-port cs-uri-path cs-uri-query cs(User-Agent) "
    "sc-bytes cs-bytes\n"
)
LINE = (
    "2024-01-10 13:55:36 10.1.2.3 FORCE\\jdoe - OBSERVED http://ref.example/ 200 TCP_NC_MISS GET "
    'https www.example.com 443 /a ?b=c "Mozilla/5.0 (X11; ""Linux"")" 5120 640'
)


def layout_of(text: str) -> Layout:
    layout = W3C.layout(head_of(text.encode(), whole=True))
    assert layout is not None
    return layout


def test_definition() -> None:
    assert_definition(W3C)


def test_every_column() -> None:
    row = read_one(W3C, FIELDS + LINE)
    assert {name: row[name] for name in row if row[name] is not None and name != "text"} == {
        "time": datetime(2024, 1, 10, 13, 55, 36, tzinfo=UTC),
        "user": "FORCE\\jdoe",
        "client_ip": "10.1.2.3",
        "method": "GET",
        "scheme": "https",
        "host": "www.example.com",
        "port": 443,
        "path": "/a",
        "query": "b=c",
        "status": 200,
        "action": "allowed",
        "bytes_sent": 640,
        "bytes_received": 5120,
        "referrer": "http://ref.example/",
        "user_agent": 'Mozilla/5.0 (X11; "Linux")',
        "evidence": "url",
        "source": "log",
        "line": 1,
        "setup": False,
        "ambiguous": False,
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("FORCE\\jdoe", "FORCE\\Jane%20Doe", {"user": "FORCE\\Jane Doe"}),
        ("FORCE\\jdoe", '"CN=Jane Doe,O=Force"', {"user": "CN=Jane Doe,O=Force"}),
        ("FORCE\\jdoe", "'Jane Doe'", {"user": "Jane Doe"}),
        ("FORCE\\jdoe", "-", {"user": None}),
        ("GET https", "unknown ssl", {"method": None, "evidence": "connect", "setup": False}),
        ("GET https", "CONNECT tcp", {"method": "CONNECT", "evidence": "connect", "setup": True}),
        ("TCP_NC_MISS GET", "TCP_TUNNELED CONNECT", {"evidence": "connect", "setup": False}),
        ("200", "0", {"status": None}),
        ("200 TCP_NC_MISS", "- -", {"status": None, "action": "allowed"}),
        ("?b=c", "-", {"query": None, "path": "/a"}),
        ("5120 640", "- 0", {"bytes_received": None, "bytes_sent": 0}),
        (" 10.1.2.3", "\t  10.1.2.3", {"client_ip": "10.1.2.3"}),
        ('"Mozilla/5.0 (X11; ""Linux"")"', "''", {"user_agent": None, "bytes_received": 5120}),
    ],
)
def test_values(old: str, new: str, expected: Row) -> None:
    assert old in LINE
    row = read_one(W3C, FIELDS + LINE.replace(old, new))
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("exception", "result", "status", "s_action", "action"),
    [
        ("-", "OBSERVED", "200", "TCP_HIT", "allowed"),
        ("-", "PROXIED", "404", "TCP_ERR_MISS", "allowed"),
        ("-", "-", "200", "TUNNELED", "allowed"),
        ("-", "-", "200", "TCP_TUNNELED", "allowed"),
        ("policy_denied", "DENIED", "403", "TCP_DENIED", "blocked"),
        ("content_filter_denied", "DENIED", "-", "-", "blocked"),
        ("authorization_failed", "DENIED", "403", "TCP_DENIED", "blocked"),
        ("-", "DENIED", "407", "TCP_DENIED", "auth"),
        ("authentication_failed", "DENIED", "407", "TCP_DENIED", "auth"),
        ("authentication_success", "DENIED", "307", "TCP_AUTH_REDIRECT", "auth"),
        ("authentication_redirect_to_virtual_host", "DENIED", "302", "TCP_DENIED", "auth"),
        ("-", "OBSERVED", "200", "TCP_AUTH_FORM", "auth"),
        ("-", "OBSERVED", "200", "TCP_AUTH_HIT", "allowed"),
        ("-", "OBSERVED", "401", "TCP_AUTH_MISS", "allowed"),
        ("-", "OBSERVED", "302", "TCP_POLICY_REDIRECT", "unknown"),
        ("-", "OBSERVED", "302", "TCP_SPLASHED", "unknown"),
        ("-", "-", "503", "-", "unknown"),
    ],
)
def test_action(exception: str, result: str, status: str, s_action: str, action: str) -> None:
    line = LINE.replace(" - OBSERVED", f" {exception} {result}")
    assert read_one(W3C, FIELDS + line.replace("200 TCP_NC_MISS", f"{status} {s_action}"))[
        "action"
    ] == (action)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (LINE.replace("2024-01-10", "10/01/2024"), "date"),
        (LINE.replace("13:55:36", "13:55"), "time"),
        (LINE.replace(" 5120 640", ""), "sc-bytes"),
        (LINE.replace('; ""Linux"")"', ""), "cs(user-agent)"),
        (LINE + ' "Firefox" more', "more values than #Fields has names, and quotes among them"),
        (
            LINE.replace("Linux", '" x "'),
            "more values than #Fields has names, and quotes among them",
        ),
    ],
)
def test_a_line_that_does_not_come_out_even_is_refused(line: str, field: str) -> None:
    fault = W3C.reader.check(line, layout_of(FIELDS + LINE))
    assert fault is not None
    assert fault.field == field
    assert counted(read(W3C, FIELDS + line)) == (0, 1)


def test_values_past_the_names_are_let_pass_where_nothing_is_quoted() -> None:
    line = LINE.replace('"Mozilla/5.0 (X11; ""Linux"")"', "Mozilla/5.0+(X11)")
    assert read_one(W3C, FIELDS + line + " 17 -")["bytes_sent"] == 640


def test_a_hostile_agent_cannot_write_into_other_columns() -> None:
    fields = "#Fields: date time c-ip cs(User-Agent) cs-host cs-method cs-uri-path\n"
    line = '2024-01-10 13:55:36 10.1.2.3 "x" pimeyes.com GET /" www.example.com GET /'
    assert counted(read(W3C, fields + line)) == (0, 1)


def test_a_bad_line_is_refused_at_once() -> None:
    fields = "#Fields: date time " + " ".join(f"x-{at}" for at in range(40)) + " cs-host\n"
    for cell in ("'a'", "'a b'", "[a]", '"a"', "[a b]"):
        line = "2024-01-10 13:55:36" + f" {cell}" * 40
        assert W3C.reader.check(line, layout_of(fields)) is not None


def test_names_change_in_the_midst_of_a_file() -> None:
    text = (
        f"{FIELDS}{LINE}\r\n#Software: SGOS\r\n"
        "#Fields: date time cs-host c-ip cs-uri-path cs-method\r\n"
        "2024-01-11 00:00:01 b.example 10.9.9.9 /b POST\r\n"
        f"{FIELDS}{LINE}\r\n"
    )
    rows = read(W3C, text)
    assert [row["host"] for row in rows] == ["www.example.com", "b.example", "www.example.com"]
    assert [row["method"] for row in rows] == ["GET", "POST", "GET"]
    assert rows[1]["client_ip"] == "10.9.9.9"


@pytest.mark.parametrize(
    ("header", "line", "time"),
    [
        ("#Fields: date time cs-host", "2024-07-10 13:55:36", "2024-07-10 13:55:36"),
        (
            "#Fields: date time cs-host",
            "2024-07-10 13:55:36.5",
            "2024-07-10 13:55:36.500000",
        ),
        (
            "#Fields: date time cs-host",
            '"2024-07-10" "13:55:36"',
            "2024-07-10 13:55:36",
        ),
        (
            "#GMT-Offset: -0800\n#Fields: date time cs-host",
            "2024-07-10 13:55:36",
            "2024-07-10 21:55:36",
        ),
        (
            "#Fields: date time cs-host\n#GMT-Offset: +05:30",
            "2024-07-10 13:55:36",
            "2024-07-10 08:25:36",
        ),
        (
            "#Date: 2024-07-10 13:55:36 EST (UTC-0400)\n#Fields: date time cs-host",
            "2024-07-10 13:55:36",
            "2024-07-10 17:55:36",
        ),
        (
            "#Date: 2024-07-10 13:00:00\n#Fields: time cs-host",
            "13:55:36",
            "2024-07-10 13:55:36",
        ),
        (
            "#Fields: date-local time-local cs-host",
            "2024-07-10 13:55:36",
            "2024-07-10 12:55:36",
        ),
        (
            "#Fields: timestamp cs-host",
            "1720619736.250",
            "2024-07-10 13:55:36.250000",
        ),
        ("#Fields: x-timestamp-unix cs-host", "1720619736", "2024-07-10 13:55:36"),
        (
            "#Fields: localtime cs-host",
            "[10/Jul/2024:14:55:36 +0100]",
            "2024-07-10 13:55:36",
        ),
        (
            "#Fields: gmttime cs-host",
            "[10/Jul/2024:13:55:36 GMT]",
            "2024-07-10 13:55:36",
        ),
        (  # the header's date is that of the file's start
            "#Date: 2024-07-09 20:00:00\n#Fields: localtime time cs-host",
            "[10/Jul/2024:23:55:36 -0500] 04:55:36",
            "2024-07-11 04:55:36",
        ),
        ("# Fields: date time cs-host", "2024-07-10 13:55:36", "2024-07-10 13:55:36"),
    ],
)
def test_time(header: str, line: str, time: str) -> None:
    row = read_one(W3C, f"{header}\n{line} www.example.com", zone="Europe/London")
    assert row["time"] == datetime.fromisoformat(time).replace(tzinfo=UTC)
    assert row["host"] == "www.example.com"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("#Fields: c-ip cs-host", "no time"),
        ("#Fields: time cs-host", "no time"),
        ("#Fields: date cs-host", "no time"),
    ],
)
def test_a_log_without_time_is_refused_with_the_reason(fields: str, reason: str) -> None:
    verdict = detect(head_of(f"{fields}\nx y\n".encode(), whole=True), FORMATS)
    assert verdict.best is None
    assert reason in str(verdict.explanation)


def test_a_log_without_hosts_says_so() -> None:
    assert layout_of("#Fields: date time c-ip cs-uri-stem\n").names_no_host is not None
    assert layout_of(FIELDS).names_no_host is None


def test_tmg() -> None:
    sample = W3C.texts[2]
    row = read_one(W3C, sample)
    assert row["referrer"] is None
    assert (row["method"], row["host"], row["path"], row["query"]) == (
        *("GET", "www.example.com", "/a", "b=c"),
    )
    assert (row["action"], row["user_agent"]) == ("allowed", "Mozilla/5.0 (X11)")
    chained = read_one(W3C, sample.replace("\twww.example.com\t", "\tupstream.example\t"))
    assert chained["host"] == "www.example.com"
    asked = read_one(W3C, sample.replace("200\tAllowed", "12209\tDenied"))
    assert (asked["action"], asked["status"]) == ("auth", None)
    tunnel = sample.replace(
        "http\tGET\thttp://www.example.com/a?b=c", "SSL-tunnel\t-\tb.example:443"
    )
    row = read_one(W3C, tunnel)
    assert (row["evidence"], row["method"], row["host"]) == (
        "connect",
        "CONNECT",
        "www.example.com",
    )
    row = read_one(W3C, tunnel.replace("\twww.example.com\t", "\t-\t"))
    assert (row["host"], row["port"]) == ("b.example", 80)


def test_an_hour_has_its_own_bytes() -> None:
    assert W3C.reader.stamp_span is not None
    layout = layout_of(FIELDS)
    assert W3C.reader.stamp_span(LINE, layout) == (0, 14)
    assert W3C.reader.stamp_span(LINE, Layout(tuple(reversed(layout.names)))) is None


@few
@given(batches([LINE, *(line for sample in W3C.texts for line in sample.split("\n"))]))
def test_check_and_columns_agree(lines: list[str]) -> None:
    for sample in (FIELDS, W3C.texts[2]):
        assert_agreement(W3C, lines, layout_of(sample))


TABBED = "#Fields: " + FIELDS.removeprefix("#Fields: ").replace(" ", "\t")


@pytest.mark.parametrize("fields", [FIELDS, TABBED])
@few
@given(lines=batches([LINE, LINE.replace(" ", "\t"), 'a \'b c\' [d e] "f g" " - " -']))
def test_fast_path_and_fallback_agree_on_lines(fields: str, lines: list[str]) -> None:
    layout, texts = layout_of(fields), pl.Series(lines, dtype=pl.String)
    places = range(len(layout.names) + 1)
    short, long = (
        extended_log._split(layout, places, texts),
        extended_log._split_any(layout, places, texts),
    )
    assert short.to_list() == long.to_list()


def test_no_plain_line_takes_the_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(extended_log, "_split_any")
    line = LINE.replace('""', "")
    assert len(read(W3C, FIELDS + line)) == 1


@pytest.mark.parametrize(
    ("name", "accepted", "rejected", "hostless"),
    [
        ("bluecoat_proxysg/gchq_stroom/sampleBluecoat.log", 29, 0, False),
        ("iis_w3c/lnav/logfile_w3c.0", 1, 0, True),
        ("iis_w3c/lnav/logfile_w3c.1", 1, 0, False),
        ("iis_w3c/lnav/logfile_w3c.2", 14, 0, True),
        ("iis_w3c/lnav/logfile_w3c.3", 3, 0, False),
        ("iis_w3c/lnav/logfile_w3c.4", 2, 0, False),
        ("iis_w3c/lnav/logfile_w3c.5", 1, 0, True),
        ("iis_w3c/lnav/logfile_w3c.6", 1, 0, True),
        ("iis_w3c/lnav/logfile_w3c_big.0", 210, 0, True),
    ],
)
def test_corpus_is_read(name: str, accepted: int, rejected: int, hostless: bool) -> None:
    text = corpus(name)
    rows = read(W3C, text, zone="UTC")
    assert counted(rows) == (accepted, rejected)
    assert all(row["time"] is not None for row in rows)
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert reading.format is W3C
    assert (reading.layout.names_no_host is not None) == hostless
    lines = [line for line in lines_of(text) if not line.startswith("#")]
    assert_agreement(W3C, lines, reading.layout)


def test_corpus_an_address_in_the_query_is_not_the_host() -> None:
    rows = read(W3C, corpus("bluecoat_proxysg/gchq_stroom/sampleBluecoat.log"))
    images = [row for row in rows if "imgurl" in (row["query"] or "")]
    assert images
    assert {row["host"] for row in images} == {"images.google.com"}
    assert {row["user"] for row in images} == {"sally"}


def test_corpus_the_date_stands_in_the_header() -> None:
    rows = read(W3C, corpus("iis_w3c/lnav/logfile_w3c.2"))
    days = [row["time"].strftime("%d %H:%M:%S") for row in rows]
    assert (days[0], days[10], days[11]) == ("09 16:44:49", "09 16:48:44", "10 16:44:49")
    assert all(later["time"] >= row["time"] for row, later in pairwise(rows))


def test_corpus_values_of_other_products() -> None:
    (row,) = read(W3C, corpus("iis_w3c/lnav/logfile_w3c.1"))
    assert (row["user"], row["time"]) == ("DMS.user", datetime(2001, 10, 31, 8, 0, 18, tzinfo=UTC))
    rows = read(W3C, corpus("iis_w3c/lnav/logfile_w3c.3"), zone="UTC")
    assert [row["host"] for row in rows] == [
        *("xzy.example.com", "example.hello.com", "hello.example.com"),
    ]
    assert rows[2]["status"] == 404
    rows = read(W3C, corpus("iis_w3c/lnav/logfile_w3c.4"))
    assert (rows[0]["host"], rows[0]["path"], rows[0]["action"]) == (
        *("www.example.com", "/page.php", "allowed"),
    )


SPACED = (
    "#Fields: date time cs-method cs-uri-stem c-ip cs(User-Agent) cs-host sc-status\n"
    "2024-01-10 13:55:36 GET /a 10.1.2.3 Mozilla/5.0+(X11) www.example.com 200\n"
    "2024-01-10 13:55:37 GET /a 10.1.2.3 curl/8{} www.example.com 200\n"
)


def test_a_value_with_a_blank_moves_no_other() -> None:
    plain, good = read(W3C, SPACED.format(""))
    assert (plain["reason"], good["reason"], good["host"]) == (None, None, "www.example.com")
    _, moved = read(W3C, SPACED.format(" pimeyes.com"))
    assert moved["reason"] == "more values than #Fields has names"


def test_values_that_modules_append_are_let_pass() -> None:
    appended = SPACED.format("").replace(" 200\n", " 200 203.0.113.5 7\n")
    assert [row["reason"] for row in read(W3C, appended)] == [None, None]


TMG = (
    "#Fields: c-ip\tcs-username\tc-agent\tdate\ttime\tr-host\tr-port\tcs-protocol\ts-operation\t"
    "cs-uri\tsc-status\taction\n"
    "10.1.2.3\t{user}\tMozilla/5.0\t2024-01-10\t13:55:36\twww.example.com\t443\t{request}\t200\tAllowed\n"
)


def test_a_user_whom_tmg_did_not_verify_is_nobody() -> None:
    request = "http\tGET\thttp://www.example.com/a"
    for user, wanted in (("FORCE\\jdoe?", None), ("FORCE\\jdoe", "FORCE\\jdoe")):
        assert read_one(W3C, TMG.format(user=user, request=request))["user"] == wanted


def test_a_tunnel_of_tmg_without_a_method_is_a_connect() -> None:
    row = read_one(W3C, TMG.format(user="jdoe", request="SSL-tunnel\t-\twww.example.com:443"))
    assert (row["method"], row["evidence"], row["setup"]) == ("CONNECT", "connect", True)


def test_https_that_tmg_opened_is_https() -> None:
    row = read_one(
        W3C, TMG.format(user="j", request="https-inspect\tGET\thttps://www.example.com/a")
    )
    assert (row["scheme"], row["path"], row["evidence"]) == ("https", "/a", "url")


def test_a_tunnel_whose_host_stands_in_the_stem_is_one_to_that_host() -> None:
    fields = "#Fields: date time c-ip cs-method cs-uri-stem sc-status\n"
    row = read_one(W3C, fields + "2024-01-10 13:55:36 10.1.2.3 CONNECT www.example.com:443 200")
    assert (row["host"], row["port"], row["evidence"]) == ("www.example.com", 443, "connect")
    row = read_one(W3C, fields + "2024-01-10 13:55:36 10.1.2.3 GET www.example.com:443 200")
    assert row["host"] is None


def test_a_blank_in_a_value_moves_none_into_the_field_behind_it() -> None:
    fields = "#Fields: date time c-ip cs-uri-stem sc-status cs-bytes cs(Referer)\n"
    plain = "2024-01-10 13:55:36 10.1.2.3 http://www.example.com/a 200 640 -"
    moved = plain.replace("/a", "/a 407")
    layout = layout_of(fields + plain)
    assert [row["reason"] for row in read(W3C, f"{plain}\n{moved}", layout=layout)] == [
        None,
        "more values than #Fields has names",
    ]
    assert_agreement(W3C, [plain, moved, plain + " -", plain + ' "-"'], layout)
    # an IIS module that has nothing to say says so on every line
    assert read_one(W3C, fields + plain + " -")["status"] == 200
