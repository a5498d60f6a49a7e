"""`logan audit purge`: what is to be forgotten."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logan.cli.audit_status import CONFIG
from logan.cli.options import read_moment
from logan.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from logan.audit.purge import PurgeOutcome


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
    from logan.audit.ledger import hold_lock, open_ledger

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
