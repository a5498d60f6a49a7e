"""What every test of a format asks of it, so that each test file holds only its own lines."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from logan.formats import FORMATS
from logan.formats.detect.detection import detect
from logan.formats.detect.head import head_of
from logan.formats.detect.reading import HeadReading, read_head
from logan.formats.engine import dates, joined_records, table
from logan.formats.engine.enveloped import EnvelopedFormat
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.framing import join_records
from logan.formats.engine.keyvalue import STANDS_TWICE
from logan.formats.engine.layout import Layout
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pair_marks import STANDS_WITHIN
from logan.formats.engine.pattern import Pattern
from logan.formats.vendors.sangfor import KEY_TWICE
from logan.intake.blocks import cut
from logan.records import canonical
from logan.schema import LINE, RAW, RECORD

Row = dict[str, Any]

#: Why lines are rejected that have the shape of a record.
DOUBTFUL = (joined_records.REASON, STANDS_TWICE, STANDS_WITHIN, KEY_TWICE)

#: For samples whose stamps leave something open.
ANSWERS = {dates.YEAR: "2024", dates.ORDER: "mdy"}

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


def corpus(name: str) -> str:
    """The text of a corpus file; the test is skipped where the corpus is not there."""
    path = CORPUS / name
    if not path.exists():
        pytest.skip(f"needs the corpus: put it at {CORPUS} (see docs/contributing.md)")
    return path.read_text(encoding="utf-8", errors="backslashreplace")


def oracles(product: str, source: str | None = None) -> list[Row]:
    """The corpus lines of a product with the fields that others read from them."""
    rows = [json.loads(line) for line in corpus("oracles.jsonl").split("\n") if line]
    named = [row for row in rows if row["product"] == product]
    return [row for row in named if source is None or row["source"] == source]


def lines_of(text: str) -> list[str]:
    """Lines as intake cuts them: by `\\n` alone, a `\\r` before it taken off, no blank ones."""
    return [line for piece in text.split("\n") if (line := piece.removesuffix("\r")).strip()]


def raw(form: Format, lines: Sequence[str], layout: Layout | None = None) -> pl.DataFrame:
    """The raw columns that a format gives for lines, one row each, in order."""
    numbers = range(1, len(lines) + 1)
    schema = {"line": LINE["line"], "text": LINE["text"]}
    frame = pl.DataFrame({"line": numbers, "text": lines}, schema=schema)
    frame = frame.with_columns(pl.lit("log").alias("source"))
    return table.raw(frame, form, layout or Layout())


def layout_of(form: Format, text: str, answers: Mapping[str, str] | None = None) -> Layout:
    """The layout that a scan takes from the head, with the envelope, and what is open answered."""
    head = head_of(text.encode(), whole=True)
    best = detect(head, [form]).best
    layout = best.layout if best is not None else form.layout(head)
    assert layout is not None, f"{form.name} refuses the head"
    return dates.answered(layout, answers or {})


def framed(form: Format, text: str, layout: Layout) -> str:
    """The text with every record on one line, as a scan joins them."""
    source = EnvelopedFormat(form, layout)
    blocks = join_records(
        cut([text.encode()]), source.framing, lambda line: source.check(line) is None
    )
    return b"".join(block.data for block in blocks).decode()


def read(
    form: Format,
    text: str,
    *,
    layout: Layout | None = None,
    zone: str | None = None,
    answers: Mapping[str, str] | None = None,
) -> list[Row]:
    """Canonical records of a text with its header, as a scan reads them; directives left out.

    `zone` is what the user named; a zone in the header comes first. `answers` settle what stamps
    leave open (`logan.formats.engine.dates`).
    """
    current = layout if layout is not None else layout_of(form, text, answers)
    runs: list[tuple[Layout, list[str]]] = [(current, [])]
    for line in lines_of(framed(form, text, current)):
        source = EnvelopedFormat(form, runs[-1][0])
        if source.is_directive(line):
            following = source.follow(line)
            if following != runs[-1][0]:
                runs.append((following, []))
            continue
        runs[-1][1].append(line)
    return [
        row
        for at, lines in runs
        if lines
        for row in canonical.records(raw(form, lines, at), zone=at.zone or zone).to_dicts()
    ]


def read_one(form: Format, text: str, **others: Any) -> Row:
    """The one record of a text, which must be a record."""
    (row,) = read(form, text, **others)
    assert row["reason"] is None, row["reason"]
    return row


def assert_record(row: Row, **wanted: Any) -> None:
    """Every column of the record is as wanted; what is not named is null. `time` as ISO text."""
    assert row["reason"] is None, row["reason"]
    found = {name: row[name] for name in RECORD if name not in ("source", "line")}
    found["time"] = row["time"].isoformat()
    assert found == dict.fromkeys(found) | wanted


def written_records(form: Format, text: str) -> list[str]:
    """What comes out of a sample, as `Sample` writes records; a reject by its reason alone.

    Lines of a preamble are left out.
    """
    rows = read(form, text, zone="UTC", answers=ANSWERS)
    return [written(row) for row in rows if not re.match(form.preamble or "$^", row["text"])]


def written(row: Row) -> str:
    """A record as `Sample` writes it."""
    if row["reason"] is not None:
        return f"reason={row['reason']}"
    found = row | {
        "time": row["time"].isoformat().replace("+00:00", "Z"),
        "url": _address(row) or None,
        "setup": "yes" if row["setup"] else None,
    }
    return " ".join(f"{name}={found[name]}" for name in _WRITTEN if found[name] is not None)


def assert_sample(form: Format, sample: Sample) -> None:
    """The records of a sample come out as it says, and what does not is named."""
    for text in sample.texts:
        _assert_records(form, sample, written_records(form, text))


def _assert_records(form: Format, sample: Sample, found: Sequence[str]) -> None:
    assert len(found) == len(sample.records), (
        f"{form.name}: a sample has {len(found)} records and says {len(sample.records)} of them: "
        f"{found}"
    )
    for wanted, record in zip(sample.records, found, strict=True):
        lacking, more = _pairs(wanted) - _pairs(record), _pairs(record) - _pairs(wanted)
        assert not lacking, f"{form.name}: its columns do not give {sorted(lacking)}: {record}"
        assert not more, f"{form.name}: the record of a sample does not say {sorted(more)}"


def _pairs(record: str) -> set[str]:
    """The pairs of a written record: a value ends where the next column begins."""
    return set(re.split(f" (?=(?:{'|'.join(_WRITTEN)})=)", record))


_PARTS = ("scheme", "host", "port", "path", "query")
_PLAIN = [name for name in RECORD if name not in (*_PARTS, "source", "line")]
_WRITTEN = [*_PLAIN[:4], "url", *_PLAIN[4:], "repeat", "companion", "setup"]


def _address(row: Row) -> str:
    scheme, host, port, path, query = (row[name] for name in _PARTS)
    return "".join(
        (
            "" if scheme is None else f"{scheme}://",
            host or "",
            "" if port is None else f":{port}",
            path or "",
            "" if query is None else f"?{query}",
        )
    )


def assert_corpus(form: Format, name: str, *, records: int, rejects: int, **others: Any) -> None:
    """A corpus file is detected as the format, and so many of its lines are records."""
    text = corpus(name)
    reading = reading_of(text, FORMATS)
    assert reading is not None
    assert reading.format.name == form.name
    assert counted(read(form, text, **others)) == (records, rejects)


def counted(rows: Iterable[Row]) -> tuple[int, int]:
    """How many rows are records and how many are rejected."""
    reasons = [row["reason"] for row in rows]
    return reasons.count(None), len(reasons) - reasons.count(None)


def reading_of(text: str, formats: Sequence[Format]) -> HeadReading | None:
    """What detection makes of a text."""
    return detect(head_of(text.encode(), whole=True), formats).best


def assert_definition(form: Format) -> None:
    """Samples are read whole, near-misses are refused, columns are of the schema and typed."""
    assert form.texts, f"{form.name} has no sample"
    assert form.near_misses, f"{form.name} has no near-miss"
    for sample in form.texts:
        rows = read(form, sample, zone="UTC", answers=ANSWERS)
        rows = [row for row in rows if not re.match(form.preamble or "$^", row["text"])]
        assert rows, sample
        assert [row["reason"] for row in rows] == [None] * len(rows), sample
        reading = reading_of(sample, [form])
        assert reading is not None, sample
        assert reading.confidence == 1.0, (sample, reading.fault)
        assert all(row["time"] is not None for row in rows), sample
    for miss in form.near_misses:
        reading = read_head(form, head_of(miss.encode(), whole=True))
        assert reading is None or reading.confidence == 0.0, f"{form.name} takes {miss!r}"
    layout = layout_of(form, form.texts[0])
    columns = form.expressions(layout)
    assert "reason" in columns
    assert set(columns) <= set(RAW), set(columns) - set(RAW)


def assert_agreement(form: Format, lines: Sequence[str], layout: Layout | None = None) -> None:
    """`check` on a line and `reason` in the table say the same of every line.

    But for what is no record though it has the shape of one: that is said when it is read.
    """
    at = layout or Layout()
    reasons = raw(form, lines, at)["reason"].to_list()
    for line, reason in zip(lines, reasons, strict=True):
        fault = EnvelopedFormat(form, at).check(line)
        if fault is None and reason is not None and reason.startswith(DOUBTFUL):
            continue
        assert (fault is None) == (reason is None), (line, str(fault), reason)


def assert_same_split(pattern: Pattern | Format, lines: Sequence[str]) -> None:
    """Lines are split as if there were no fast expression, and so that Python finds the same."""
    if isinstance(pattern, Format):
        assert isinstance(pattern.reader, LinePattern)
        pattern = pattern.reader.pattern
    assert pattern.fast is not None
    (step,) = pattern.prepare(Layout())
    texts = pl.DataFrame({"text": lines}, schema={"text": pl.String})
    found = texts.with_columns(**step).select(**pattern.cells())
    whole = texts["text"].str.extract_groups(pattern.regex).struct.unnest()
    assert found.rows() == whole.rows()
    assert found.rows() == [
        tuple(pattern.match(line).get(name) for name in pattern.names) for line in lines
    ]


_ODD = ["", "\t", "\\", "é", "\x85", *" -\"'=,[]{}/:%9"]


@st.composite
def damaged(draw: st.DrawFn, lines: Sequence[str]) -> str:
    """A line with a piece cut out, doubled, put in front or overwritten."""
    line = draw(st.sampled_from(list(lines)))
    begin = draw(st.integers(0, len(line)))
    end = draw(st.integers(begin, min(len(line), begin + 30)))
    doubled = st.just(line[begin:end] * 2)
    piece = draw(st.one_of(st.sampled_from(_ODD), doubled, st.text(max_size=5)))
    return re.sub("[\r\n]", "", line[:begin] + piece + line[end:])


def batches(lines: Sequence[str]) -> st.SearchStrategy[list[str]]:
    """Twenty damaged lines at a time: one table is as dear as a line."""
    return st.lists(damaged(lines), min_size=20, max_size=20)


#: For tests over `batches`: 300 damaged lines, in half a second.
few = settings(max_examples=15, deadline=None)
