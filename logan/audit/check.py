"""`logan audit check`: how an audit stands, in one line, as monitoring plugins say it.

Statuses and the form of the line are those of the Monitoring Plugins Development Guidelines, which
Nagios, Icinga and Naemon read: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; figures behind a bar, as
`label=value;warning;critical`. Their units are s, %, B and c, so lengths of time are in seconds.
"""

from collections.abc import Iterator
from datetime import timedelta
from enum import IntEnum
from typing import Final, NamedTuple

from logan.audit.state import AuditState

#: Facts about services that nobody has gone through for so long may be wrong by now.
_OLD_RULES: Final = timedelta(days=365)
#: A run that ended so far in the future was one of a wrong clock: nobody knows how old it is.
_CLOCKS_DIFFER: Final = timedelta(hours=1)


class CheckStatus(IntEnum):
    """What a monitoring system is told; the greater of two is the worse."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


class CheckResult(NamedTuple):
    """The status, and the one line that goes with it."""

    status: CheckStatus
    line: str


class _Finding(NamedTuple):
    status: CheckStatus
    words: str


def check_state(state: AuditState, *, age: timedelta, critical: timedelta) -> CheckResult:
    """Judge a state: a complete run older than `age` is a warning, than `critical` critical."""
    since = state.now - state.last_complete if state.last_complete else None
    findings = [*_soundness(state), *_runs(since, age, critical), *_gateways(state), *_state(state)]
    if since is not None and not any(one.words.startswith("last complete") for one in findings):
        findings.append(_Finding(CheckStatus.OK, f"last complete run {spell(since)} ago"))
    if state.unseen_hits == 0:
        findings.append(_Finding(CheckStatus.OK, "no hits to look at"))
    worst = max(one.status for one in findings)
    said = ", ".join(one.words for one in sorted(findings, key=lambda one: -one.status))
    return answer(worst, f"{said} | {_figures(state, since, age, critical)}")


def answer(status: CheckStatus, words: str) -> CheckResult:
    """A status with its line."""
    return CheckResult(status, f"LOGAN {status.name} - {words}")


def _soundness(state: AuditState) -> Iterator[_Finding]:
    if state.faults:
        more = f" and {len(state.faults) - 1:,} more" if len(state.faults) > 1 else ""
        yield _Finding(CheckStatus.CRITICAL, f"the ledger was altered: {state.faults[0]}{more}")


def _runs(since: timedelta | None, age: timedelta, critical: timedelta) -> Iterator[_Finding]:
    if since is None:
        yield _Finding(CheckStatus.CRITICAL, "no run was ever complete")
    elif -since > _CLOCKS_DIFFER:
        words = f"last complete run {spell(-since)} ahead of this clock"
        yield _Finding(CheckStatus.WARNING, words)
    elif since > age:
        status = CheckStatus.CRITICAL if since > critical else CheckStatus.WARNING
        yield _Finding(status, f"last complete run {spell(since)} ago")


def _gateways(state: AuditState) -> Iterator[_Finding]:
    for gateway in state.gateways:
        if gateway.silent is not None:
            words = f"{gateway.name} silent for {spell(gateway.silent)}"
            yield _Finding(CheckStatus.CRITICAL, words)


def _state(state: AuditState) -> Iterator[_Finding]:
    last = state.last_ended
    owed = sum(one.notices for one in state.owed)
    old = [pack for pack in state.packs if state.now.date() - pack.checked > _OLD_RULES]
    if state.unseen_hits:
        yield _warning(state.unseen_hits, "hit", "not looked at")
    if state.unseen_holes:
        yield _warning(state.unseen_holes, "hole", "in the logs")
    if state.rebuilt is not None:
        words = f"ledger made anew {spell(state.now - state.rebuilt)} ago, as there was none"
        yield _Finding(CheckStatus.WARNING, words)
    if last is not None and not last.complete:
        yield _Finding(CheckStatus.WARNING, "last run incomplete")
    if owed:
        yield _warning(owed, "notice", "not delivered")
    for pack in old:
        yield _Finding(CheckStatus.WARNING, f"rules {pack.name} of {pack.checked}")


def _warning(number: int, noun: str, what: str) -> _Finding:
    plural = noun if number == 1 else f"{noun}s"
    return _Finding(CheckStatus.WARNING, f"{number} {plural} {what}")


def _figures(
    state: AuditState, since: timedelta | None, age: timedelta, critical: timedelta
) -> str:
    seconds = "U" if since is None else f"{since.total_seconds():.0f}s"
    return (
        f"age={seconds};{age.total_seconds():.0f};{critical.total_seconds():.0f} "
        f"hits={sum(state.hits.values())}c unseen={state.unseen_hits} "
        f"uncovered={state.uncovered_hours}h"
    )


def spell(span: timedelta) -> str:
    """A length of time as one reads it: `50 min`, `5 h`, `3 days`."""
    hours = span // timedelta(hours=1)
    if hours < 2:
        return f"{max(span, timedelta()) // timedelta(minutes=1)} min"
    return f"{hours} h" if hours < 72 else f"{hours // 24} days"
