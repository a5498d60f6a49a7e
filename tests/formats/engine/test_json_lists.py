"""Records out of the lists that JSON holds them in: all of them, each on its line, nothing lost."""

import json
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.formats import FORMATS
from logan.formats.detect.detection import recognise_text
from logan.formats.engine.format import Format
from logan.formats.engine.json_lines import JsonObject
from logan.formats.engine.json_lists import lists_in, unpack_lists
from logan.formats.engine.layout import RecordLists
from logan.intake.unreadable import UnreadableError
from logan.pipeline import scan
from logan.pipeline.parse import ParsedInputs
from logan.pipeline.scan import Settings
from logan.result import ScanResult
from logan.rules.packs import load_rules
from tests.conftest import Run

#: A text with the records in it, by who writes it so; `_source` is taken off as an envelope is.
TEXTS: dict[str, Callable[[list[str]], str]] = {
    "list": lambda rows: f"[{','.join(rows)}]",
    "Records": lambda rows: f'{{"Records":[{",".join(rows)}]}}',
    "Graph": lambda rows: (
        f'{{"@odata.context":"https://x.example/$m","value":[{", ".join(rows)}]}}'
    ),
    "printed": lambda rows: (
        '{\n  "ok": 1,\n  "data": [\n    ' + ",\n    ".join(rows) + "\n  ]\n}\n"
    ),
    "behind": lambda rows: f'{{"result":[{",".join(rows)}],"paging":{{"next":[1,2]}}}}\n',
    "hits": lambda rows: (
        '{"took":3,"_shards":{"total":5},"hits":{"total":{"value":2},"hits":['
        + ",".join(f'{{"_index":"a","_id":"1","_source":{row}}}' for row in rows)
        + "]}}"
    ),
    "joined": lambda rows: "".join(rows),
    "batches": lambda rows: "".join(f'{{"records":[{row},{row}]}}\n' for row in rows),
    "pages": lambda rows: "".join(f'{{"n":"x","logs":[{row}]}}' for row in rows),
}
FLAT = [
    form
    for form in FORMATS
    if isinstance(form.reader, JsonObject)
    and form.reader.framing == "line"
    and "\n" not in form.texts[0].strip()
]


#: Every format in one of the texts, so that each text has several.
PAIRS = [
    pytest.param(form, writer, id=f"{form.name}-{writer}")
    for form, writer in zip(FLAT, cycle(TEXTS), strict=False)
]


@pytest.mark.parametrize(("form", "writer"), PAIRS)
def test_every_json_format_is_known_in_a_list(form: Format, writer: str) -> None:
    row = form.texts[0].strip()
    text = TEXTS[writer]([row] * 4).encode()
    head, verdict = recognise_text(text, FORMATS, whole=True)
    assert verdict.best is not None, verdict.explanation
    assert (verdict.best.format.name, verdict.best.confidence) == (form.name, 1.0)
    assert verdict.best.layout.packing is not None
    assert len(head.lines) == (8 if writer == "batches" else 4)


LEAF = st.text(max_size=8) | st.integers() | st.none() | st.sampled_from(['[{"', "}{", "\\", '"'])
RECORDS = st.lists(
    st.dictionaries(st.text(max_size=4), LEAF | st.lists(st.dictionaries(LEAF.map(str), LEAF)))
    .filter(bool)
    .map(lambda found: {"record": "that is long enough to be what the text is about", **found}),
    min_size=1,
    max_size=6,
)
#: Without what looks like a list of other things.
WORD = st.text(st.characters(exclude_characters="[{"), max_size=4)
AROUND = st.dictionaries(WORD, WORD | st.integers(), max_size=3)


@settings(max_examples=40)
@given(
    records=RECORDS,
    around=AROUND,
    indent=st.sampled_from([None, 0, 2]),
    cut=st.integers(1, 40),
    line_by_line=st.booleans(),
)
def test_what_goes_in_comes_out_however_it_is_cut(
    records: list[dict[str, object]],
    around: dict[str, object],
    indent: int | None,
    cut: int,
    line_by_line: bool,
) -> None:
    text = json.dumps({**around, "records": records}, indent=indent).encode()
    lists = RecordLists(2, line_by_line and indent is None)
    chunks = [text[at : at + cut] for at in range(0, len(text), cut)]
    unpacked = b"".join(unpack_lists(chunks, lists))
    assert unpacked == b"".join(unpack_lists([text], lists))
    assert [*_objects(unpacked.decode())] == records
    if indent is None:
        assert unpacked.count(b"\n") == len(records) - 1
    else:
        assert unpacked.count(b"\n") == text.count(b"\n")  # every line has its number


