"""Records over several lines: joined where that makes a record, every line still in its place."""

import json
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.formats import FORMATS
from logan.formats.detect.head import head_of
from logan.formats.engine.columns import NOT_LOGGED, Columns
from logan.formats.engine.delimited import ANYTHING, Delimited
from logan.formats.engine.delimited_cells import split
from logan.formats.engine.format import Format
from logan.formats.engine.framing import join_head, join_records
from logan.formats.engine.layout import Framing, Head
from logan.formats.engine.record_spans import MAX_RECORD_LINES
from logan.formats.engine.stamps import utc
from logan.intake.blocks import Block, cut
from logan.pipeline import scan
from logan.pipeline.parse import ParsedInputs
from logan.pipeline.scan import Settings
from logan.result import ScanResult
from logan.rules.packs import load_rules
from tests.builders import at


def three_cells(line: str) -> bool:
    return len(split(line) or ()) == 3


def is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


READS = {"csv": three_cells, "json": is_object, "line": bool}


def joined(text: bytes, framing: Framing, block_size: int = 1 << 20) -> list[Block]:
    return list(join_records(cut([text], block_size=block_size), framing, READS[framing]))


def lines(blocks: Iterable[Block]) -> dict[int, str]:
    """Lines that hold something by their number; blocks must follow each other line by line."""
    found: dict[int, str] = {}
    for block in blocks:
        rows = block.data.decode().split("\n")
        if block.data.endswith(b"\n"):
            rows.pop()
        assert len(rows) == block.lines
        found |= {block.first_line + at: row for at, row in enumerate(rows) if row.strip()}
    return found


def total(blocks: Iterable[Block]) -> tuple[int, int]:
    blocks = list(blocks)
    return sum(block.lines for block in blocks), sum(block.continued for block in blocks)


CSV = b'a,b,c\n"1","two\r\nlines",3\n4,5,6\n"7","x\n\n""y""\nz","9"\nlast,one,here'


def test_newlines_in_quotes() -> None:
    blocks = joined(CSV, "csv")
    assert lines(blocks) == {
        1: "a,b,c",
        2: '"1","twolines",3',
        4: "4,5,6",
        5: '"7","x""y""z","9"',
        9: "last,one,here",
    }
    assert total(blocks) == (9, 4)


def test_what_was_wrapped_at_a_width_is_whole_again() -> None:
    text = b'"2024-01-01 \n10:00:00","pime\nyes.com",x\n'
    assert lines(joined(text, "csv")) == {1: '"2024-01-01 10:00:00","pimeyes.com",x'}


def test_lines_without_odd_quotes_are_not_touched() -> None:
    text = b'1,"a ""b""",3\n' * 3
    (block,) = joined(text, "csv")
    assert block.data == text
    assert block.continued == 0


def test_a_stray_quote_swallows_no_other_record() -> None:
    text = b'1,6" nails,3\n4,5,6\n"7","8\n8",9\n1,2,3"\n4,5,6\n'
    assert lines(joined(text, "csv")) == {
        1: '1,6" nails,3',
        2: "4,5,6",
        3: '"7","88",9',
        5: '1,2,3"',
        6: "4,5,6",
    }


def test_a_quote_that_never_closes_holds_nothing_up() -> None:
    text = b'"1,2,3\n' + b"4,5,6\n" * (MAX_RECORD_LINES + 10)
    blocks = joined(text, "csv", block_size=1 << 12)
    assert len(lines(blocks)) == MAX_RECORD_LINES + 11
    assert total(blocks) == (MAX_RECORD_LINES + 11, 0)


RECORDS = [{"a": 1, "b": {"c": ["{", '"', "\\"]}}, {"a": '}\\"{', "d": [{"e": 2}]}, {"a": 3}]


def pretty(records: list[dict[str, object]], **style: int) -> bytes:
    return "\n".join(json.dumps(record, **style) for record in records).encode()


@pytest.mark.parametrize("indent", [0, 1, 4])
def test_objects_printed_for_people(indent: int) -> None:
    blocks = joined(pretty(RECORDS, indent=indent), "json")
    assert [json.loads(line) for line in lines(blocks).values()] == RECORDS


