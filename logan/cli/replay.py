"""`logan replay`: a package made again from its logs, and compared."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logan.cli.export import busy
from logan.cli.options import DATE_ORDER, begin_to_work
from logan.cli.registers import ListFiles, people_options, read_lists_with_kept, read_matcher
from logan.errors import ExitStatus

if TYPE_CHECKING:
    from logan.formats.engine.format import Format
    from logan.package.logs import MissingLog, PackageLogs
    from logan.package.reading import Package
    from logan.package.row_differences import RowDifference
    from logan.people.decisions import PeopleMatcher
    from logan.pipeline.settings import Settings
    from logan.rules.model import Rules


@click.command(name="replay")
@click.argument("folder", type=click.Path(path_type=Path), metavar="PACKAGE")
@click.option(
    "--logs",
    required=True,
    metavar="DIR",
    help="Where the logs lie, by the paths that sources.csv names; a folder above will do, "
    "and so will an address (s3://...).",
)
@people_options
@DATE_ORDER
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; the exit status says it.")
def command(
    *,
    folder: Path,
    logs: str,
    lists: ListFiles,
    orders: tuple[str, ...],
    quiet: bool,
) -> None:
    """Make a package again from its logs, and compare byte for byte.

    The same rules (those in the package), the same options, the logs below DIR: an independent
    person gets the same result, or learns which table differs, and in which row. Nothing is
    written but to a temporary folder. Of lists of people that are not given the rows are taken that
    the package keeps: that these are the rows of the lists only the lists can show.

    \b
    Example:
      logan replay audit/ --logs /srv/logs

    Exit status: 0 same bytes; 1 differs: the table and its first row are named; 2 usage; 3 a log
    or a list of people is missing or has another hash: it is named.
    """
    from logan.package.logs import find_logs
    from logan.package.reading import open_package
    from logan.package.replay import (
        compare_folders,
        load_rules,
        other_lists,
        other_logs,
    )

    package = open_package(folder)
    found = find_logs(package, logs)
    rules = load_rules(package)
    matcher = _read_lists(package, lists, orders=orders, rules=rules)
    others = other_lists(package, matcher.registers.files if matcher else ())
    if missing := [*found.missing, *others]:
        sys.exit(_refuse(missing, quiet=quiet))
    with tempfile.TemporaryDirectory(prefix="logan-replay-") as temporary:
        again = Path(temporary) / "again"
        with busy("making the package again", quiet=quiet):
            _make_again(package, rules, found, matcher, again)
        if other := [*other_logs(package, again)]:
            sys.exit(_refuse(other, quiet=quiet))
        differences = [*compare_folders(package, again)]
    if not quiet:
        _tell(differences, folder, len(found.paths))
        _tell_kept(package, lists)
    sys.exit(ExitStatus.CONDITION_HOLDS if differences else ExitStatus.COMPLETE)


def _tell(differences: "Sequence[RowDifference]", folder: Path, logs: int) -> None:
    for one in differences:
        place = one.file if one.line is None else f"{one.file}:{one.line}"
        click.echo(f"DIFFERS: {place}: {one.how}")
    if not differences:
        click.echo(f"SAME BYTES: {folder}: every table made again from {logs:,} logs")


def _read_lists(
    package: "Package",
    lists: ListFiles,
    *,
    orders: tuple[str, ...],
    rules: "Rules",
) -> "PeopleMatcher | None":
    """The lists that are given, and of the others what the package keeps; None without any."""
    from logan.package.kept_lists import keeps_lists
    from logan.people.decisions import PeopleMatcher

    if not keeps_lists(package):
        return read_matcher(lists, zone=package.zone, orders=orders, rules=rules)
    return PeopleMatcher(read_lists_with_kept(package, *lists, orders=orders, rules=rules))


def _tell_kept(package: "Package", lists: ListFiles) -> None:
    """Say which lists were not given, and what is not proved without them."""
    from logan.outputs.text import printable
    from logan.package.kept_lists import keeps_lists
    from logan.people.registers import ROLES

    given = {role for role, file in zip(ROLES, lists, strict=True) if file is not None}
    listed = package.manifest["people"]["files"] if keeps_lists(package) else ()
    for one in listed:
        if one["role"] not in given:
            click.echo(
                f"NOT PROVED: {printable(str(one['file']))} was not given (--{one['role']}); what "
                "it says was taken from the rows that the package keeps of it. The file has the "
                f"SHA-256 {one['sha256']}."
            )


def _refuse(missing: "Sequence[MissingLog]", *, quiet: bool) -> ExitStatus:
    from logan.outputs.text import printable

    for one in missing if not quiet else ():
        click.echo(f"logan: {printable(one.source)}: {printable(one.why)}", err=True)
    if not quiet and any(one.why.startswith("is not in ") for one in missing):
        click.echo(
            "    --logs takes the folder in which these paths begin, or one above it. "
            "Nothing was compared.",
            err=True,
        )
    return ExitStatus.INCOMPLETE


def _make_again(
    package: "Package",
    rules: "Rules",
    logs: "PackageLogs",
    matcher: "PeopleMatcher | None",
    folder: Path,
) -> None:
    from logan.package.replay import request_again
    from logan.package.write import write_package
    from logan.pipeline.scan import scan
    from logan.tables.spans import parse_window
    from logan.tables.summary import summarise

    request = request_again(package, rules, logs.base)
    settings = _settings(package, rules, logs, folder.parent)
    begin_to_work()
    # What was not read then does not stand among the paths: it is known by the package alone.
    left_out, markers = (
        tuple(map(str, package.manifest.get(name, ()))) for name in ("excluded", "folder_markers")
    )
    result = scan(settings)._replace(excluded=left_out, markers=markers)
    window = package.manifest["asked"]["window"]
    length = parse_window(window) if window else None
    summary = summarise(result, window=length, people=matcher, base=logs.base, list_sessions=True)
    write_package(summary, request, folder)


def _settings(package: "Package", rules: "Rules", logs: "PackageLogs", folder: Path) -> "Settings":
    from logan.package.options import ScanOptions
    from logan.package.replay import read_selection, zones_of_sources
    from logan.pipeline.settings import Settings

    asked = package.manifest["asked"]
    options = ScanOptions.from_document(asked)
    return Settings(
        paths=logs.paths,
        rules=rules,
        zones=(*zones_of_sources(package, logs), *options.zones),
        answers=options.answers,
        report_zone=next((zone for glob, zone in options.zones if glob == "*"), "UTC"),
        formats=_formats(options.format, options.squid_logformat, options.mapping_files, folder),
        selection=read_selection(package),
        session_gap_minutes=asked["session_gap"],
        hashing=True,
    )


def _formats(
    name: str | None,
    squid_logformat: str | None,
    mapping_files: Sequence[tuple[str, str]],
    folder: Path,
) -> Sequence["Format"]:
    from logan.formats.choice import chosen_formats

    paths = []
    for number, (_, text) in enumerate(mapping_files):
        path = folder / f"mapping-{number}.yaml"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return chosen_formats(name, squid_logformat, tuple(paths))
