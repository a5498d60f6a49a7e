"""`logan people apply`: lists of people held against a package, without its logs."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logan.cli.export import busy, locked
from logan.cli.options import DATE_ORDER, begin_to_work
from logan.cli.registers import (
    read_given_registers,
    read_lists_with_kept,
    register_options,
)
from logan.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from logan.package.reading import Package
    from logan.tables.people_counts import PeopleCounts


@click.command("apply", short_help="Hold lists of people against a package, without its logs.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="PACKAGE")
@click.option(
    "--people",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The list of people: whose an account was, in which unit, from when until when."
    "  [default: the rows of it that the package keeps]",
)
@register_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="Write the new package there.",
)
@DATE_ORDER
@click.option("--operator", metavar="TEXT", help="Who makes the new package.")
@click.option(
    "--top",
    type=click.IntRange(min=0),
    metavar="NUMBER",
    default=10,
    show_default=True,
    help="Units and persons to show; 0 for all.",
)
@click.option("--names", is_flag=True, help="Show hits by person too.")
@click.option("--quiet", "-q", is_flag=True, help="Print no summary.")
def apply(
    *,
    folder: Path,
    people: Path | None,
    addresses: Path | None,
    authorisations: Path | None,
    events: Path | None,
    output: Path,
    orders: tuple[str, ...],
    operator: str | None,
    top: int,
    names: bool,
    quiet: bool,
) -> None:
    """Say of every hit of a package whose it is, in which unit, and what stands on the register.

    It makes the package that a scan of the logs with the same lists would make. Days are those of
    the zone of the package. The package must be as it was made (see `logan verify`); it stays as it
    is, with its signature, and the new one is to be signed anew. Without --names no person is named
    on the screen. Lists that are not given are taken from the package, if it was made with such
    lists; with --people nothing but what is given counts.

    \b
    Examples:
      logan people apply audit/ --people people.csv -o audit-named/
      logan people apply audit-named/ --authorisations may.csv -o audit-may/

    Exit status: 0 made; 2 usage, or a list cannot be read as it stands; 3 the package is incomplete
    (it is made all the same), not sound, or cannot be read; 4 another run writes there.
    """
    from logan.package.people import apply_people
    from logan.package.reading import open_package
    from logan.package.replay import load_rules
    from logan.people.decisions import PeopleMatcher

    started = datetime.now(UTC)
    if output.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"-o {output}: lies in the package, which stays as it is; name another")
    package = open_package(folder)
    begin_to_work()
    files, rules = (people, addresses, authorisations, events), load_rules(package)
    if people is None:
        _check_kept(package, addresses=addresses is not None)
        registers = read_lists_with_kept(package, *files, orders=orders, rules=rules)
    else:
        registers = read_given_registers(*files, zone=package.zone, orders=orders, rules=rules)
    with locked(output), busy("writing the package", quiet=quiet):
        counts = apply_people(
            package, PeopleMatcher(registers), output, started=started, operator=operator
        )
    if not quiet:
        _print(counts, top=top, names=names)
    sys.exit(_status(package))


def _check_kept(package: "Package", *, addresses: bool) -> None:
    """Raise UsageError where the list of people that is not given cannot do without."""
    from logan.package.kept_lists import keeps_lists

    if not keeps_lists(package):
        raise UsageError(f"give --people FILE: {package.folder} keeps no rows of a list of people")
    if addresses:
        raise UsageError(
            "--addresses FILE: it may name accounts of which the package keeps no row; give "
            "--people FILE too"
        )


def _print(counts: "PeopleCounts", *, top: int, names: bool) -> None:
    from logan.outputs.console import print_people, print_persons
    from logan.outputs.terminal import Terminal

    print_people(counts, console=Terminal(), top=top or None)
    if names:
        print_persons(counts, console=Terminal(), top=top or None)


def _status(package: "Package") -> ExitStatus:
    if package.manifest["complete"]:
        return ExitStatus.COMPLETE
    click.echo("logan: the package is incomplete: every count may be too low", err=True)
    return ExitStatus.INCOMPLETE
