import polars as pl
import pytest
from hypothesis import given

from logan.formats import FORMATS
from logan.formats.engine.layout import Layout
from logan.formats.vendors import paloalto_lines
from logan.formats.vendors.paloalto import CSV
from tests.formats.proof import (
    Row,
    assert_agreement,
    assert_corpus,
    assert_record,
    batches,
    corpus,
    few,
    lines_of,
    read,
    read_one,
    reading_of,
)

START = (
    "1,2024/01/12 11:21:15,007200001056,THREAT,url,2561,2024/01/12 11:21:14,10.1.2.3,203.0.113.9,"
    "192.0.2.1,203.0.113.9,Staff web,force\\jdoe,,web-browsing,vsys1,Trust,Untrust,ethernet1/2,"
    "ethernet1/1,To-Panorama,2024/01/12 11:21:15,36459,1,49681,443,32326,443,0x1403000,tcp,alert,"
)
URL = '"www.example.com/a?b=""c"",d"'
MIDDLE = (
    ",(9999),news,informational,client-to-server,899904602,0x0,10.0.0.0,United States,,text/html"
)
TAIL = (
    ',0,,,1,"Mozilla/5.0 (X11; Linux, x64)",,"10.9.9.9",https://example.org/,,,,,12,0,0,0,,fw1,,,,'
    "get,0,,0,,N/A,N/A,AppThreat-0-0,0x0,0,4294967295,,news,ab12,0" + "," * 29 + "0,"
)
LINE = START + URL + MIDDLE + TAIL + "2024-01-12T11:21:14.887+01:00,,,,internet-utility"


def with_cells(**cells: str) -> Row:
    """The record of the line with some of its cells exchanged."""
    names = {"user": "force\\jdoe", "port": "443", "flags": "0x1403000", "action": "alert"}
    names |= {"app": "web-browsing", "url": URL, "method": "get", "kind": "THREAT,url"}
    line = LINE
    for name, value in cells.items():
        line = line.replace(f",{names[name]},", f",{value},", 1)
    return read_one(CSV, line)


def test_every_column() -> None:
    assert_record(
        read_one(CSV, LINE),
        time="2024-01-12T10:21:14.887000+00:00",
        user="force\\jdoe",
        client_ip="10.1.2.3",
        method="GET",
        host="www.example.com",
        port=443,
        path="/a",
        query='b="c",d',
        action="allowed",
        referrer="https://example.org/",
        user_agent="Mozilla/5.0 (X11; Linux, x64)",
        evidence="url",
    )


@pytest.mark.parametrize("line", [START + URL, START + URL + MIDDLE, START + URL + MIDDLE + TAIL])
def test_old_short_and_cut_lines_are_in_the_firewalls_own_time(line: str) -> None:
    row = read_one(CSV, line, zone="Europe/Paris")
    assert row["time"].isoformat() == "2024-01-12T10:21:14+00:00"
    assert (row["host"], row["user"]) == ("www.example.com", "force\\jdoe")


def test_a_firewall_without_exact_stamps_writes_1970() -> None:
    line = LINE.replace("2024-01-12T11:21:14.887+01:00", "1969-12-31T16:00:00.000-08:00")
    assert read_one(CSV, line, zone="UTC")["time"].isoformat() == "2024-01-12T11:21:14+00:00"


def test_prisma_access_writes_instants() -> None:
    line = (START + URL).replace("2024/01/12 11:21:14", "2024-01-12T11:21:14.000000Z")
    line = line.replace("2024/01/12 11:21:15", "2024-01-12T11:21:15.000000Z")
    assert read_one(CSV, line)["time"].isoformat() == "2024-01-12T11:21:14+00:00"


@pytest.mark.parametrize(
    "header",
    [
        "Jan 12 11:21:15 fw1 ",
        "<14>Jan 12 11:21:15 fw1 ",
        "<14>1 2024-01-12T11:21:15+01:00 fw1 - - - - ",
        "2024-01-12T11:21:15+01:00 fw1 ",
    ],
)
def test_relays_headers(header: str) -> None:
    assert read_one(CSV, header + LINE)["time"].isoformat() == "2024-01-12T10:21:14.887000+00:00"


@pytest.mark.parametrize(
    ("logged", "action"),
    [
        ("alert", "allowed"),
        ("allow", "allowed"),
        ("continue", "allowed"),
        ("override", "allowed"),
        ("block-url", "blocked"),
        ("block-continue", "blocked"),
        ("block-override", "blocked"),
        ("override-lockout", "blocked"),
        ("deny", "blocked"),
        ("drop-all-packets", "blocked"),
        ("reset-both", "blocked"),
        ("", "unknown"),
        ("syncookie-sent", "unknown"),
    ],
)
def test_action(logged: str, action: str) -> None:
    assert with_cells(action=logged)["action"] == action


@pytest.mark.parametrize(
    ("cells", "evidence"),
    [
        ({"method": "", "url": '"www.example.com/"', "flags": "0x403000"}, "connect"),
        ({"method": "", "url": '"www.example.com:443/"', "flags": "0x403000"}, "connect"),
        ({"method": "", "url": '"www.example.com/"', "flags": ""}, "connect"),
        ({"method": "connect", "url": '"www.example.com:443/"'}, "connect"),
        ({"method": "", "url": '"www.example.com/"'}, "url"),
        ({"method": "get", "url": '"www.example.com/"', "flags": "0x403000"}, "url"),
        ({"method": "", "url": '"www.example.com/a"', "flags": "0x403000"}, "url"),
        ({"method": "", "url": '"www.example.com/"', "flags": "0x8000", "port": "80"}, "url"),
    ],
)
def test_evidence(cells: dict[str, str], evidence: str) -> None:
    assert with_cells(**cells)["evidence"] == evidence


