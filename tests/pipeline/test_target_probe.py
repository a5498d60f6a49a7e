"""A log that names no host, or tells of no requests, can show no absence."""

import json
from pathlib import Path

import pytest

from logan.formats import FORMATS
from logan.formats.engine.format import Format
from logan.intake.sources import Source
from logan.pipeline.recognition import recognise
from logan.pipeline.scan import Settings, scan
from logan.pipeline.source import SourceReading
from logan.pipeline.source_options import RequestedSource
from logan.pipeline.target_probe import probe_targets, read_samples
from logan.result import ScanResult
from logan.rules.packs import load_rules
from logan.tables.summary import Summary, summarise

RULES = load_rules()
SQUID = "17041032{:02}.500      5 10.1.2.3 TCP_MISS/200 9 GET http://{}/ jdoe HIER_NONE/- -\n"
BROKEN = (
    "17041032{:02}.500      0 10.1.2.3 NONE_NONE/000 0 - error:transaction-end-before-headers - "
    "HIER_NONE/- -\n"
)
CONN = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n"
    + "1704103200.123456\tCx7\t10.1.2.3\t50000\t203.0.113.9\t53\tudp\n"
    * 30
)
#: Zeek's ssl.log without headers, of clients that send no server name.
TLS = (
    "1704103200.123456\tCx7\t10.1.2.3\t50000\t203.0.113.9\t443\tTLSv13\tTLS_AES_128_GCM_SHA256\t"
    "x25519\t-\tF\t-\t-\tT\n"
)
#: Formats whose samples hold lines of other kinds alone, which tell of no requests.
OTHERS = {
    *("cato", "crowdstrike", "netskope-events", "powerdns", "untangle"),
    *("zeek-tsv", "zeek-json", "zeek-bare", "zyxel"),
}


def event(kind: str, **details: object) -> str:
    head = {
        "timestamp": "2024-01-01T10:00:00.000000+0000",
        "event_type": kind,
        "src_ip": "10.1.2.3",
        "src_port": 5000,
        "dest_ip": "192.0.2.1",
        "dest_port": 443,
        "proto": "TCP",
    }
    return json.dumps({**head, **details}) + "\n"


def written(path: Path, text: str) -> ScanResult:
    path.write_text(text)
    return scan(Settings((str(path),), RULES))


def covered(result: ScanResult) -> int:
    summary: Summary = summarise(result)
    return summary.coverage[-1].covered if summary.coverage else 0


@pytest.mark.parametrize(
    "text",
    [
        CONN,
        event("flow") * 30,
        event("flow"),
        '{"account_id":"1","event_type":"Connectivity","event_sub_type":"Connected",'
        '"time":1704103200123,"src_site_name":"HQ","pop_name":"London"}\n' * 30,
    ],
)
def test_a_log_that_tells_of_no_requests_covers_nothing(tmp_path: Path, text: str) -> None:
    result = written(tmp_path / "a.log", text)
    (source,) = result.sources
    assert "no requests" in (source.other_log or "")
    assert source.format is not None
    assert covered(result) == 0


def test_beside_an_access_log_it_is_no_reason_for_anything(tmp_path: Path) -> None:
    (tmp_path / "access.log").write_text("".join(SQUID.format(at, "a.example") for at in range(30)))
    (tmp_path / "conn.log").write_text(CONN)
    result = scan(Settings((str(tmp_path),), RULES))
    assert result.complete
    assert covered(result) == 1


@pytest.mark.parametrize(("count", "complete"), [(19, True), (20, False)])
def test_requests_without_a_host_are_told_once_there_are_enough(
    tmp_path: Path, count: int, complete: bool
) -> None:
    result = written(tmp_path / "ssl.log", TLS * count)
    (source,) = result.sources
    assert source.complete is complete
    if not complete:
        assert source.failure == "none of its first 20 requests names a host"
        assert source.advice


