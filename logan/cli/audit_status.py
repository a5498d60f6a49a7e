"""`logan audit status` and `logan audit check`: how an audit stands, asked of its ledger alone."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from logan.errors import LoganError, UsageError

if TYPE_CHECKING:
    from logan.audit.check import CheckResult

CONFIG = click.argument("config", type=click.Path(path_type=Path), metavar="CONFIG")


@click.command("status", short_help="Say how the audit stands, and mark hits as looked at.")
@CONFIG
@click.option(
    "--seen",
    is_flag=True,
    help="Note that you have looked at the new hits and holes up to now: `check` says no more of "
    "them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON document.")
def status(*, config: Path, seen: bool, as_json: bool) -> None:
    """Say how the audit stands: runs, gateways, hits, notices and who was told.

    Only the ledger is read. Nobody is named in it.

    \b
    Examples:
      logan audit status /etc/logan/audit.toml
      logan audit status /etc/logan/audit.toml --seen   you looked at the hits
      logan audit status /etc/logan/audit.toml --json | jq .unseen_hits

    Exit status: 0; 2 the configuration; 3 the ledger cannot be read.
    """
    from logan.audit.configuration import read_configuration
    from logan.audit.configuration_values import Purpose
    from logan.audit.ledger_opening import open_ledger, read_ledger
    from logan.audit.state import mark_seen, read_state
    from logan.outputs.words import count

    configuration = read_configuration(config, Purpose.ASK)
    now = datetime.now(UTC)
    opened = open_ledger if seen else read_ledger
    with opened(configuration.ledger) as ledger:
        if seen:
            looked_at = mark_seen(ledger, now)
            said = count(looked_at.hits, "new hit")
            if looked_at.holes:
                said += f" and {count(looked_at.holes, 'hole')} in the logs"
            click.echo(f"logan: {said} marked as looked at", err=True)
        state = read_state(ledger, configuration, now)
    if as_json:
        from logan.audit.status_document import status_document

        click.echo(json.dumps(status_document(state, configuration), indent=2))
        return
    from logan.audit.status_page import lay_out_status
    from logan.outputs.page import open_page
    from logan.outputs.terminal import Terminal

    page = open_page(Terminal(), top=None)
    for line in lay_out_status(state, configuration, page):
        page.console.print(line, soft_wrap=True, highlight=False, markup=False, emoji=False)


class _Plugin(click.Command):
    """A command whose mistaken arguments are UNKNOWN to a monitoring system, not CRITICAL."""

    def make_context(self, *arguments: Any, **named: Any) -> click.Context:
        try:
            return super().make_context(*arguments, **named)
        except click.UsageError as error:
            from logan.audit.check import CheckStatus, answer

            _answer(answer(CheckStatus.UNKNOWN, error.format_message()))


@click.command("check", cls=_Plugin, short_help="Tell Nagios, Icinga or Naemon how it stands.")
@CONFIG
@click.option(
    "--age",
    default="26h",
    show_default=True,
    metavar="LENGTH",
    help="WARNING where the last complete run is older.",
)
@click.option(
    "--critical",
    default="50h",
    show_default=True,
    metavar="LENGTH",
    help="CRITICAL where the last complete run is older.",
)
def check(*, config: Path, age: str, critical: str) -> None:
    """Say in one line, with figures, how the audit stands; for monitoring systems.

    WARNING: hits or holes that nobody looked at (`logan audit status CONFIG --seen` says that
    somebody did), an incomplete run, a notice that could not be delivered, rules older than a year.
    CRITICAL: no complete run for too long, no sound ledger, one that cannot be asked as its disk is
    full or fails, a gateway silent as the last run ended.

    \b
    Example:
      logan audit check /etc/logan/audit.toml --age 26h --critical 50h

    Exit status: 0 OK; 1 WARNING; 2 CRITICAL; 3 UNKNOWN.
    """
    from logan.audit.check import CheckStatus, answer

    try:
        lengths = _length("--age", age), _length("--critical", critical)
        if lengths[1] <= lengths[0]:
            raise UsageError(f"--critical {critical} is no longer than --age {age}")
        result = _check(config, *lengths)
    except LoganError as error:
        # The first line says what is wrong; `status` says what to do.
        result = answer(CheckStatus.UNKNOWN, str(error).partition("\n")[0])
    _answer(result)


def _answer(result: "CheckResult") -> NoReturn:
    from logan.outputs.text import printable

    click.echo(printable(result.line))
    sys.exit(result.status)


def _check(config: Path, age: timedelta, critical: timedelta) -> "CheckResult":
    from logan.audit.check import CheckStatus, answer, check_state
    from logan.audit.configuration import read_configuration
    from logan.audit.configuration_values import Purpose
    from logan.audit.ledger import DamagedLedgerError, LedgerDiskError, NoLedgerError
    from logan.audit.ledger_opening import read_ledger
    from logan.audit.state import read_state

    configuration = read_configuration(config, Purpose.ASK)
    try:
        with read_ledger(configuration.ledger) as ledger:
            state = read_state(ledger, configuration, datetime.now(UTC))
    except (NoLedgerError, DamagedLedgerError, LedgerDiskError) as error:
        return answer(CheckStatus.CRITICAL, str(error))
    return check_state(state, age=age, critical=critical)


def _length(option: str, text: str) -> timedelta:
    from logan.audit.configuration_values import read_duration

    length = read_duration(text)
    if length is None:
        raise UsageError(f"{option} {text}: not a length of time. Write 26h, 90min or 3d")
    return length
