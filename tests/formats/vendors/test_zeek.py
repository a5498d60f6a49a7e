import gzip
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.detect.head import head_of
from logan.formats.engine.format import Format
from logan.formats.engine.layout import Layout
from logan.formats.vendors.zeek import JSON, TSV
from logan.records import canonical
from tests.formats.proof import (
    CORPUS,
    Row,
    assert_agreement,
    assert_definition,
    batches,
    corpus,
    counted,
    few,
    layout_of,
    lines_of,
    raw,
    read,
    read_one,
    reading_of,
)

HEADER = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\thttp\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\ttrans_depth\tmethod\thost\turi"
    "\treferrer\tuser_agent\trequest_body_len\tresponse_body_len\tstatus_code\tusername\n"
)
LINE = (
    "1704103200.123456\tCx7\t10.1.2.3\t50000\t203.0.113.9\t8080\t1\tPOST\twww.example.com"
    "\t/a?b=c\thttp://ref.example/\tMozilla/5.0 (X11)\t640\t5120\t200\tsite-account"
)
OBJECT = (
    '{"ts":1704103200.123456,"uid":"Cx7","id.orig_h":"10.1.2.3","id.orig_p":50000,'
    '"id.resp_h":"203.0.113.9","id.resp_p":8080,"trans_depth":1,"method":"POST",'
    '"host":"www.example.com","uri":"/a?b=c","referrer":"http://ref.example/",'
    '"user_agent":"Mozilla/5.0 (X11)","request_body_len":640,"response_body_len":5120,'
    '"status_code":200,"username":"site-account"}'
)


@pytest.mark.parametrize("form", [TSV, JSON], ids=lambda form: form.name)
def test_definition(form: Format) -> None:
    assert_definition(form)


@pytest.mark.parametrize(("form", "text"), [(TSV, HEADER + LINE), (JSON, OBJECT)])
def test_every_column(form: Format, text: str) -> None:
    row = read_one(form, text)
    assert {name: row[name] for name in row if row[name] is not None and name != "text"} == {
        "time": datetime(2024, 1, 1, 10, 0, 0, 123456, UTC),
        "client_ip": "10.1.2.3",
        "method": "POST",
        "scheme": "http",
        "host": "www.example.com",
        "port": 8080,
        "path": "/a",
        "query": "b=c",
        "status": 200,
        "action": "unknown",
        "bytes_sent": 640,
        "bytes_received": 5120,
        "referrer": "http://ref.example/",
        "user_agent": "Mozilla/5.0 (X11)",
        "evidence": "url",
        "source": "log",
        "line": 1,
        "setup": False,
        "ambiguous": False,
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "POST\twww.example.com\t/a?b=c",
            "CONNECT\tproxy\tb.example:443",
            {"host": "b.example", "port": 443, "evidence": "connect", "scheme": None},
        ),
        (
            "/a?b=c",
            "http://b.example/x",
            {"host": "b.example", "port": None, "path": "/x", "evidence": "url"},
        ),
        ("www.example.com", "-", {"host": None, "path": "/a"}),
        ("www.example.com", "WWW.example.com:8080", {"host": "www.example.com", "port": 8080}),
        ("/a?b=c", r"/\x22a\x22?b=\xc3\xa9", {"path": '/"a"', "query": r"b=\xc3\xa9"}),
        ("\tMozilla/5.0 (X11)\t", "\t(empty)\t", {"user_agent": None}),
        ("640\t5120\t200", "-\t-\t-", {"bytes_sent": None, "bytes_received": None, "status": None}),
        (".123456", "", {"time": datetime(2024, 1, 1, 10, tzinfo=UTC)}),
    ],
)
def test_values(old: str, new: str, expected: Row) -> None:
    assert old in LINE
    row = read_one(TSV, HEADER + LINE.replace(old, new))
    assert {name: row[name] for name in expected} == expected


def test_the_header_says_how_values_are_written() -> None:
    header = HEADER.replace("\t", "|").replace("\\x09", "\\x7c").replace("|-\n", "|NULL\n")
    row = read_one(TSV, (header + LINE.replace("\t", "|")).replace("|Mozilla/5.0 (X11)|", "|NULL|"))
    assert (row["host"], row["user_agent"]) == ("www.example.com", None)


def test_a_header_in_the_midst_changes_columns_and_kind() -> None:
    dns = (
        "#path\tdns\n#fields\tts\tid.orig_h\tuid\tquery\tqtype_name\n"
        "1704103201.5\t10.9.9.9\tCx8\twww.example.org.\tA\n#close\t2024-01-01-11-00-00\n"
    )
    rows = read(TSV, f"{HEADER}{LINE}\n{dns}{HEADER}{LINE}\n")
    assert [row["evidence"] for row in rows] == ["url", "dns", "url"]
    assert [row["host"] for row in rows] == [
        "www.example.com",
        "www.example.org",
        "www.example.com",
    ]
    assert rows[1]["client_ip"] == "10.9.9.9"
    assert rows[1]["port"] is None


