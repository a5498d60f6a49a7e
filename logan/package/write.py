"""Makes a package: the tables, what describes them, the report, and the sums over all of it."""

import getpass
import platform
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
from logan.schema import TABLES
from logan.tables.source_names import name_below, rename_sources
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
    rows: dict[str, int | None] = {name: written[name] for name in TABLES}
    write_pieces(folder / names.SUMMARY, render_pieces(summary))
    write(folder / names.SUMMARY_TEXT, write_page(summary))
    rows |= {names.SUMMARY: None, names.SUMMARY_TEXT: None}
    _write_rules(folder / names.RULES, request)
    manifest = describe(summary, request, folder, rows)
    outputs = {output["file"]: output for output in manifest["outputs"]}
    write(folder / names.MANIFEST, write_json(manifest))
    write(folder / names.DATAPACKAGE, write_json(describe_datapackage(outputs)))
    write(folder / names.CSVW, write_json(describe_csvw()))
    write(folder / names.README, write_readme(manifest))
    write_own_reports(Package(folder, manifest))
    write(folder / names.RUN, write_json(_describe_run(request)))
    write(folder / names.SUMS, write_sums(folder))


def _write_rules(folder: Path, request: PackageRequest) -> None:
    folder.mkdir(mode=0o700)
    for file in request.rule_files:
        write(folder / file.name, file.content)


def _describe_run(request: PackageRequest) -> Mapping[str, Any]:
    """What may differ between two equal runs."""
    return {
        "started": write_instant(request.started),
        "ended": write_instant(datetime.now(UTC)),
        "operator": request.operator,
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
