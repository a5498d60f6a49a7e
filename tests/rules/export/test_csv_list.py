"""The table has a row for every host and signature, and nothing that a spreadsheet runs."""

import csv
import io

from logan.rules.export.csv_list import export
from logan.rules.load import load_text
from logan.rules.model import Rules


def _rows(rules: Rules) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(export(rules).files["logan-watched.csv"], newline="")))


def test_everything_has_a_row(rules: Rules) -> None:
    rows = _rows(rules)
    assert {row["rule"] for row in rows if row["rule"]} == set(rules.signatures)
    assert {row["service"] for row in rows} == set(rules.services)
    domains = [row["host"] for row in rows if not row["rule"] and row["service"] == "ntechlab"]
    assert domains == ["ntechlab.com", "findface.pro"]


def test_shared_hosts_are_marked(rules: Rules) -> None:
    kinds = {row["match"] for row in _rows(rules) if row["service"] == "bing_visual"}
    assert "shared host" in kinds


def test_no_cell_is_a_formula() -> None:
    text = """
pack: demo
title: Demo
version: 1
checked: 2024-01-02
sources: {A: {what: A source.}}
services:
  - {id: a, name: "=HYPERLINK(1)", category: vendor_site, confidence: client, sources: [A], domains: [a.example]}
"""
    assert _rows(load_text(text))[0]["name"] == "'=HYPERLINK(1)"
