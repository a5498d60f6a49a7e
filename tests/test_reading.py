"""Candidate lines to findings, in batches."""

import polars as pl

from logan.formats.base import Layout
from logan.formats.squid import NATIVE
from logan.reading import Judge, Key, numbered, read
from logan.rules.packs import load_rules

RULES = load_rules()
KEY = Key(NATIVE, Layout(), None)
LINE = "1704103200.100 5 10.1.2.3 TCP_TUNNEL/200 9 CONNECT {}:443 jdoe HIER_DIRECT/1 -"


def lines(*texts: str, source: int = 0, first: int = 1) -> pl.DataFrame:
    numbers = pl.int_range(first, first + len(texts), eager=True, dtype=pl.Int64)
    return numbered(source, numbers, pl.Series("text", texts))


def test_blank_lines_keep_their_number_and_are_left_out() -> None:
    assert lines("a", " \r", "", "b")["line"].to_list() == [1, 4]


def test_lines_of_no_known_format_are_rejects_only() -> None:
    frame = read(lines("pimeyes.com"), Key(None, Layout(), None))
    assert frame["reason"].to_list() == ["format not recognised"]


def test_a_judge_counts_what_it_keeps_and_what_it_forgets() -> None:
    judge = Judge(RULES, batch_lines=1000)
    judge.add(KEY, lines(LINE.format("pimeyes.com"), LINE.format("notpimeyes.com"), "pimeyes.com"))
    judge.add(KEY, lines(LINE.format("a.example"), source=1))
    judge.flush()
    findings = judge.findings()
    assert findings["bin"].to_list() == ["hit", "cleared"]
    assert judge.rejects()["text"].to_list() == ["pimeyes.com"]
    counts = judge.counts(findings)
    assert counts[0] == {"hit": 1, "cleared": 1, "rejected": 1}
    assert counts[1] == {"unrelated": 1}


def test_keeps_no_text_of_findings() -> None:
    judge = Judge(RULES, batch_lines=1000)
    judge.add(KEY, lines(LINE.format("pimeyes.com")))
    judge.flush()
    assert "text" not in judge.findings().columns


def test_a_judge_without_lines_has_empty_findings_with_every_column() -> None:
    judge = Judge(RULES, batch_lines=1000)
    judge.flush()
    other = Judge(RULES, batch_lines=1000)
    other.add(KEY, lines(LINE.format("pimeyes.com")))
    other.flush()
    assert judge.findings().is_empty()
    assert judge.findings().schema == other.findings().schema
    assert judge.rejects().is_empty()


def test_a_line_too_long_to_hold_is_judged_by_its_excerpt() -> None:
    judge = Judge(RULES, batch_lines=1000)
    judge.add_long(0, 7, b"xxx pimeyes.com xxx")
    judge.add_long(0, 8, b"xxx notpimeyes.com xxx")
    assert judge.rejects()["line"].to_list() == [7]
    assert "longer than 1 MiB" in judge.rejects()["reason"][0]