def _objects(text: str) -> list[object]:
    decoder, found = json.JSONDecoder(), []
    while text := text.strip(" \n["):
        one, end = decoder.raw_decode(text)
        found.append(one)
        text = text[end:]
    return found


@pytest.mark.parametrize(
    ("text", "depth", "unpacked"),
    [
        ('{"a":[{"b":1}],"c":{"d":[{"e":1}]}}', 2, '{"b":1}\n{"a":[],"c":{"d":[{"e":1}]}}'),
        ('{"error":"no such key"}', 2, '{"error":"no such key"}'),
        ('{"a":[{"b":1},{"b":"', 2, '{"b":1}\n{"b":"'),
        ('exported\n{"a":[{"b":1}]} to here', 2, 'exported\n{"b":1}\n to here'),
        ("}]}{", 0, "}]}\n{"),
        ('{"a":"{[","b":[{"c":"\\"}"}]}', 2, '{"c":"\\"}"}'),
        ('{"a":[\n\n{"b":1}\n]}\n', 2, '[\n\n{"b":1}\n[\n'),
    ],
)
def test_nothing_vanishes_that_is_not_about_the_list(text: str, depth: int, unpacked: str) -> None:
    found: list[bytes] = []
    try:
        found.extend(unpack_lists([text.encode()], RecordLists(depth, line_by_line=False)))
    except UnreadableError as error:
        assert "in the midst" in error.reason  # noqa: PT017 - only some are cut
    assert b"".join(found).decode() == unpacked


def test_a_damaged_line_costs_its_own_records_only() -> None:
    text = b'{"r":[{"a":1},{"a":"\n{"r":[{"a":2},{"a":3}]}\n'
    unpacked = b"".join(unpack_lists([text], RecordLists(2, line_by_line=True)))
    assert unpacked == b'{"a":1}\n{"a":"\n{"a":2}\n{"a":3}\n'


def test_what_is_long_and_holds_no_record_comes_in_full() -> None:
    text = b'{"a":"' + b"x" * 200_000 + b'"}'
    unpacked = b"".join(
        unpack_lists([text[:90_000], text[90_000:]], RecordLists(2, line_by_line=False))
    )
    assert unpacked.replace(b"\n", b"") == text


def test_lists_that_are_details_are_none_of_records() -> None:
    text = json.dumps({"event": "x" * 400, "answers": [{"a": 1}]}).encode()
    assert [*lists_in(text, whole=True)] == []
    assert [*lists_in(b"10.1.2.3 - - [{]", whole=True)] == []
    assert [*lists_in(b"", whole=True)] == []


def events(*urls: str) -> list[dict[str, object]]:
    return [
        {
            "timestamp": 1705409961 + 60 * at,
            "type": "connection",
            "organization_unit": "",
            "url": url,
            "user": f"u{at}@force.example",
            "userip": f"10.1.2.{at}",
            "access_method": "Client",
        }
        for at, url in enumerate(urls)
    ]


URLS = ("pimeyes.com/en", "www.example.com/a", "pimeyes.com/fr", "www.example.com/b")


def scanned(path: Path) -> ScanResult:
    return scan.scan(Settings((str(path),), load_rules()))


@pytest.mark.parametrize("size", [4, 4_000])
def test_the_hits_of_a_list_keep_their_users(tmp_path: Path, size: int) -> None:
    log = tmp_path / "log.json"
    log.write_text(json.dumps({"ok": 1, "data": events(*URLS[:3], *[URLS[3]] * (size - 3))}))
    result = scanned(log)
    found = result.found.select("user", "host", "line", "bin").collect().rows()
    assert found == [
        ("u0@force.example", "pimeyes.com", 1, "hit"),
        ("u2@force.example", "pimeyes.com", 3, "hit"),
    ]
    (account,) = result.sources
    assert (account.lines, account.bins["unrelated"], account.complete) == (size, size - 2, True)
    assert any("stand in lists: " in note for note in account.notes)
    assert sum(len(block.records) for block in ParsedInputs([str(log)]).blocks()) == size


@pytest.mark.parametrize(
    "text",
    [
        "{0}{1}\n{2}\n{3}{4}\n{5}\n",
        "{0}\n{1}\n{2}\n{3}\n{4}{5}\n",
        '{{"data":[{0},\n{1}],"ok":1}}\n{{"data":[{2}]}}\n{{"data":[{3},{4},{5}]}}\n',
        "[{0},{1},\n{2},{3},\n{4},{5}]\n",
        '{{"data":[{0}]}}\n{{"data":[{1}]}}\n{{"data":[{2},{3},{4},{5}]}}\n',
    ],
)
def test_lines_of_one_record_and_of_several(tmp_path: Path, text: str) -> None:
    log = tmp_path / "log.json"
    log.write_text(text.format(*map(json.dumps, events(*["pimeyes.com/en"] * 6))))
    (account,) = scanned(log).sources
    assert (account.bins["hit"], account.bins["rejected"]) == (6, 0)


