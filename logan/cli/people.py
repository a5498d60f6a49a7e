"""`logan people`: the lists of a force about its people, held against themselves and a package."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logan.cli.export import busy
from logan.cli.guided_group import GuidedGroup
from logan.cli.options import DATE_ORDER, begin_to_work, pack_option, rules_option
from logan.cli.people_apply import apply
from logan.cli.registers import read_given_registers, register_options
from logan.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from logan.package.reading import Package
    from logan.people.checks import RegisterFinding
    from logan.people.registers import PeopleRegisters
    from logan.rules.model import Rules


@click.group(name="people", cls=GuidedGroup)
def command() -> None:
    """Say whose hits are, in which unit, and what stands on the register about them.

    The files that this takes, and what they prove, are described in docs/people.md.
    """


@command.command("check", short_help="Check lists of people before they are used.")
@click.argument("people", type=click.Path(path_type=Path), metavar="PEOPLE.CSV")
@register_options
@click.option(
    "--package",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Find accounts of this package that are on no list, and hits outside the dates of theirs.",
)
@click.option(
    "--tz", "zone", metavar="ZONE", help="Zone of days.  [default: that of the package, else UTC]"
)
@DATE_ORDER
@rules_option("Know the services of these rules instead of the default pack.")
@pack_option("Know the services of this bundled pack too.")
@click.option("--names", is_flag=True, help="Say which accounts and persons findings are about.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; the exit status says it.")
def check(
    *,
    people: Path,
    addresses: Path | None,
    authorisations: Path | None,
    events: Path | None,
    package: Path | None,
    zone: str | None,
    orders: tuple[str, ...],
    rule_paths: tuple[Path, ...],
    packs: tuple[str, ...],
    names: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Check lists of people, and what they leave open, before hits are joined to them.

    Finds one account of two persons at once, one person in two units, authorisations for nobody on
    the list, and with --package accounts that are on no list. It changes nothing, and names nobody
    unless asked to.

    \b
    Examples:
      logan people check people.csv --tz Europe/London
      logan people check people.csv --authorisations register.csv --names

    Exit status: 0 nothing to fix; 1 something is; 2 a file cannot be read as it stands: every
    problem is listed with its line; 3 the package is incomplete, or cannot be read.
    """
    from logan.people.checks import check_registers

    held = _open(package)
    rules = _known_rules(held, rule_paths, packs)
    days = _zone_of_days(held, zone)
    begin_to_work()
    with busy("checking", quiet=quiet):
        registers = read_given_registers(
            people, addresses, authorisations, events, zone=days, orders=orders, rules=rules
        )
        findings = check_registers(registers, rules.service_names)
        if held is not None:
            findings += _hold_against(registers, held)
    if not quiet:
        _print(registers, findings, names=names, as_json=as_json)
    if held is not None and not held.manifest["complete"]:
        click.echo("logan: the package is incomplete: more accounts may have hits", err=True)
        sys.exit(ExitStatus.INCOMPLETE)
    problems = any(not one.is_note for one in findings)
    sys.exit(ExitStatus.CONDITION_HOLDS if problems else ExitStatus.COMPLETE)


def _open(folder: Path | None) -> "Package | None":
    if folder is None:
        return None
    from logan.package.reading import open_package

    return open_package(folder)


def _known_rules(package: "Package | None", paths: Sequence[Path], packs: Sequence[str]) -> "Rules":
    """The rules that were named, else those of the package, else the default pack."""
    if package is not None and not paths and not packs:
        from logan.package.replay import load_rules as load_rules_of

        return load_rules_of(package)
    from logan.rules.packs import load_rules

    return load_rules(paths, packs)


def _zone_of_days(package: "Package | None", zone: str | None) -> str:
    """The zone of local days. Raises UsageError for one that is none, or not the package's."""
    from logan.runtime.zones import require_zone

    if zone is not None:
        require_zone(zone)
    if package is None:
        return zone or "UTC"
    if zone not in (None, package.zone):
        raise UsageError(
            f"--tz {zone}: the days of {package.folder} are those of {package.zone}; leave it out"
        )
    return package.zone


def _hold_against(registers: "PeopleRegisters", package: "Package") -> list["RegisterFinding"]:
    """What a package and the registers do not have in common."""
    from logan.package.people_check import check_package
    from logan.package.reading import trusting

    with trusting(package):
        return check_package(registers, package)


def _print(
    registers: "PeopleRegisters",
    findings: list["RegisterFinding"],
    *,
    names: bool,
    as_json: bool,
) -> None:
    from logan.outputs.register_findings import findings_document, print_findings
    from logan.outputs.terminal import Terminal

    if as_json:
        click.echo(json.dumps(findings_document(registers, findings, names=names), indent=2))
        return
    console = Terminal(file=sys.stdout, highlight=False)
    print_findings(registers, findings, names=names, console=console)


command.add_command(apply)
