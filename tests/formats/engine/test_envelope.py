"""Envelopes are taken off generally, alike in Python and in tables, and never by force."""

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.formats.engine.envelope import LAYERS, envelopes, inside, stamps, strip
from logan.formats.engine.layout import TEXT, Head

LINE = "1704103200.123 5 10.1.2.3 TCP_MISS/200 9 GET http://www.example.com/ - HIER_NONE/- -"
BSD = "Jan  1 10:00:00"
ISO = "2024-01-01T10:00:00.123456+00:00"
WRAPPED = {
    "syslog tag": [
        f"<134>{BSD} proxy1 squid[123]: {LINE}",
        f"{BSD} proxy1 squid: {LINE}",
        f"<134> {BSD} proxy1 squid[UNRENDERED_pid]: {LINE}",
        f"{ISO} proxy1 (squid-1)[7]: {LINE}",
        f"Jan 01 2024 10:00:00 proxy1 squid[1]: {LINE}",
        f"Jan 01 10:00:00.500 2024 proxy1 squid[1]:{LINE}",
        f"Thu Jan  1 10:00:00 2026 daemon.info squid[7]: {LINE}",
    ],
    "syslog": [f"<13>{BSD} proxy1 {LINE}", f"2024-01-01 10:00:00,123 10.9.9.9 {LINE}"],
    "stamp": [f"{ISO} {LINE}"],
    "stamp tag": [f"{BSD} squid[1]: {LINE}"],
    "pri": [f"<134>{LINE}"],
    "syslog5424": [
        f"<134>1 {ISO} proxy1 squid 123 - - {LINE}",
        f"1 {ISO} proxy1 squid - access - {LINE}",
        f'<134>1 - - - - - [a@1 b="c\\]d" e="f"][g@2] {LINE}',
        f"<134>1 {ISO} proxy1 squid 123 - - \ufeff{LINE}",
    ],
    "cri": [f"2024-01-01T10:00:00.123456789Z stdout F {LINE}"],
    "pod": [f"[pod/proxy-0/squid] {LINE}"],
    "compose": [f"squid_1  | {LINE}"],
    "json:log": [json.dumps({"log": LINE + "\n", "stream": "stdout", "time": ISO})],
    "json:message": [
        json.dumps({"@timestamp": ISO, "host": {"name": "proxy1"}, "message": LINE}),
        json.dumps({"@timestamp": ISO, "host.name": "proxy1", "message": LINE}),
    ],
    "json:msg": [json.dumps({"msg": LINE, "timereported": ISO})],
    "json:MESSAGE": [json.dumps({"MESSAGE": LINE, "__REALTIME_TIMESTAMP": "1704103200123456"})],
    "json:_raw": [json.dumps({"_raw": LINE, "_time": "1704103200.123"})],
    "json:result._raw": [json.dumps({"preview": False, "result": {"_raw": LINE}})],
    "json:event": [json.dumps({"time": 1704103200, "event": LINE})],
    "json:event.original": [json.dumps({"event": {"original": LINE, "kind": "event"}})],
    "json:_source.message": [json.dumps({"_index": "a", "_source": {"message": LINE}})],
    "json:fields.message[0]": [
        json.dumps({"_index": "a", "fields": {"@timestamp": [ISO], "message": [LINE]}})
    ],
    "json:short_message": [
        json.dumps(
            {"version": "1.1", "host": "a", "short_message": LINE, "timestamp": 1704103200.9}
        )
    ],
    "json:full_message syslog tag": [
        json.dumps({"short_message": "cut", "full_message": f"<166>{BSD} proxy1 squid[1]: {LINE}"})
    ],
    "json:values[1]": [json.dumps({"values": ["1704103200123456789", LINE]})],
    "json:line": [json.dumps({"labels": {"job": "a"}, "line": LINE, "timestamp": ISO})],
    "grafana": [f"1704103200123\t2024-01-01T10:00:00.123Z\t{LINE}"],
    "grafana-date": [f"2024-01-01 10:00:00.123\t{LINE}"],
    "stamp labels": [
        f'2024-01-01T10:00:00Z {{job="a", path="/b\\"}}"}}  {LINE}',
        f"2024-01-01T10:00:00+01:00 {{}} {LINE}",
    ],
    "json:full_log": [json.dumps({"timestamp": ISO, "location": "a.log", "full_log": LINE})],
    "fluentd json:log": [f"{ISO}\tdocker.squid\t" + json.dumps({"log": LINE})],
    "json:http": [json.dumps({"http": LINE})],
    "json:message json:log syslog tag": [
        json.dumps({"message": json.dumps({"log": f"{BSD} proxy1 squid[1]: {LINE}\n"})})
    ],
    "cri syslog tag": [f"2024-01-01T10:00:00Z stderr F <134>{BSD} proxy1 squid[1]: {LINE}"],
    "syslog syslog tag": [f"<134>{BSD} relay <134>{BSD} proxy1 squid[1]: {LINE}"],
}
CASES = [(name, line) for name, lines in WRAPPED.items() for line in lines]


