"""Every line of a log: a record or a reject, in order, whatever the layout does in between."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from logan.formats import FORMATS
from logan.formats.engine.layout import Layout
from logan.pipeline import parse
from logan.pipeline.matcher import ParsingKey
from logan.pipeline.parse import ParsedInputs
from logan.schema import RECORD


def parsed(*paths: Path, **options: object) -> tuple[pl.DataFrame, pl.DataFrame, ParsedInputs]:
    parsing = ParsedInputs([str(path) for path in paths], **options)  # type: ignore[arg-type]
    blocks = list(parsing.blocks())
    return pl.concat(b.records for b in blocks), pl.concat(b.rejects for b in blocks), parsing


def test_columns_that_change_in_the_midst_are_followed(tmp_path: Path) -> None:
    path = tmp_path / "ex.log"
    path.write_text(
        "#Fields: date time c-ip cs-host\n"
        "2024-01-01 10:00:00 10.1.2.3 a.example\n"
        "nonsense\n"
        "#Fields: time date cs-host c-ip\n"
        "10:00:01 2024-01-01 b.example 10.1.2.4\n"
    )
    records, rejects, parsing = parsed(path)
    assert records.columns == list(RECORD)
    assert records["host"].to_list() == ["a.example", "b.example"]
    assert records["line"].to_list() == [2, 5]
    assert rejects["line"].to_list() == [3]
    assert parsing.failures == []


def test_a_log_that_shows_no_visits_can_still_be_parsed(tmp_path: Path) -> None:
    path = tmp_path / "iis.log"
    path.write_text("#Fields: date time c-ip cs-uri-stem\n2024-01-01 10:00:00 10.1.2.3 /a\n")
    records, _, parsing = parsed(path)
    assert records["path"].to_list() == ["/a"]
    assert parsing.failures == []


def test_what_cannot_be_read_is_a_failure_and_the_rest_is_read(tmp_path: Path) -> None:
    good, bad = tmp_path / "a.log", tmp_path / "b.log"
    good.write_text("1704103200.1 5 10.1.2.3 TCP_HIT/200 9 GET http://a.example/ - NONE/- -\n")
    bad.write_text("dear diary, nothing happened today at all\n")
    records, rejects, parsing = parsed(good, bad)
    assert records["host"].to_list() == ["a.example"]
    assert rejects["reason"].to_list() == ["format not recognised"]
    assert [name for name, _, _ in parsing.failures] == [str(bad)]


def test_a_line_too_long_to_hold_is_one_reject(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    line = b"1704103200.1 5 10.1.2.3 TCP_HIT/200 9 GET http://a.example/ - NONE/- -\n"
    path.write_bytes(line + b"x" * 3_000_000 + b"\n" + line)
    records, rejects, _ = parsed(path)
    assert records["line"].to_list() == [1, 3]
    assert rejects["line"].to_list() == [2]


LINE = "1704103200.1 5 10.1.2.3 TCP_HIT/200 9 GET http://a.example/{} - NONE/- -\n"


def test_lines_are_read_in_large_batches_and_come_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse, "BATCH_BYTES", 3 << 10)
    monkeypatch.setattr("logan.intake.blocks.BLOCK_SIZE", 1 << 10)
    path = tmp_path / "a.log"
    path.write_text("".join(LINE.format(number) for number in range(1, 2_001)))
    batches = [one.records for one in ParsedInputs([str(path)]).blocks()]
    records = pl.concat(batches)
    assert records["line"].to_list() == list(range(1, 2_001))
    assert records["path"].to_list() == [f"/{number}" for number in range(1, 2_001)]


def test_a_batch_holds_one_source_read_one_way(tmp_path: Path) -> None:
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    first.write_text(LINE.format(1))
    second.write_text(LINE.format(2) + LINE.format(3))
    batches = [one.records for one in ParsedInputs([str(first), str(second)]).blocks()]
    assert [batch["source"].unique().to_list() for batch in batches] == [
        [str(first)],
        [str(second)],
    ]


def test_lines_that_follow_each_other_are_joined_up_to_a_size() -> None:
    form = FORMATS[0]
    key, other = ParsingKey(form, Layout(), None), ParsingKey(form, Layout(("a",)), None)
    frame = pl.DataFrame({"line": [1]})
    small = parse._Lines(frame, key, "a", 1)
    large = parse._Lines(frame, key, "a", parse.BATCH_BYTES)
    reject = parse.ParsedBatch(frame, frame)
    pieces = [small, small, replace(small, key=other), small, replace(small, name="b")]
    pieces += [large, small, reject, small]
    joined = list(parse._batches(pieces))
    sizes = [one.size if isinstance(one, parse._Lines) else None for one in joined]
    assert sizes == [2, 1, 1, 1, parse.BATCH_BYTES, 1, None, 1]
