"""`logan audit init` and `logan audit run`: reading, telling, and what the process says to cron."""

import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from logan.cli.audit_end import LEDGER_LOST, finish, tell_at_once
from logan.cli.audit_status import CONFIG
from logan.cli.export import busy
from logan.cli.options import begin_to_work, read_moment
from logan.errors import ExitStatus, LockedError, LoganError, OutputError, UsageError
from logan.outputs.text import printable

if TYPE_CHECKING:
    from logan.audit.configuration import AuditConfiguration
    from logan.audit.rescan import UnreadByRules
    from logan.audit.run_under_way import RunOutcome


def _refuse_cluster(_context: click.Context, _option: click.Parameter, address: str | None) -> None:
    if address is not None:
        raise UsageError(
            "--cluster: an audit reads on this machine. Which lines are new, only the content of "
            "each log tells, so they would be read here all the same; a night's new lines are few. "
            "Leave --cluster out; `logan scan --cluster` reads many logs at once (docs/cluster.md)"
        )


#: Asked for by who knows it from `logan scan`.
_NO_CLUSTER: Final = click.option(
    "--cluster", hidden=True, expose_value=False, callback=_refuse_cluster
)


@click.command("init", short_help="Make the ledger, and read what there is: the baseline.")
@CONFIG
@click.option("--dry-run", is_flag=True, help="Check the configuration only, also a changed one.")
@_NO_CLUSTER
def init(*, config: Path, dry_run: bool) -> None:
    """Check the configuration, make the ledger and read all logs there are, telling nobody.

    What is in the logs on this day is the baseline: it is counted and kept, and is not new. The
    next run tells what comes after it.

    \b
    Examples:
      logan audit init /etc/logan/audit.toml
      logan audit init /etc/logan/audit.toml --dry-run      after a change

    Exit status: 0; 2 the configuration (all problems at once, each with its line); 3 incomplete:
    something could not be read, or there is a ledger already; 4 another run holds the lock.
    """
    from logan.audit.configuration import read_configuration
    from logan.audit.configuration_values import Purpose
    from logan.audit.run import begin_audit

    configuration = read_configuration(config, Purpose.BEGIN)
    _check_people(configuration)
    for hint in _hints(configuration):
        click.echo(f"logan: {hint}", err=True)
    if dry_run:
        click.echo(f"{printable(str(config))}: no problem found")
        return
    begin_to_work()
    with busy("reading all logs", quiet=False), _interruptible():
        outcome = begin_audit(configuration)
    click.echo(_baseline(outcome, configuration))
    # Nobody is told of a baseline but who makes it.
    sys.exit(finish(outcome, replace(configuration, tell=())))


@click.command("run", short_help="Read new lines, and tell what is new. For every night.")
@CONFIG
@click.option(
    "--wait",
    default=None,
    metavar="LENGTH",
    help="Wait so long for another run to end, e.g. 10m.  [default: not at all]",
)
@_NO_CLUSTER
def run(*, config: Path, wait: str | None) -> None:
    """Read what is new since the last run, and tell those who asked to hear of it.

    Prints nothing where nothing is new. Notices go to the commands of the configuration; what none
    of them asked for is printed.

    \b
    Examples:
      logan audit run /etc/logan/audit.toml
      logan audit run /etc/logan/audit.toml --wait 10m      from a timer

    Exit status: 0 complete, nothing new; 1 complete, and something to tell; 2 the configuration;
    3 incomplete, a silent gateway, a notice that could not be delivered, no ledger any more;
    4 another run holds the lock.
    """
    from logan.audit.configuration import read_configuration
    from logan.audit.ledger import LedgerError
    from logan.audit.run import run_audit

    patience = _patience(wait)
    configuration = read_configuration(config)
    begin_to_work()
    try:
        with busy("reading new lines", quiet=False), _interruptible():
            outcome = run_audit(configuration, wait=patience)
    except LockedError as error:
        # Whoever does not wait stands at a terminal, and reads it there.
        if patience:
            tell_at_once(configuration, "locked", str(error))
        raise
    except (LedgerError, OutputError) as error:
        tell_at_once(configuration, "disk", str(error))
        raise
    if outcome.ledger_was_lost:
        tell_at_once(configuration, "incomplete", LEDGER_LOST)
    sys.exit(finish(outcome, configuration))