def test_numbers_of_objects_over_several_lines() -> None:
    blocks = joined(b'{\n "a": 1\n}\n\n{"a": 2}\r\n{\r\n "a": 3\r\n}\r\n', "json")
    assert {number: json.loads(line) for number, line in lines(blocks).items()} == {
        1: {"a": 1},
        5: {"a": 2},
        6: {"a": 3},
    }
    assert total(blocks) == (8, 4)


@pytest.mark.parametrize(
    "text",
    [
        b'[\n{"a": 1},\n{"a": 2}\n]\n',
        b'[{"a": 1},\n{"a": 2}]\n',
        b'[\n  {\n    "a": 1\n  },\n  {\n    "a": 2\n  }\n]\n',
        b'[ {\n  "a" : 1\n}, {\n  "a" : 2\n} ]\n',
        b'{\n"a":1}\n{\n"a":2}',
        b'{"a":\n1}\n{"a":2\n}',
    ],
)
def test_lists_of_objects_however_printed(text: bytes) -> None:
    found = [line for line in lines(joined(text, "json")).values() if line.strip("[] ")]
    assert [json.loads(line) for line in found] == [{"a": 1}, {"a": 2}]


def test_one_object_a_line_is_not_touched() -> None:
    text = b'{"a":"}"}\n{"b":"{"}\n\n{"c":1}'
    (block,) = joined(text, "json")
    assert block.data == text


def test_a_cut_object_swallows_no_other_record() -> None:
    whole = b'{"a": 1}\n'
    for cut_line in (b'{"a": {"b"\n', b'"b": 1}}\n', b'{"a": "x\n', b'{\n"a": 1,\n'):
        text = whole + cut_line + whole * 3 + b"}\n" + whole
        found = list(lines(joined(text, "json")).values())
        assert found.count('{"a": 1}') == 5, cut_line


ODD_LINES = ["{", "}", "{}", '"', '"a": 1,', "},{", "[", "]", '\\"', "x,y,z", ""]


@given(
    st.lists(st.sampled_from(ODD_LINES)),
    st.sampled_from(["csv", "json"]),
    st.integers(1, 40),
)
def test_whatever_the_lines_none_is_lost(
    texts: list[str], framing: Framing, block_size: int
) -> None:
    text = "\n".join(texts).encode()
    count = text.count(b"\n") + (not text.endswith(b"\n") and bool(text))
    blocks = joined(text, framing, block_size)
    found = lines(blocks)
    assert sum(block.lines for block in blocks) == count
    marks = str.maketrans("", "", " ,[]\n" if framing == "json" else " \n")
    kept = "".join(found.values()).translate(marks)
    assert kept == text.decode().translate(marks)
    empty = sum(not line.strip() for line in texts)
    assert sum(block.continued for block in blocks) <= count - len(found) + empty


@given(st.integers(1, 200))
def test_where_blocks_are_cut_makes_no_difference(block_size: int) -> None:
    for text, framing in ((CSV, "csv"), (pretty(RECORDS * 3, indent=2), "json")):
        whole = joined(text, framing)
        pieces = joined(text, framing, block_size)
        assert lines(pieces) == lines(whole)
        assert total(pieces) == total(whole)


def test_a_line_in_pieces_ends_what_is_open() -> None:
    text = b'"1","2\n' + b"x" * 100 + b'\n"1","2\n3",4\n'
    blocks = list(join_records(cut([text], max_line=50, overlap=4), "csv", three_cells))
    assert [block.piece for block in blocks] == ["whole", "start", "end", "whole"]
    assert blocks[-1].data == b'"1","23",4\n\n'
    assert blocks[-1].first_line == 3


def test_objects_below_a_title() -> None:
    head = head_of(b'exported today\n{\n"a": 1\n}\n{\n"a": 2\n}\n', whole=True)
    assert head.lines == ("exported today", '{"a": 1}', '{"a": 2}')
    assert head.numbers == (1, 2, 5)


def test_a_head_is_joined_under_the_first_numbers() -> None:
    head = Head(("[", "{", '"a": 1', "},", "{", '"a": 2', "}", "]"), (1, 2, 3, 4, 6, 7, 8, 9))
    found = join_head(head, "json", is_object)
    assert [json.loads(line) for line in found.lines] == [{"a": 1}, {"a": 2}]
    assert found.numbers == (2, 6)
    assert found.framing == "json"