@pytest.mark.parametrize(
    ("cells", "user"),
    [
        ({"user": "x-fwd-for: 11.22.33.44", "flags": "0x8b000"}, None),
        ({"user": "10.9.9.9", "flags": "0x8b000"}, None),
        ({"user": "jdoe@force.example"}, "jdoe@force.example"),
        ({"user": '"Doe, John"'}, "Doe, John"),
        ({"user": ""}, None),
    ],
)
def test_user(cells: dict[str, str], user: str | None) -> None:
    assert with_cells(**cells)["user"] == user


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("www.example.com/a", "www.example.com", 443, "/a"),
        ('"www.example.com:8443/a,b"', "www.example.com", 8443, "/a,b"),
        (r"\"www.example.com/a,b\"", "www.example.com", 443, "/a,b"),
        ('"www.example.com/""a"",""b"""', "www.example.com", 443, '/"a","b"'),
        ("http://www.example.com/a", "www.example.com", 443, "/a"),
    ],
)
def test_quotes_and_ports_of_addresses(url: str, host: str, port: int, path: str) -> None:
    row = with_cells(url=url)
    assert (row["host"], row["port"], row["path"]) == (host, port, path)


def test_only_url_logs_are_requests() -> None:
    assert read_one(CSV, LINE)["repeat"] is None
    assert with_cells(kind="THREAT,vulnerability")["companion"] == "remark"
    assert read_one(CSV, LINE)["companion"] is None
    traffic = "1,2024/01/12 11:21:15,0072,TRAFFIC,end,1,2024/01/12 11:21:14,10.1.2.3,203.0.113.9"
    assert "TRAFFIC" in read_one(CSV, traffic, zone="UTC")["repeat"]


def test_look_ups_of_listed_names_are_logged_as_threats() -> None:
    row = with_cells(kind="THREAT,spyware", app="dns", url="Suspicious Domain (www.example.com)")
    assert (row["companion"], row["evidence"], row["host"]) == (None, "dns", "www.example.com")
    assert row["port"] is None


def test_a_log_of_sessions_alone_cannot_show_visits() -> None:
    lines = lines_of(corpus("paloalto/sc4s/samples.log"))
    sessions = "\n".join(line for line in lines if ",TRAFFIC," in line)
    reading = reading_of(sessions, FORMATS)
    assert reading is not None
    assert reading.format is CSV
    assert "cannot show visits" in (reading.layout.names_no_host or "")
    mixed = reading_of("\n".join(lines), FORMATS)
    assert mixed is not None
    assert mixed.layout.names_no_host is None


def test_the_header_of_a_console_export_belongs_to_the_file() -> None:
    header = "Domain,Receive Time,Serial #,Type,Threat/Content Type,Config Version,Generate Time"
    assert len(read(CSV, f"{header}\n{LINE}")) == 1


def test_corpus() -> None:
    assert_corpus(CSV, "paloalto/sc4s/samples.log", records=32, rejects=0, zone="UTC")
    path = "paloalto/crowdsec/palo-alto-threat/palo-alto-threat.log"
    assert_corpus(CSV, path, records=2, rejects=0)
    rows = read(CSV, corpus("paloalto/sc4s/samples.log"), zone="UTC")
    visits = [
        (row["line"], row["host"], row["user"])
        for row in rows
        if row["repeat"] is row["companion"] is None
    ]
    assert visits == [
        (9, "litetopdetect.cn", "crusher"),
        (10, "emam.firefoxupdata.com", "pancademo\\david.poster"),
        (11, "geocode.arcgis.com", "testuser"),
        (12, "subdomain.domain.com", "user"),
        (13, "subdomain.domain.com", "user"),
    ]


def test_oracles() -> None:
    """All of them are of a threat found in a session; only the client is given."""
    rows = read(CSV, corpus("paloalto/crowdsec/palo-alto-threat/palo-alto-threat.log"))
    assert [row["client_ip"] for row in rows] == ["1.2.3.2", "1.2.3.6"]
    assert [row["time"].isoformat() for row in rows] == [
        "2023-07-06T06:11:40.288000+00:00",
        "2023-07-05T12:14:33.325000+00:00",
    ]


@pytest.mark.parametrize(
    "line", [LINE, "<14>Jan 12 11:21:15 fw1 " + LINE, LINE.replace("THREAT,url", "TRAFFIC,start")]
)
def test_the_span_of_the_stamp_has_one_place_in_lines_of_every_type(line: str) -> None:
    assert CSV.reader.stamp_span is not None
    span = CSV.reader.stamp_span(line, Layout())
    assert span is not None
    assert line[slice(*span)] == ",2024/01/12 11:"
    assert line.index(",2024") == span[0]
    assert CSV.reader.stamp_span("x", Layout()) is None


#: Without a quote in a cell.
PLAIN = LINE.replace('""', "")


@few
@given(batches([PLAIN, PLAIN, LINE, START + URL, LINE.replace("THREAT", "TRAFFIC")]))
def test_fast_path_and_fallback_agree_on_lines(lines: list[str]) -> None:
    texts = pl.Series([PLAIN, *lines], dtype=pl.String)
    assert paloalto_lines._split(texts).to_list() == paloalto_lines._split_any(texts).to_list()


def test_no_plain_line_takes_the_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(paloalto_lines, "_split_any")
    assert len(read(CSV, PLAIN)) == 1


@few
@given(batches([LINE, START + URL, r"x 1," + LINE.replace('"', r"\"", 2)]))
def test_check_and_table_agree(lines: list[str]) -> None:
    assert_agreement(CSV, lines)
