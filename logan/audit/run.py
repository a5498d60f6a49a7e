"""The nightly run: what is new in the logs of all gateways, read once and put into the ledger.

Each file has a transaction of its own, so that a run that is killed has read some files and not the
others, and the next one goes on from there. What the new lines come to, what is to be told of it
and the end of the run are one more transaction; counting all findings anew, and forgetting, which
few runs have to do, come behind it. A run tells nobody: it leaves notices.
"""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from logan.audit.configuration import AuditConfiguration
from logan.audit.last_run import find_lost_runs, note_last_run
from logan.audit.ledger import Ledger, NoLedgerError, explained
from logan.audit.ledger_lock import hold_lock, lock_of
from logan.audit.ledger_opening import create_ledger, open_ledger
from logan.audit.ledger_rows import RunRow
from logan.audit.operations_notices import (
    tell_clock,
    tell_purge,
)
from logan.audit.purge import purge_expired
from logan.audit.recount import is_recount_due, recount
from logan.audit.rescan import find_read_by_others
from logan.audit.run_book import begin_run, clock_jump
from logan.audit.run_under_way import AuditRun, RunOutcome
from logan.rules.packs import load_rules


def begin_audit(configuration: AuditConfiguration, *, now: datetime | None = None) -> RunOutcome:
    """Make the ledger and read all there is, telling nobody of it.

    Raises `LedgerError` where there is one already or none can be made, `LockedError`,
    `ConfigurationError` and `UsageError` for the rules.
    """
    with hold_lock(configuration.ledger), closing(create_ledger(configuration.ledger)) as ledger:
        return _run(ledger, configuration, now, "baseline")


def run_audit(
    configuration: AuditConfiguration,
    *,
    now: datetime | None = None,
    wait: timedelta = timedelta(),
) -> RunOutcome:
    """Read what is new since the last run.

    Without a ledger one is made, and the run is a baseline. Raises `LockedError` if another run
    is under way for longer than `wait`, `LedgerError` where the ledger cannot be read or written
    (what was committed stands), `ConfigurationError` and `UsageError` for the rules.
    """
    with hold_lock(configuration.ledger, wait=wait):
        try:
            ledger = open_ledger(configuration.ledger)
        except NoLedgerError:
            with closing(create_ledger(configuration.ledger)) as ledger:
                outcome = _run(ledger, configuration, now, "rebuilt")
            return replace(outcome, ledger_was_lost=True)
        with closing(ledger):
            return _run(ledger, configuration, now, "run")


def rescan_audit(
    configuration: AuditConfiguration,
    *,
    since: datetime | None = None,
    now: datetime | None = None,
    wait: timedelta = timedelta(),
) -> RunOutcome:
    """Read what is new, then read again what other rules have read and is still there.

    `since`: only logs with a line that is not older. Gives what became of both runs together.
    Raises as `run_audit`, and `NoLedgerError`.
    """
    with (
        hold_lock(configuration.ledger, wait=wait),
        closing(open_ledger(configuration.ledger)) as ledger,
    ):
        first = _run(ledger, configuration, now, "run")
        again = _run(ledger, configuration, now, "rescan", since)
        return replace(
            again,
            why=tuple(dict.fromkeys((*first.why, *again.why))),
            lines=first.lines + again.lines,
            new_hits=first.new_hits + again.new_hits,
            notices=first.notices + again.notices,
        )


def _run(
    ledger: Ledger,
    configuration: AuditConfiguration,
    now: datetime | None,
    kind: str,
    since: datetime | None = None,
) -> RunOutcome:
    def clock() -> datetime:
        return now or datetime.now(UTC)

    with explained(ledger.path):
        rules = load_rules(configuration.rules.files, configuration.rules.packs)
        lock = lock_of(ledger.path)
        lost = find_lost_runs(lock, ledger) if kind in ("run", "rescan") else None
        run = begin_run(ledger, configuration, rules, clock(), kind)
        again = find_read_by_others(ledger, run, since) if run.kind == "rescan" else frozenset()
        under_way = AuditRun(ledger, configuration, rules, run, clock, again)
        outcome = under_way.finished([lost] if lost else [])
        note_last_run(lock, ledger)
        notices = outcome.notices
        if is_recount_due(ledger, run):
            notices += recount(ledger, rules, run, zone=configuration.tz, clock=clock)
        return replace(outcome, notices=notices + _forget(ledger, configuration, run))


def _forget(ledger: Ledger, configuration: AuditConfiguration, run: RunRow) -> int:
    """Remove what is no longer to be kept; how many notices that makes."""
    ahead = clock_jump(ledger, run)
    outcome = purge_expired(ledger, configuration, now=run.start, dry_run=ahead is not None)
    told = tell_purge(outcome, run) if ahead is None else tell_clock(outcome, ahead, run)
    notices = [] if run.is_baseline else [*told]
    with ledger.transaction():
        before = ledger.connection.total_changes
        ledger.insert_all(notices, ignore=True)
        return ledger.connection.total_changes - before