def in_table(lines: list[str], envelope: str) -> list[str]:
    frame = pl.DataFrame({"text": lines}, schema={"text": pl.String})
    return frame.select(inside(TEXT, envelope))["text"].to_list()


@pytest.mark.parametrize(("envelope", "line"), CASES)
def test_an_envelope_is_found_and_taken_off(envelope: str, line: str) -> None:
    found = {name: head.lines[0] for name, head in envelopes(Head((line,), (1,)))}
    assert found[envelope] == LINE
    assert in_table([line], envelope) == [LINE]


@pytest.mark.parametrize("envelope", WRAPPED)
def test_a_line_without_the_envelope_stays_as_it_is(envelope: str) -> None:
    assert strip(LINE, envelope) == LINE
    assert in_table([LINE, ""], envelope) == [LINE, ""]


def test_the_plain_head_comes_first_and_no_head_twice() -> None:
    heads = list(envelopes(Head((CASES[0][1],), (1,))))
    assert heads[0][0] is None
    assert len({head.lines for _, head in heads}) == len(heads)


def test_a_layer_that_few_lines_have_is_not_thought_of() -> None:
    head = Head((LINE, LINE, f"<134>{LINE}"), (1, 2, 3))
    assert [name for name, _ in envelopes(head)] == [None]


def test_an_object_is_handed_on_as_json() -> None:
    line = '{"sourcetype":"x","event":{"a":"é","n":1.5,"l":[1,null]}}'
    assert strip(line, "json:event") == '{"a":"é","n":1.5,"l":[1,null]}'
    assert in_table([line], "json:event") == [strip(line, "json:event")]


def test_stamps_come_innermost_first() -> None:
    line = f"2024-01-01T10:00:01Z stderr F <134>{BSD} proxy1 squid[1]: {LINE}"
    frame = pl.DataFrame({"text": [line]})
    found = frame.select(
        stamp.alias(str(at)) for at, stamp in enumerate(stamps(TEXT, "cri syslog tag"))
    )
    assert found.row(0) == (BSD, "2024-01-01T10:00:01Z")


def test_no_layer_takes_a_bare_record_for_an_envelope() -> None:
    bare = [
        LINE,
        "CEF:0|Maker|Thing|1|7|Blocked|7|act=blocked",
        "LEEF:1.0|Maker|Thing|1|7|act=blocked",
        "1,2024/01/12 11:21:15,001,THREAT,url,2049",
        'date=2024-01-01 time=10:00:00 devname="fw"',
        '10.1.2.3 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1',
        '{"ts":1704103200.1,"id.orig_h":"10.1.2.3"}',
    ]
    for line in bare:
        assert [name for name, _ in envelopes(Head((line,), (1,)))] == [None], line


TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from([line for _, line in CASES]).flatmap(
        lambda line: st.integers(0, len(line)).map(lambda at: line[at:] + line[:at])
    ),
    st.sampled_from([line for _, line in CASES]),
).filter(lambda text: "\n" not in text)


@given(st.sampled_from([layer.name for layer in LAYERS]), st.lists(TEXTS, min_size=1, max_size=8))
def test_python_and_tables_open_alike(name: str, lines: list[str]) -> None:
    assert in_table(lines, name) == [strip(line, name) for line in lines]


@pytest.mark.parametrize("stamp", ["2024-01-10T14:55:36+01:00", "10-Jan-2024", "2024/01/10"])
def test_a_stamp_of_the_record_is_no_second_host(stamp: str) -> None:
    line = f"Jan 10 13:55:36 relay {stamp} 10.1.2.3 www.example.com"
    assert strip(line, "relay") == line
    assert strip(line.replace(stamp, "gw1"), "relay") == "10.1.2.3 www.example.com"
    assert strip(line.replace(stamp, "192.0.2.9"), "relay") == "10.1.2.3 www.example.com"
