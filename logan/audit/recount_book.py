"""Whether all findings are settled together every night, and when they last were: what may be asked
at any time.
"""

from datetime import datetime
from typing import Final, NamedTuple

from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import RecountRow

#: As many findings are settled all together.
SETTLED_TOGETHER: Final = 200_000
#: One run in so many counts anew, where it has reason to.
RECOUNT_RUNS: Final = 30


class CountingByNights(NamedTuple):
    """That findings are too many to be settled together every night: how many there are.

    `last` is when all of them were last counted anew, `tried` when that was last begun (later than
    `last` where it was killed); None: never so far. `next_run` is the run that does it again.
    """

    findings: int
    last: datetime | None
    tried: datetime | None
    next_run: int


def count_findings(ledger: Ledger) -> int:
    """How many findings a ledger keeps, those of older rules among them."""
    return ledger.number("SELECT sum(height) FROM rows WHERE kind = 'findings'")


def is_counted_by_nights(ledger: Ledger) -> bool:
    """Whether findings are too many to be settled together every night."""
    return count_findings(ledger) > SETTLED_TOGETHER


def newest_recount(ledger: Ledger, rest: str = "") -> RecountRow | None:
    """The last time that all findings were counted anew, or were to be; `rest`: such ones alone."""
    rows = ledger.select(RecountRow, f"{rest} ORDER BY run DESC LIMIT 1")
    return rows[0] if rows else None


def counting_by_nights(ledger: Ledger, gateways: int) -> CountingByNights | None:
    """How hits are counted, where a night cannot look at all findings.

    With one gateway it makes no difference, unless its folder turned out to hold several.
    """
    tried, findings = newest_recount(ledger), count_findings(ledger)
    if findings <= SETTLED_TOGETHER or (gateways == 1 and tried is None):
        return None
    done = newest_recount(ledger, "WHERE ended IS NOT NULL")
    runs = ledger.number("SELECT max(id) FROM run")
    return CountingByNights(
        findings=findings,
        last=done.began if done else None,
        tried=tried.began if tried else None,
        next_run=max(runs + 1, (tried.run if tried else 0) + RECOUNT_RUNS),
    )
