"""Packages of small results, written as a scan writes them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from logan.package.options import ScanOptions
from logan.package.request import PackageRequest
from logan.package.rule_files import RuleFile
from logan.package.write import write_package
from logan.result import ScanResult
from logan.rules.model import Rules
from logan.schema import REJECTS_CSV
from logan.tables.spans import Window
from logan.tables.summary import Summary, summarise

#: What may differ between equal runs.
VARYING = ("run.json", "SHA256SUMS")


def request(**others: Any) -> PackageRequest:
    """A request without rules, but for one file that holds nothing."""
    defaults: dict[str, Any] = {
        "rules": Rules(()),
        "rule_files": (RuleFile("mine.yaml", b"# nothing\n", None),),
        "started": datetime(2024, 4, 1, tzinfo=UTC),
    }
    return PackageRequest(**(defaults | others))


def write(
    scanned: ScanResult | Summary,
    folder: Path,
    *,
    window: Window | None = None,
    queries: bool = False,
    **others: Any,
) -> Path:
    """Write the package of a result, and give its folder."""
    if isinstance(scanned, ScanResult):
        scanned = summarise(with_rejects(scanned), window=window)
    write_package(scanned, request(options=ScanOptions(queries=queries), **others), folder)
    return folder


def with_rejects(scanned: ScanResult) -> ScanResult:
    """A result whose bins count rejects that it does not list, with these."""
    if not scanned.rejects.collect().is_empty():
        return scanned
    rows = [
        (source.name, line, "cut", "pimeyes.com")
        for source in scanned.sources
        for line in range(1, source.bins["rejected"] + 1)
    ]
    types = dict.fromkeys(REJECTS_CSV, pl.String()) | {"line": pl.Int64()}
    return scanned._replace(rejects=pl.LazyFrame(rows, schema=types, orient="row"))


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a package that are equal if the runs are."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return {name: data for name, data in named.items() if name not in VARYING}
