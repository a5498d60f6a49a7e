"""Making a package again from its logs, with its rules and options, and comparing byte for byte."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from logan import __version__
from logan.package.logs import MissingLog, PackageLogs
from logan.package.names import SUMMARY
from logan.package.options import ScanOptions
from logan.package.reading import Package, PackageError, is_plain
from logan.package.request import PackageRequest
from logan.package.row_differences import RowDifference, compare_tables
from logan.package.rule_files import read_rule_files
from logan.people.registers import RegisterFile
from logan.result import Selection
from logan.rules.load import load_packs
from logan.rules.model import Rules
from logan.schema import tables_of


def load_rules(package: Package) -> Rules:
    """The rules of a package, from its own files. Raises `ConfigurationError` for their faults."""
    files = [package.folder / str(one["file"]) for one in package.manifest["rules"]]
    for path in files:
        if not is_plain(path) or path.parent != package.folder / "rules":
            raise PackageError(f"{path}: is no rule file of the package; run logan verify")
    return load_packs(files)


def read_selection(package: Package) -> Selection:
    """What the tables of a package were narrowed to."""
    asked = package.manifest["asked"]
    return Selection(
        since=_read_instant(asked["since"]),
        until=_read_instant(asked["until"]),
        services=tuple(asked["services"]),
        users=tuple(asked["users"]),
    )


def _read_instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def zones_of_sources(package: Package, logs: PackageLogs) -> tuple[tuple[str, str], ...]:
    """The zones that sources were read in because an option said so, by their paths now.

    A glob that named a folder above the logs may not fit where they lie now.
    """
    return tuple(
        (path, str(source["zone"]))
        for path, source in zip(logs.paths, package.sources(), strict=True)
        if source["zone_from"] == "option"
    )


def request_again(package: Package, rules: Rules, base: str) -> PackageRequest:
    """The request by which a package is made again."""
    manifest = package.manifest
    return PackageRequest(
        rules=rules,
        rule_files=read_rule_files(rules),
        started=datetime.now(UTC),
        name=manifest.get("name"),
        reference=manifest.get("reference"),
        base=base,
        options=ScanOptions.from_document(manifest["asked"]),
    )


def other_logs(package: Package, again: Path) -> Iterator[MissingLog]:
    """The logs that were read and have another hash than the package says."""
    hashes = [
        {str(source["name"]): source["sha256"] for source in one.sources()}
        for one in (package, Package(again, package.manifest))
    ]
    expected, found = hashes
    for source, sha256 in expected.items():
        if sha256 is not None and found.get(source) != sha256:
            yield MissingLog(source, f"has another hash: {found.get(source)}, not {sha256}")


def other_lists(package: Package, files: Iterable[RegisterFile]) -> Iterator[MissingLog]:
    """The lists of people that the package was made with and that are not among these, and others.

    A list must have the name it had, too: sentences in the package begin with it.
    """
    made_with = (package.manifest.get("people") or {}).get("files", ())
    needed = {(str(one["role"]), str(one["file"]), str(one["sha256"])) for one in made_with}
    given = {(file.role, file.path.name, file.sha256) for file in files}
    for role, name, sha256 in sorted(needed - given):
        yield MissingLog(name, f"is not given with --{role}, or is not the file of hash {sha256}")
    for role, name, _ in sorted(given - needed):
        if role not in {one[0] for one in needed}:
            yield MissingLog(name, f"is given with --{role}: the package was made without one")


def compare_folders(package: Package, again: Path) -> Iterator[RowDifference]:
    """The data files that differ, each with its first difference, in the manifest's order.

    Of a package by another logan, tables are compared in the columns that they had then, and its
    summary, which names the version, is not. `summary.txt` says nothing that the summary does not.
    """
    same_version = package.manifest["logan"].get("version") == __version__
    for output in package.manifest["outputs"]:
        name = str(output["file"])
        old, new = package.folder / name, again / name
        if name in tables_of(people=True):
            yield from compare_tables(name, old, new)
        elif name == SUMMARY and same_version:
            yield from _compare_summaries(name, old, new)


def _compare_summaries(name: str, old: Path, new: Path) -> Iterator[RowDifference]:
    if not is_plain(old):
        yield RowDifference(name, None, "is missing in the package")
        return
    before, after = (_without_notes(path) for path in (old, new))
    if before != after:
        key = next((key for key in before if before[key] != after.get(key)), "")
        yield RowDifference(name, None, f"the part {key!r} is another")


def _without_notes(path: Path) -> Mapping[str, Any]:
    """A summary but for its notes: they name what else lay beside the logs."""
    document = json.loads(path.read_bytes())
    return {key: value for key, value in document.items() if key != "notes"}
