"""Findings settled in memory and on disk: the same rows, whoever they are of."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from logan.evidence import findings
from logan.pipeline.scan import Settings, scan
from logan.rules.packs import load_rules

RULES = load_rules()
LINE = "{:.3f} 5 10.1.2.{} {} 9 {} {} HIER_DIRECT/1 -\n"


def log(path: Path) -> Path:
    """Two hundred people who set up tunnels, some without a name yet, look in and search."""
    lines = []
    for n in range(2000):
        at, user = 1_704_067_200 + 7 * n, f"u{n % 200}"
        setup = ("NONE_NONE/200", "CONNECT pimeyes.com:443", "-" if n % 3 else user)
        get = ("TCP_MISS/200", "POST https://pimeyes.com/api/search/new", user)
        lines += [LINE.format(at, n % 50, *setup), LINE.format(at + 1, n % 50, *get)]
    path.write_text("".join(lines))
    return path


def settled(path: Path) -> list[tuple[Any, ...]]:
    result = scan(Settings((str(path),), RULES))
    columns = ["source", "line", "bin", "service", "activity", "user", "client_ip"]
    return result.found.select(columns).sort("source", "line").collect().rows()


def test_on_disk_the_findings_are_those_of_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = log(tmp_path / "a.log")
    held = settled(path)
    monkeypatch.setattr(findings, "ROWS_HELD", 500)
    monkeypatch.setattr(findings, "PART_ROWS", 100)
    assert settled(path) == held
    assert {row[2] for row in held} == {"hit", "repeat"}


def test_what_is_on_disk_goes_with_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "tmp"
    kept.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(kept))
    monkeypatch.setattr(findings, "ROWS_HELD", 500)
    result = scan(Settings((str(log(tmp_path / "a.log")),), RULES))
    (folder,) = kept.iterdir()
    assert oct(folder.stat().st_mode)[-3:] == "700"
    assert result.found.select(pl.len()).collect().item() == 4000
    del result
    assert list(kept.iterdir()) == []
