"""`--export DIR`: the options of a package, what must hold before it is made, and making it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from logan.cli.options import ReadingOptions, as_one_value
from logan.errors import OutputError, UsageError

if TYPE_CHECKING:
    from logan.package.request import PackageRequest
    from logan.pipeline.settings import Settings
    from logan.tables.summary import Summary


class PackageFacts(NamedTuple):
    """What a package says of itself: never asked for, and nothing is counted by it."""

    name: str | None
    reference: str | None
    operator: str | None
    base: str | None


#: As `facts`, `PackageFacts`.
package_options: Final = as_one_value(
    "facts",
    PackageFacts,
    (
        click.option("--name", metavar="TEXT", help="The force or estate it is about."),
        click.option("--reference", metavar="TEXT", help="The case or request it is made for."),
        click.option("--operator", metavar="TEXT", help="Who makes the export."),
        click.option(
            "--base",
            metavar="DIR",
            help="Name log files in the export by their path below DIR, or below an address.  "
            "[default: the deepest folder that holds them all]",
        ),
    ),
)


def refuse_facts(facts: PackageFacts, *, queries: bool) -> None:
    """Raise UsageError for options of a package where none is made: they would be lost unsaid.

    But for `--base`, by which the summary names sources too.
    """
    asked = facts._replace(base=None)._asdict() | {"queries": queries}
    given = [f"--{name}" for name, value in asked.items() if value]
    if given:
        are = "is" if len(given) == 1 else "are"
        raise UsageError(f"{', '.join(given)} {are} about a package: add --export DIR")


def begin_export(
    folder: Path,
    settings: "Settings",
    reading: ReadingOptions,
    facts: PackageFacts,
    *,
    queries: bool,
    insecure_cluster: bool,
) -> "PackageRequest":
    """Refuse a folder that cannot take the package before hours are spent on it; else the request.

    For what is read by `settings`, which were made out of `reading`.
    """
    from logan.intake.addresses import is_address
    from logan.package.names import check_folder
    from logan.package.options import ScanOptions
    from logan.package.request import PackageRequest
    from logan.package.rule_files import read_rule_files

    for path in settings.paths:
        if Path(path).is_dir() and folder.resolve().is_relative_to(Path(path).resolve()):
            raise UsageError(
                f"--export {folder}: lies in {path}, which is scanned, so that the next scan would "
                "read it as logs; name a folder outside"
            )
    check_folder(folder)
    base = facts.base
    if base is not None and not is_address(base) and not Path(base).is_dir():
        raise UsageError(f"--base {base}: no such folder")
    return PackageRequest(
        rules=settings.rules,
        rule_files=read_rule_files(settings.rules),
        started=datetime.now(UTC),
        options=ScanOptions.of(
            tz=settings.zones,
            answers=settings.answers,
            format=reading.format_name,
            squid_logformat=reading.squid_logformat,
            mapping_files=reading.mapping_files,
            queries=queries,
            insecure_cluster=insecure_cluster,
        ),
        **facts._asdict(),
    )


@contextmanager
def locked(folder: Path | None) -> Iterator[None]:
    """Keep other runs out of an export's place for as long as this one lasts.

    Raises `LockedError` if one is there already. Without a folder there is nothing to keep.
    """
    if folder is None:
        yield
        return
    from logan.runtime.whole_folder import hold_place

    with hold_place(folder):
        yield


def make_package(
    summary: "Summary", request: "PackageRequest", folder: Path, *, quiet: bool
) -> None:
    """Make the package, and tell on stderr how to sign it."""
    from logan.package.write import write_package

    with busy("writing the package", quiet=quiet):
        write_package(summary, request, folder)
    if not quiet:
        tell_how_to_sign(folder)


@contextmanager
def kept(folder: Path | None) -> Iterator[None]:
    """Say of a run that is interrupted behind its package that the package is there."""
    try:
        yield
    except KeyboardInterrupt as stop:
        if folder is None:
            raise
        raise OutputError(f"interrupted; the package in {folder} is whole") from stop


def tell_how_to_sign(folder: Path) -> None:
    """Tell it on stderr, for standard output may be piped."""
    click.echo(
        f"logan: to sign it:  ssh-keygen -Y sign -f KEY -n logan-package {folder}/SHA256SUMS",
        err=True,
    )


@contextmanager
def busy(words: str, *, quiet: bool) -> Iterator[None]:
    """Show that work goes on, where somebody looks at a terminal."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from logan.outputs.progress import show_activity

    with show_activity(words):
        yield
