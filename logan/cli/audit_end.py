"""The end of a run: who is told what, the metrics, and what the process says to cron."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import click

from logan.errors import ExitStatus, LockedError, LoganError, OutputError
from logan.outputs.text import printable

if TYPE_CHECKING:
    from logan.audit.configuration import AuditConfiguration
    from logan.audit.delivery import DeliveryFailure, DeliveryOutcome
    from logan.audit.run_under_way import RunOutcome
    from logan.audit.subjects import Subject

#: How long telling waits for a run that has begun in between; that one tells then.
_TELLING_WAITS: Final = timedelta(minutes=1)
LEDGER_LOST: Final = "no ledger: this is a baseline. What was new since the last run is not told"


def finish(outcome: "RunOutcome", configuration: "AuditConfiguration") -> ExitStatus:
    """Tell what is owed, write the metrics, and say what the run comes to.

    A status of 3 is never silent: what is not complete stands on standard error, for the journal.
    """
    complaints, delivered = list(_complaints(outcome, configuration.tz)), 0
    try:
        told = _tell(configuration)
        delivered = told.delivered
        complaints += [f"{_undelivered(one)}. The next run tries again" for one in told.failures]
    except LockedError:
        complaints.append("another run began before notices were told: it tells them at its end")
    except LoganError as error:
        complaints.append(str(error))
    try:
        _write_metrics(configuration)
    except LoganError as error:
        complaints.append(str(error))
    for complaint in complaints:
        click.echo(f"logan: {printable(complaint)}", err=True)
    if complaints:
        return ExitStatus.INCOMPLETE
    return ExitStatus.CONDITION_HOLDS if delivered else outcome.status


def _complaints(outcome: "RunOutcome", zone: str) -> Iterator[str]:
    from logan.audit.operations_notices import write_silence

    if outcome.ledger_was_lost:
        yield LEDGER_LOST
    for reason in outcome.why:
        yield f"incomplete: {reason}"
    for gateway, newest in outcome.silent.items():
        yield f"{gateway} is silent: {write_silence(newest, zone)}, for longer than it may"


def _undelivered(failure: "DeliveryFailure") -> str:
    from logan.outputs.words import count

    notices = count(failure.notices, "notice")
    return f"{notices} could not be delivered to {failure.recipient}: {failure.why}"


def _tell(configuration: "AuditConfiguration") -> "DeliveryOutcome":
    from logan.audit.delivery import deliver
    from logan.audit.ledger_lock import hold_lock
    from logan.audit.ledger_opening import open_ledger

    place = configuration.ledger
    with hold_lock(place, wait=_TELLING_WAITS), open_ledger(place) as ledger:
        return deliver(ledger, configuration, now=_now, print_text=_print)


def _write_metrics(configuration: "AuditConfiguration") -> None:
    from logan.audit.ledger_opening import open_ledger
    from logan.audit.metrics import write_metrics
    from logan.audit.state import read_state

    if configuration.prometheus is not None:
        with open_ledger(configuration.ledger) as ledger:
            state = read_state(ledger, configuration, _now())
        write_metrics(state, configuration.prometheus)


def _now() -> datetime:
    return datetime.now(UTC)


def _print(text: str) -> None:
    try:
        click.echo(text, nl=False)
        sys.stdout.flush()
    except OSError as error:
        raise OutputError(f"standard output could not be written: {error.strerror}") from error


def tell_at_once(configuration: "AuditConfiguration", about: "Subject", text: str) -> None:
    """Tell what the ledger cannot take; what then fails stands on standard error."""
    from logan.audit.delivery import tell_directly
    from logan.audit.ledger_rows import NoticeRow

    moment = _now()
    key = f"{about}:{moment:%Y-%m-%dT%H:%M:%SZ}"
    notice = NoticeRow(key, about, run=0, gateway=None, text=text, made=moment)
    for failure in tell_directly(configuration, notice):
        click.echo(f"logan: {printable(_undelivered(failure))}", err=True)