class _InterruptedRunError(LoganError):
    """A run was ended from outside."""

    exit_status = ExitStatus.INCOMPLETE


@contextmanager
def _interruptible() -> Iterator[None]:
    """Say what stands where a run is ended from outside."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise _InterruptedRunError(
            "interrupted; what was read stands, and the next run goes on from there"
        ) from error


def _check_people(configuration: "AuditConfiguration") -> None:
    """Raise ConfigurationError with every problem in the lists of people, where there are any."""
    if configuration.people is None:
        return
    from logan.audit.people_checks import read_people_checks
    from logan.rules.packs import load_rules

    rules = load_rules(configuration.rules.files, configuration.rules.packs)
    read_people_checks(configuration, rules.services_by_any_name)


def _patience(wait: str | None) -> timedelta:
    from logan.audit.configuration_values import read_duration

    if wait is None:
        return timedelta()
    length = read_duration(wait)
    if length is None:
        raise UsageError(f"--wait {wait}: not a length of time. Write 90m, 2h or 1d")
    return length


def _baseline(outcome: "RunOutcome", configuration: "AuditConfiguration") -> str:
    from logan.outputs.words import count

    gateways = count(len(configuration.gateways), "gateway")
    return (
        f"Baseline: {count(outcome.lines, 'line')} of {gateways} read into {configuration.ledger}. "
        "The next run tells what comes after them."
    )


def _hints(configuration: "AuditConfiguration") -> Iterator[str]:
    """What is no mistake, and may still not be meant."""
    from logan.audit.configuration import unheard

    if words := unheard(configuration):
        yield f"no [[tell]] is about {', '.join(words)}: `run` prints such notices instead"
    for path in configuration.people or ():
        if isinstance(path, Path) and stat.S_IMODE(path.stat().st_mode) & 0o007:
            yield f"{path} names people, and everybody may read it: chmod o-rwx {path}"


@click.command("rescan", short_help="After a change of rules: read again what still exists.")
@CONFIG
@click.option("--since", metavar="DATE", help="Only logs with a line of this local day or later.")
@click.option(
    "--wait",
    default=None,
    metavar="LENGTH",
    help="Wait so long for another run to end, e.g. 10m.  [default: not at all]",
)
@_NO_CLUSTER
def rescan(*, config: Path, since: str | None, wait: str | None) -> None:
    """Read new lines, then read again, by the rules of today, what other rules have read.

    What was found before stays in the ledger, marked as superseded. Of logs that are gone it is
    said up to when they were not looked at by the new rules.

    \b
    Examples:
      logan audit rescan /etc/logan/audit.toml
      logan audit rescan /etc/logan/audit.toml --since 2026-01-01

    Exit status: as of `logan audit run`; 1 where the new rules found more, or something else is to
    be told.
    """
    from logan.audit.configuration import read_configuration
    from logan.audit.ledger_opening import open_ledger
    from logan.audit.rescan import find_older_reading
    from logan.audit.run import rescan_audit

    patience = _patience(wait)
    configuration = read_configuration(config)
    moment = read_moment("--since", since, configuration.tz)
    begin_to_work()
    with busy("reading again what other rules have read", quiet=False):
        outcome = rescan_audit(configuration, since=moment, wait=patience)
    with open_ledger(configuration.ledger) as ledger:
        left = find_older_reading(ledger)
    for line in _say_rescan(outcome, left, configuration.tz):
        click.echo(line)
    sys.exit(finish(outcome, configuration))


def _say_rescan(outcome: "RunOutcome", left: "UnreadByRules", zone: str) -> Iterator[str]:
    from logan.outputs.words import count, name_local_day

    again, new = count(outcome.lines_again, "line"), count(outcome.new_hits, "new hit")
    yield f"Read {again} again by the rules of today: {new}"
    if left.lines:
        lines, logs = count(left.lines, "line"), count(left.logs, "log")
        day = f", up to {name_local_day(left.newest, zone)}" if left.newest else ""
        yield f"Read by older rules alone: {lines} of {logs} that are gone or not asked for{day}"