@pytest.mark.parametrize("referrer", ["-", "https://pimeyes.com/"])
def test_a_log_of_paths_alone_is_blind_however_short(tmp_path: Path, referrer: str) -> None:
    """As Filebeat's modules make of a web server's log: a referrer shows no visit to it."""
    asked = {
        "@timestamp": "2024-01-01T10:00:00.000Z",
        "ecs": {"version": "8.0"},
        "event": {"dataset": "nginx.access"},
        "source": {"ip": "10.1.2.3"},
        "url": {"original": "/en", "path": "/en"},
        "http": {"request": {"method": "GET", "referrer": referrer}},
    }
    (source,) = written(tmp_path / "nginx.json", json.dumps(asked) + "\n").sources
    assert source.failure == "its first request names no host"
    two = written(tmp_path / "nginx.json", (json.dumps(asked) + "\n") * 2)
    assert two.sources[0].failure == "none of its first 2 requests names a host"
    there = {**asked, "url": {"original": "https://a.example/en", "domain": "a.example"}}
    assert written(tmp_path / "nginx.json", json.dumps(there) + "\n").complete


@pytest.mark.parametrize(
    "text",
    [
        "".join(SQUID.format(at % 60, "a.example") for at in range(30)),
        "".join(BROKEN.format(at) for at in range(40)),
        event("flow") * 90 + event("dns", dns={"type": "query", "rrname": "a.example"}) * 9,
        event("flow") * 400
        + event("tls", tls={"sni": "pimeyes.com", "version": "TLS 1.3"})
        + event("flow") * 9000,
    ],
    ids=["usual", "broken requests of a balancer", "flows first", "a hit behind many flows"],
)
def test_a_log_of_requests_covers_its_hours(tmp_path: Path, text: str) -> None:
    result = written(tmp_path / "a.log", text)
    assert result.complete
    assert result.sources[0].other_log is None
    assert covered(result) == 1


TCPLOG = "10.1.2.3:50000 [10/Jan/2024:13:55:36.123] tcp tcp/web1 1/0/3000 212 -- 2/2/0/0/0 0/0\n"
CONNECTS = (
    "10.1.2.3:50000 [10/Jan/2024:13:55:36.123] proxy proxy/<NOSRV> 0/-1/-1/-1/3 403 188 - - PR-- "
    '2/2/0/0/0 0/0 "CONNECT www.example.com:443 HTTP/1.1"\n'
)
COMBINED = '10.1.2.3 - - [10/Jan/2024:13:55:36 +0000] "GET {}/a HTTP/1.1" 200 12 "-" "Mozilla"\n'


@pytest.mark.parametrize(
    ("named", "nameless"),
    [
        (CONNECTS, TCPLOG),
        (COMBINED.format("http://a.example"), COMBINED.format("")),
        (TLS.replace("x25519\t-", "x25519\ta.example"), TLS),
    ],
    ids=["HAProxy", "web server", "Zeek"],
)
def test_how_many_name_no_host_among_others_is_said(
    tmp_path: Path, named: str, nameless: str
) -> None:
    result = written(tmp_path / "a.log", (named * 3 + nameless) * 100)
    (source,) = result.sources
    assert result.complete
    assert source.notes == (
        "30 of its first 120 requests name no host: what these asked for cannot be known",
    )
    (source,) = written(tmp_path / "a.log", named * 400 + nameless * 2).sources
    assert not source.notes


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_no_sample_of_any_format_is_without_targets(tmp_path: Path, form: Format) -> None:
    """But for the kinds of lines that are no requests: each sample as a log of its own."""
    flagged = False
    for at, text in enumerate(form.texts):
        path = tmp_path / f"{at}.log"
        path.write_text(f"{text}\n" * (1 if "\n" in text else 25))
        source = Source(path.name, path, path.stat().st_size)
        reading = SourceReading(recognise(RequestedSource(source, 0), path.read_bytes(), (form,)))
        probe_targets(read_samples([reading]), ())
        assert "names a host" not in (
            reading.why_incomplete.reason if reading.why_incomplete else ""
        )
        flagged |= not reading.tells_requests
    assert flagged == (form.name in OTHERS)
