"""Packages of small results, written as a scan writes them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from logan.package.options import ScanOptions
from logan.package.request import PackageRequest
from logan.package.rule_files import RuleFile
from logan.package.write import write_package
from logan.result import ScanResult
from logan.rules.model import Rules
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
    summary = summarise(scanned, window=window) if isinstance(scanned, ScanResult) else scanned
    write_package(summary, request(options=ScanOptions(queries=queries), **others), folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a package that are equal if the runs are."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return {name: data for name, data in named.items() if name not in VARYING}
