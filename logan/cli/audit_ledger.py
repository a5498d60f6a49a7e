"""`logan audit purge` and `verify`: what is to be forgotten, and whether all is as it was."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logan.cli.audit_status import CONFIG
from logan.cli.export import busy
from logan.cli.options import begin_to_work, read_moment
from logan.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from logan.audit.purge import PurgeOutcome
    from logan.audit.verify import AuditVerdict


@click.command("purge", short_help="Forget findings whose time is over.")
@CONFIG
@click.option(
    "--before",
    required=True,
    metavar="DATE",
    help="Remove findings older than this local day or time.",
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
def purge(*, config: Path, before: str, dry_run: bool) -> None:
    """Remove findings that are older, with every name in them. Counts stay.

    Each run does so by itself, for what `[keep]` lets go. Holds of the configuration are obeyed,
    and named. A line that could not be parsed has no time: it goes with the newest line of what was
    read with it. Packages that were made before are files of yours, and stay.

    \b
    Examples:
      logan audit purge /etc/logan/audit.toml --before 2025-01-01 --dry-run
      logan audit purge /etc/logan/audit.toml --before 2025-01-01

    Exit status: 0 done; 2 usage or configuration; 3 something had to stay for now; 4 locked.
    """
    from logan.audit import purge as purging
    from logan.audit.configuration import read_configuration
    from logan.audit.configuration_values import Purpose
    from logan.audit.ledger_lock import hold_lock
    from logan.audit.ledger_opening import open_ledger

    configuration = read_configuration(config, Purpose.ASK)
    moment, now = read_moment("--before", before, configuration.tz), datetime.now(UTC)
    if moment is None or moment > now:
        raise UsageError(f"--before {before}: lies in the future. Name a day that is over.")
    with hold_lock(configuration.ledger), open_ledger(configuration.ledger) as ledger:
        outcome = purging.purge(
            ledger,
            before=moment,
            holds=purging.holds_in_force(configuration, now),
            setting=f"--before {before}",
            now=now,
            dry_run=dry_run,
        )
    _print_purge(outcome, dry_run=dry_run)
    sys.exit(ExitStatus.INCOMPLETE if outcome.waiting or outcome.residue else ExitStatus.COMPLETE)


def _print_purge(outcome: "PurgeOutcome", *, dry_run: bool) -> None:
    from logan.outputs.text import printable
    from logan.outputs.words import count

    would = "Would remove" if dry_run else "Removed"
    rows = f"{count(outcome.findings, 'finding')} and {count(outcome.rejects, 'line')} not parsed"
    click.echo(f"{would} {rows}, older than {outcome.before:%Y-%m-%d %H:%M} UTC")
    for reference, kept in outcome.held.items():
        click.echo(f"  the hold {printable(reference)} keeps {kept:,}")
    if outcome.notices:
        click.echo(f"  {count(outcome.notices, 'notice')} lost names of accounts")
    if outcome.waiting:
        click.echo(
            f"logan: {count(outcome.waiting, 'part')} of logs with older lines not counted yet: "
            "run `logan audit run`, then purge again",
            err=True,
        )
    if outcome.residue:
        click.echo(
            "logan: somebody was reading the ledger: bytes of what was removed may be left beside "
            "it until the next purge or run",
            err=True,
        )


@click.command("verify", short_help="Check the ledger against itself and against the logs.")
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as one JSON document.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; the exit status says it.")
def verify(*, config: Path, as_json: bool, quiet: bool) -> None:
    """Check that the ledger is as runs wrote it, and that the logs say what it says.

    Adds up its parts, follows the chain of runs, and reads every log that is still there: its bytes
    must be those that were read, and its findings those that the ledger has. Nothing is changed.

    \b
    Examples:
      logan audit verify /etc/logan/audit.toml
      logan audit verify /etc/logan/audit.toml --json | jq .faults

    Exit status: 0 sound; 1 altered, or it does not add up; 2 the configuration; 3 the ledger, or a
    log that is there, cannot be read. Logs that are gone are no fault; how many lines were in them
    is said.
    """
    from logan.audit.configuration import read_configuration
    from logan.audit.configuration_values import Purpose
    from logan.audit.ledger_opening import read_ledger
    from logan.audit.verify import verify_ledger

    configuration = read_configuration(config, Purpose.RUN)
    begin_to_work()
    with busy("verifying", quiet=quiet), read_ledger(configuration.ledger) as ledger:
        verdict = verify_ledger(ledger, configuration)
    if not quiet:
        _print_verdict(verdict, str(configuration.ledger), as_json=as_json)
    sys.exit(_status(verdict))


def _status(verdict: "AuditVerdict") -> ExitStatus:
    if not verdict.sound:
        return ExitStatus.CONDITION_HOLDS
    return ExitStatus.INCOMPLETE if verdict.unread else ExitStatus.COMPLETE


def _print_verdict(verdict: "AuditVerdict", place: str, *, as_json: bool) -> None:
    from logan.outputs.text import printable
    from logan.outputs.verdict import verdict_document, write_verdict
    from logan.outputs.words import count

    faults = [(fault.place, fault.what, fault.meaning) for fault in verdict.faults]
    if as_json:
        numbers = ("runs", "lines", "proved", "gone", "found_again")
        unread = [{"place": name, "why": why} for name, why in verdict.unread]
        said = {**{name: getattr(verdict, name) for name in numbers}, "unread": unread}
        document = verdict_document(place, said, faults, of="ledger")
        click.echo(json.dumps(document, indent=2))
        return
    are = "is" if verdict.proved == 1 else "are"
    facts = {
        "runs": f"{verdict.runs:,}, each as it was when it ended",
        "lines": f"{verdict.lines:,} read so far",
        "in logs": f"{verdict.proved:,} of them {are} in logs that are there, byte for byte",
        "found again": f"{count(verdict.found_again, 'finding')}, the same as in the ledger",
        "gone": f"{count(verdict.gone, 'line')} of which no log is left to compare",
    }
    sound = "it adds up, and the logs that are left say the same"
    for line in write_verdict(place, {} if faults else facts, faults, sound=sound):
        click.echo(line)
    for name, why in verdict.unread:
        click.echo(f"logan: not compared: {printable(name)}: {printable(why)}", err=True)