GATE_CSV = Format(
    name="gate",
    title="A gate",
    definition="this test",
    reader=Delimited(
        needs={"time": "[0-9-]{10} [0-9:]{8}", "host": ANYTHING},
        headed=False,
        order=("time", "host", "agent"),
    ),
    columns=Columns(
        time=utc("time", "%F %T"),
        user=None,
        client_ip=None,
        action=None,
        host="host",
        user_agent="agent",
    ),
    tunnels=NOT_LOGGED,
    samples=(),
    near_misses=(),
)
GATE_LOG = (
    b'2024-01-01 10:00:00,a.example,"one\nline more"\n'
    b"\n"
    b'2024-01-01 11:00:00,pimeyes.com,"two\n\nlines ""more"""\n'
    b'2024-01-01 12:00:00,b.example,6" screen\n'
    b'2024-01-01 13:00:00,pimeyes.com,"pimeyes.com\n'
    b'pimeyes.com"\n'
)


def scanned(path: Path, data: bytes, *formats: Format) -> ScanResult:
    path.write_bytes(data)
    return scan.scan(Settings((str(path),), load_rules(), formats=formats))


def test_a_scan_counts_the_record_once_and_its_further_lines_as_repeats(tmp_path: Path) -> None:
    result = scanned(tmp_path / "gate.csv", GATE_LOG, GATE_CSV)
    (source,) = result.sources
    assert source.failure is None
    assert source.lines == 9 == sum(source.bins.values())
    assert {name: count for name, count in source.bins.items() if count} == {
        "hit": 2,
        "repeat": 4,
        "unrelated": 2,
        "blank": 1,
    }
    hits = result.found.collect().sort("line")
    assert hits.select("line", "user_agent").rows() == [
        (4, 'twolines "more"'),
        (8, "pimeyes.compimeyes.com"),
    ]
    assert (source.first_time, source.last_time) == (at("2024-01-01 10:00"), at("2024-01-01 13:00"))


def test_a_scan_reads_json_printed_for_people(tmp_path: Path) -> None:
    sample = next(form for form in FORMATS if form.name == "zeek-json").texts[0]
    record = json.loads(sample)
    records = [record | {"host": host} for host in ("pimeyes.com", "a.example", "pimeyes.com")]
    result = scanned(tmp_path / "h.json", json.dumps(records, indent=2).encode(), *FORMATS)
    (source,) = result.sources
    assert source.format == "zeek-json"
    size = len(record) + 2
    assert source.lines == 2 + 3 * size == sum(source.bins.values())
    assert (source.bins["hit"], source.bins["repeat"]) == (2, 3 * (size - 1))
    assert result.found.collect()["line"].sort().to_list() == [2, 2 + 2 * size]


def test_parse_gives_the_line_a_record_begins_on(tmp_path: Path) -> None:
    path = tmp_path / "gate.csv"
    path.write_bytes(GATE_LOG)
    parsed = list(ParsedInputs((str(path),), formats=(GATE_CSV,)).blocks())
    records = pl.concat([block.records for block in parsed])
    assert records["line"].to_list() == [1, 4, 7, 8]
    assert sum(len(block.rejects) for block in parsed) == 0


ENVOY = b'[2026-11-28T22:54:34.638Z] "GET /a HTTP/1.1" 503 DF failure{timeout} - "-" 0 22 5 -\n'


def test_a_line_of_text_in_brackets_is_no_list() -> None:
    text = ENVOY * 2 + b'[pod/proxy-0/x] {"a":1}\n[,{"a":2},\n[{"a":3}]\n'
    found = lines(joined(text, "json"))
    assert [found[at].strip() for at in (1, 2, 3)] == text.decode().split("\n")[:3]
    assert [found[at].strip() for at in (4, 5)] == ['{"a":2}', '{"a":3}']


@pytest.mark.parametrize(
    ("text", "framing"),
    [
        (ENVOY, "line"),
        (b'[pod/proxy-0/x] {"a":1}\n', "line"),
        (b'[\n{"a":\n1}\n]\n', "json"),
        (b'[{"a":1},\n{"a":2}]\n', "json"),
        (b' [ [ {"a":1},\n{"a":2}]]\n', "json"),
    ],
)
def test_what_begins_with_a_bracket(text: bytes, framing: Framing) -> None:
    assert head_of(text, whole=True).framing == framing
