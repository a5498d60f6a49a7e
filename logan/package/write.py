"""Makes a package: the tables, what describes them, the report, and the sums over all of it."""

import getpass
import platform
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from logan import __version__
from logan.outputs.csv_tables import write_tables
from logan.outputs.json_summary import render_pieces
from logan.outputs.plain_page import write_page
from logan.package import names
from logan.package.checksums import write_sums
from logan.package.descriptors import describe_csvw, describe_datapackage
from logan.package.files import write, write_pieces
from logan.package.manifest import describe, write_instant, write_json
from logan.package.reading import Package
from logan.package.readme import write_readme
from logan.package.report import write_own_reports
from logan.package.request import PackageRequest
from logan.runtime.whole_folder import write_whole
from logan.schema import tables_of
from logan.tables.source_names import rename_sources
from logan.tables.source_paths import name_below
from logan.tables.summary import Summary


def write_package(summary: Summary, request: PackageRequest, folder: Path) -> None:
    """Write a package, replacing an earlier one only when the new one is whole.

    Sources are named below the request's base. Raises `UsageError` if the folder holds anything but
    an earlier package or a source lies outside the base, `OutputError` if it cannot be written.
    """
    names.check_folder(folder)
    below = name_below([source.name for source in summary.result.sources], request.base)
    renamed = rename_sources(summary, below)
    with write_whole(folder) as fresh:
        _fill(fresh, renamed, request)


def _fill(folder: Path, summary: Summary, request: PackageRequest) -> None:
    """Write all files; each that describes others comes after them."""
    written = write_tables(summary, request.rules, folder, queries=request.options.queries)
    tables = tables_of(people=summary.by_list is not None)
    rows: dict[str, int | None] = {name: written[name].rows for name in tables}
    hashes = {name: file.sha256 for name, file in written.items()}
    hashes[names.SUMMARY] = write_pieces(folder / names.SUMMARY, render_pieces(summary))
    hashes[names.SUMMARY_TEXT] = write_pieces(folder / names.SUMMARY_TEXT, [write_page(summary)])
    rows |= {names.SUMMARY: None, names.SUMMARY_TEXT: None}
    _write_rules(folder / names.RULES, request)
    manifest = describe(summary, request, folder, rows, hashes)
    [by_hours] = written["hits.csv"].sums
    run = describe_run(request.started, request.operator)
    write_descriptions(folder, manifest, run, by_hours)


def write_descriptions(
    folder: Path,
    manifest: Mapping[str, Any],
    run: Mapping[str, Any],
    by_hours: pl.DataFrame | None = None,
) -> None:
    """Write manifest, descriptors, reports and sums of a folder whose data files lie there.

    `by_hours` are the sums of `hour_query` over its hits, if they are known already.
    """
    package = Package(folder, manifest)
    outputs = {output["file"]: output for output in manifest["outputs"]}
    with_people = package.with_people
    described = describe_datapackage(outputs, with_people=with_people)
    write(folder / names.MANIFEST, write_json(manifest))
    write(folder / names.DATAPACKAGE, write_json(described))
    write(folder / names.CSVW, _write_csvw(with_people=with_people))
    write(folder / names.README, write_readme(manifest))
    write_own_reports(package, by_hours)
    write(folder / names.RUN, write_json(run))
    known = {name: output["sha256"] for name, output in outputs.items()}
    write(folder / names.SUMS, write_sums(folder, known))


@cache
def _write_csvw(*, with_people: bool) -> str:
    """The description for CSV on the Web, which is the same in every package."""
    return write_json(describe_csvw(with_people=with_people))


def _write_rules(folder: Path, request: PackageRequest) -> None:
    folder.mkdir(mode=0o700)
    for file in request.rule_files:
        write(folder / file.name, file.content)


def describe_run(started: datetime, operator: str | None) -> dict[str, Any]:
    """What may differ between two equal runs."""
    return {
        "started": write_instant(started),
        "ended": write_instant(datetime.now(UTC)),
        "operator": operator,
        "account": _account(),
        "host": platform.node(),
        # `platform.platform` would start a process to ask for the processor.
        "system": " ".join((platform.system(), platform.release(), platform.machine())),
        "python": platform.python_version(),
        "logan": __version__,
    }


def _account() -> str | None:
    with suppress(OSError, KeyError, ImportError):  # an account may have no name
        return getpass.getuser()
    return None
