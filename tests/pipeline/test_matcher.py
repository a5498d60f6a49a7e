"""Candidate lines to findings, in batches."""

import polars as pl

from logan.formats.engine.layout import Layout
from logan.formats.vendors.squid import NATIVE
from logan.pipeline.matcher import CandidateMatcher, ParsingKey, numbered, read
from logan.rules.packs import load_rules
from logan.runtime.ordered_map import THREADS
from logan.schema import FOUND, REJECTED

RULES = load_rules()
KEY = ParsingKey(NATIVE, Layout(), None)
LINE = "1704103200.100 5 10.1.2.3 TCP_TUNNEL/200 9 CONNECT {}:443 jdoe HIER_DIRECT/1 -"


def lines(*texts: str, source: int = 0, first: int = 1) -> pl.DataFrame:
    numbers = pl.int_range(first, first + len(texts), eager=True, dtype=pl.Int64)
    return numbered(source, numbers, pl.Series("text", texts))


def test_blank_lines_keep_their_number_and_are_left_out() -> None:
    assert lines("a", " \r", "", "b")["line"].to_list() == [1, 4]


def test_lines_of_no_known_format_are_rejects_only() -> None:
    frame = read(lines("pimeyes.com"), ParsingKey(None, Layout(), None))
    assert frame["reason"].to_list() == ["format not recognised"]


class Kept:
    """Takes what a judge hands on, as findings and rejects do."""

    def __init__(self) -> None:
        self.frames: list[pl.DataFrame] = []

    def add(self, rows: pl.DataFrame) -> None:
        self.frames.append(rows)

    @property
    def rows(self) -> pl.DataFrame:
        return pl.concat(self.frames)


def judge() -> tuple[CandidateMatcher, Kept, Kept]:
    findings, rejects = Kept(), Kept()
    made = CandidateMatcher(RULES, findings, rejects, batch_lines=1000, batch_bytes=1 << 20)  # type: ignore[arg-type]
    return made, findings, rejects


def test_a_judge_counts_what_it_forgets_and_hands_on_the_rest() -> None:
    one, findings, rejects = judge()
    one.add(KEY, lines(LINE.format("pimeyes.com"), LINE.format("notpimeyes.com"), "pimeyes.com"))
    one.add(KEY, lines(LINE.format("a.example"), source=1))
    one.flush()
    assert findings.rows["bin"].to_list() == ["hit", "cleared"]
    assert rejects.rows["text"].to_list() == ["pimeyes.com"]
    assert one.counts[0] == {"rejected": 1}
    assert one.counts[1] == {"unrelated": 1}


def test_keeps_no_text_of_findings() -> None:
    one, findings, _ = judge()
    one.add(KEY, lines(LINE.format("pimeyes.com")))
    one.flush()
    assert "text" not in findings.rows.columns


def test_full_batches_are_judged_unasked_and_entered_in_their_order() -> None:
    one, findings, _ = judge()
    for first in range(1, 10_000, 1000):
        one.add(KEY, lines(*[LINE.format("pimeyes.com")] * 1000, first=first))
    assert findings.rows.height >= 10_000 - THREADS * 1000
    one.flush()
    assert findings.rows["line"].to_list() == list(range(1, 10_001))


def test_a_line_too_long_to_hold_is_judged_by_its_excerpt() -> None:
    one, _, rejects = judge()
    one.add_long(0, 7, b"xxx pimeyes.com xxx")
    one.add_long(0, 8, b"xxx notpimeyes.com xxx")
    one.flush()
    assert rejects.rows["line"].to_list() == [7]
    assert "longer than 1 MiB" in rejects.rows["reason"][0]


def test_the_columns_of_what_is_handed_on_are_those_of_the_schema() -> None:
    one, findings, rejects = judge()
    one.add(KEY, lines(LINE.format("pimeyes.com"), "pimeyes.com"))
    one.flush()
    for found, schema in ((findings.rows, FOUND), (rejects.rows, REJECTED)):
        assert not found.is_empty()
        assert found.schema == pl.Schema(schema)
        assert found.columns == list(schema)
