"""BIND loads the zone; its serial number rises with the packs."""

from pathlib import Path

from logan.rules.export.rpz import export
from logan.rules.load import load_text
from logan.rules.model import Rules
from tests.rules.export.tools import call, need

PACK = """
pack: demo
title: Demo
version: {version}
checked: {checked}
sources: {{A: {{what: A source.}}}}
services:
  - {{id: a, name: A, category: vendor_site, confidence: client, sources: [A], domains: [a.example]}}
"""


def test_a_domain_is_two_records(rules: Rules) -> None:
    lines = export(rules).files["logan-watched.rpz.zone"].splitlines()
    assert "pimeyes.com CNAME ." in lines
    assert "*.pimeyes.com CNAME ." in lines
    assert "lens.google.com CNAME ." in lines
    assert "*.lens.google.com CNAME ." not in lines


def _serial(version: int, checked: str) -> int:
    rules = load_text(PACK.format(version=version, checked=checked))
    zone = export(rules).files["logan-watched.rpz.zone"]
    return int(zone.split("hostmaster.localhost. ")[1].split()[0])


def test_the_serial_number_rises() -> None:
    first, later, last = (
        _serial(1, "2024-01-02"),
        _serial(2, "2024-01-02"),
        _serial(2, "2024-02-01"),
    )
    assert first == 2024010201
    assert first < later < last < 2**32


def test_bind_loads_it(rules: Rules, tmp_path: Path) -> None:
    checker = need("named-checkzone", "bind9-utils")
    path = tmp_path / "zone"
    path.write_text(export(rules).files["logan-watched.rpz.zone"], encoding="utf-8")
    checked = call(checker, "logan.rpz", path)
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.endswith("OK\n")