@pytest.mark.parametrize(
    ("text", "evidence", "host"),
    [
        (
            '{"ts":1,"id.orig_h":"10.1.2.3","resumed":false,"server_name":"a.example"}',
            "connect",
            "a.example",
        ),
        ('{"ts":1,"id.orig_h":"10.1.2.3","resumed":false,"established":false}', "connect", None),
        (
            '{"ts":1,"id.orig_h":"10.1.2.3","rejected":false,"query":"a.example"}',
            "dns",
            "a.example",
        ),
        (
            '{"ts":1,"id.orig_h":"10.1.2.3","request_body_len":0,"method":"CONNECT","uri":"a.example:443"}',
            "connect",
            "a.example",
        ),
    ],
)
def test_a_json_line_says_by_its_keys_what_it_is(
    text: str, evidence: str, host: str | None
) -> None:
    row = read_one(JSON, text.replace('"ts":1', '"ts":1704103200.1'))
    assert (row["evidence"], row["host"], row["repeat"]) == (evidence, host, None)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (JSON, '{"ts":1704103200.1,"id.orig_h":"10.1.2.3","proto":"tcp","service":"ssl"}'),
        (JSON, '{"ts":1704103200.1,"fuid":"Fx","source":"HTTP","filename":"www.example.com"}'),
        (
            JSON,
            '{"ts":1704103200.1,"id.orig_h":"10.1.2.3","server_name":"a.example","history":"I"}',
        ),
        (JSON, '{"ts":1704103200.1,"id.orig_h":"10.1.2.3","trans_depth":1,"helo":"a.example"}'),
        (TSV, "#path\tconn\n#fields\tts\tuid\tid.orig_h\tproto\n1704103200.1\tCx\t10.1.2.3\ttcp"),
        (TSV, "#path\tx509\n#fields\tts\tsan.dns\n1704103200.1\ta.example"),
    ],
)
def test_other_logs_are_read_but_hold_no_requests(form: Format, text: str) -> None:
    row = read_one(form, text)
    assert row["repeat"] is not None
    assert row["host"] is None


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (TSV, HEADER + LINE.rpartition("\t")[0]),
        (TSV, HEADER + LINE + "\t-"),
        (TSV, HEADER + LINE.replace("1704103200", "2024-01-01")),
        (JSON, OBJECT[:-1]),
        (JSON, OBJECT.replace('"id.orig_h"', '"src"')),
        (JSON, OBJECT.replace("1704103200.123456", '"yesterday"')),
    ],
)
def test_what_does_not_come_out_even_is_refused(form: Format, text: str) -> None:
    assert counted(read(form, text)) == (0, 1)


def test_json_times() -> None:
    iso = OBJECT.replace("1704103200.123456", '"2024-01-01T10:00:00.123456Z"')
    assert read_one(JSON, iso)["time"] == datetime(2024, 1, 1, 10, 0, 0, 123456, UTC)
    assert JSON.reader.stamp_span is not None
    for text, end in ((OBJECT, "17041032"), (iso, "T10:")):
        span = JSON.reader.stamp_span(text, Layout())
        assert span is not None
        assert text[slice(*span)].endswith(end)


@few
@given(batches([LINE, OBJECT, *JSON.texts]))
def test_check_and_columns_agree(lines: list[str]) -> None:
    assert_agreement(JSON, lines)
    assert_agreement(TSV, lines, TSV.layout(head_of(HEADER.encode(), whole=True)))


def test_logs_of_several_kinds_under_their_names() -> None:
    http = next(text for text in JSON.texts if '"method"' in text)
    dns = next(text for text in JSON.texts if '"query"' in text)
    conn = '{"ts":1704103200.1,"uid":"C","id.orig_h":"10.1.2.3","proto":"tcp"}'
    text = f'{{"http":{http}}}\n{{"conn": {conn}}}\n{{"dns":{dns}}}\n{{"conn":{conn}}}'
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert (reading.format.name, reading.confidence) == ("zeek-json", 1.0)
    rows = read(JSON, text)
    assert [row["evidence"] for row in rows if row["repeat"] is None] == ["url", "dns"]


def packed(name: str) -> str:
    path = CORPUS / "zeek/zed_sample" / name
    if not path.exists():
        pytest.skip(f"needs the corpus: put it at {CORPUS} (see CONTRIBUTING)")
    return gzip.decompress(path.read_bytes()).decode("utf-8", "backslashreplace")


def records(form: Format, text: str) -> pl.DataFrame:
    head = text[:100_000].rpartition("\n")[0]
    lines = [line for line in lines_of(text) if not line.startswith("#")]
    return canonical.records(raw(form, lines, layout_of(form, head)), zone=None)


@pytest.mark.parametrize(
    ("log", "count", "named", "other"),
    # 1,585 look-ups are of names of addresses, of mail, services and zones.
    [("dns", 53_615, 53_601, 1_585), ("ssl", 49_474, 49_474 - 34_404, 0)],
)
def test_corpus_tsv_and_json_give_the_same_records(
    log: str, count: int, named: int, other: int
) -> None:
    tsv = records(TSV, packed(f"{log}.log.gz"))
    json = records(JSON, packed(f"{log}.json.gz"))
    for frame in (tsv, json):
        assert frame.height == count
        assert frame["reason"].null_count() == count
        assert frame["repeat"].count() == other
        assert frame["host"].count() == named
        assert frame["time"].null_count() == 0
    unlike = [name for name in tsv.columns if name != "text" and not tsv[name].equals(json[name])]
    assert unlike == []


def test_corpus_lnav() -> None:
    text = corpus("zeek/lnav/logfile_bro_http.log.0")
    rows = read(TSV, text)
    assert counted(rows) == (197, 0)
    assert rows[0]["host"] == "www.reddit.com"
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert reading.format is TSV
    lines = [line for line in lines_of(text) if not line.startswith("#")]
    assert_agreement(TSV, lines, reading.layout)