@pytest.mark.parametrize("size", [4, 4_000])
def test_a_list_that_is_cut_is_incomplete(tmp_path: Path, size: int) -> None:
    log = tmp_path / "log.json"
    log.write_text(json.dumps({"data": events(*URLS[:3], *[URLS[3]] * (size - 3))})[:-2])
    (account,) = scanned(log).sources
    assert account.bins["hit"] == 2
    assert account.failure is not None
    assert "in the midst" in account.failure


def test_records_of_a_printed_list_have_the_lines_they_begin_on(tmp_path: Path) -> None:
    log = tmp_path / "log.json"
    log.write_text(json.dumps({"data": events(*URLS)}, indent=1) + "\n")
    result = scanned(log)
    lines = log.read_text().split("\n")
    for number in result.found.select("line").collect()["line"]:
        assert lines[number - 1].strip() == "{"
    (account,) = result.sources
    assert account.lines == len(lines) - 1


def test_log_events_of_cloudwatch_hold_lines_of_any_format(tmp_path: Path) -> None:
    line = "1704103200.123 5 10.1.2.3 TCP_MISS/200 9 GET http://pimeyes.com/{} jdoe HIER_NONE/- -"
    batch = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/proxy/squid",
        "logStream": "i-0",
        "subscriptionFilters": ["all"],
        "logEvents": [
            {"id": str(at), "timestamp": 1704103200123, "message": line.format(at)}
            for at in range(3)
        ],
    }
    log = tmp_path / "log"
    log.write_text(json.dumps(batch) * 2)
    (account,) = scanned(log).sources
    assert (account.format, account.bins["hit"], account.complete) == ("squid", 6, True)


def test_a_hit_of_a_list_is_shown_with_its_record(run: Run, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs" / "log.json"
    log.write_text(json.dumps({"data": events(*URLS)}))
    package = tmp_path / "package"
    assert run("scan", "--export", package, log).status == 0
    row = (package / "hits.csv").read_text().splitlines()[2].split(",")
    shown = run("show", package, row[15], "--logs", tmp_path / "logs")
    assert '"user": "u2@force.example"' in shown.out, shown
    assert "u0@" not in shown.out


def loki(rows: list[list[object]], **more: object) -> bytes:
    """What Loki answers to a query of streams."""
    streams = [{"stream": {"job": "a"}, "values": rows}, {"stream": {}, "values": []}]
    data = {"resultType": "streams", "result": streams, "stats": {"summary": {}}}
    return json.dumps({"status": "success", "data": data, **more}).encode()


SQUID = "1704103200.123 5 10.1.2.3 TCP_MISS/200 9 GET http://pimeyes.com/[{ jdoe HIER_NONE/- -"


def test_pairs_of_a_time_and_a_line_are_records() -> None:
    pairs: list[list[object]] = [["1704103200123456789", SQUID], ["1704103200123456790", 'x\n"y]']]
    text = loki([*pairs, ["1704103200123456791", "z", {"level": "a"}]])
    (streams, _), (lists, found) = lists_in(text, whole=True)
    assert (streams.pairs, lists.pairs) == (False, True)
    records = [json.loads(line)["values"] for line in found.splitlines() if line.strip(b"[")]
    assert [record[:2] for record in records[:2]] == pairs
    assert records[2] == ["1704103200123456791", "z", {"level": "a"}]
    assert b"".join(unpack_lists((text[:90], text[90:]), lists)) == found


@pytest.mark.parametrize("indent", [None, 2])
def test_lines_out_of_loki_are_read_as_they_were_logged(tmp_path: Path, indent: int | None) -> None:
    text = json.loads(loki([["1704103200123456789", SQUID], ["1704103201123456789", SQUID]]))
    (tmp_path / "loki.json").write_text(json.dumps(text, indent=indent))
    (account,) = scanned(tmp_path).sources
    assert (account.format, account.bins["hit"], account.complete) == ("squid", 2, True)


def test_a_list_of_other_things_beside_pairs_is_kept() -> None:
    text = loki([["1704103200123456789", SQUID]], other=[{"host": "pimeyes.com"}])
    *_, (lists, found) = lists_in(text, whole=True)
    assert lists.pairs
    assert b'"other": [{"host": "pimeyes.com"}]' in found
