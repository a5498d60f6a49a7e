"""Counts all that is kept once more, where nights have settled only what lay near their lines.

How far the clocks of two gateways are apart, and whether they see the same traffic, only many lines
show. A night of a large ledger may judge by too few; once in a while all of them are settled
together, and the counts are made what they then come to.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from logan.audit import settled_findings
from logan.audit.counting import add_unrelated, count_tallies
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import CountRow, NoticeRow, RunRow
from logan.audit.operations_notices import make_notice
from logan.audit.purge import purged_before
from logan.audit.settled_findings import (
    AFTER,
    BEFORE,
    CountKey,
    SettlingContext,
    count_findings,
    find_stream_writers,
    settle_kept,
)
from logan.outputs.words import count
from logan.rules.model import Rules
from logan.runtime.zones import zone_info

#: One run in so many counts anew, where it has reason to.
RECOUNT_RUNS: Final = 30
#: Of more findings it would take too long for a night.
_MOST: Final = 2_000_000
#: So long behind a purge lines may lack those that they belong to.
_MARGIN: Final = timedelta(days=2)


def is_recount_due(ledger: Ledger, run: RunRow) -> bool:
    """Whether a run is to count anew: findings are too many for every night, and several gateways
    may have logged the same visits."""
    total = count_findings(ledger)
    if run.id % RECOUNT_RUNS or not settled_findings.SETTLED_TOGETHER < total <= _MOST:
        return False
    return len({*find_stream_writers(ledger, AFTER).values()}) > 1


def count_anew(ledger: Ledger, rules: Rules, *, zone: str) -> Mapping[CountKey, int]:
    """What is to be added to the counts for them to be those of all findings settled together.

    Days that a purge has touched keep what was counted of them; so do, once there was a purge, the
    lines by bin, which have no days.
    """
    view = settle_kept(ledger, SettlingContext(count_findings(ledger), None), rules, BEFORE)
    truth: Counter[CountKey] = Counter()
    for key, value in view.counts(zone):
        truth[key] += value
    limit = purged_before(ledger)
    if limit is None:
        truth.update(count_tallies(ledger))
        add_unrelated(truth)
        whole = None
    else:
        whole = (limit.astimezone(zone_info(zone)) + _MARGIN).date()
    stored = {
        (row.gateway, row.window, row.service, row.measure): row.value
        for row in ledger.select(CountRow)
    }
    return {
        key: truth[key] - stored.get(key, 0)
        for key in sorted({*truth, *stored})
        if _is_whole(key[1], whole) and truth[key] != stored.get(key, 0)
    }


def _is_whole(window: str, since: date | None) -> bool:
    """Whether all lines of a window are kept."""
    return since is None or (window[:1].isdigit() and window >= since.isoformat())


def write_recount_notices(
    changes: Mapping[CountKey, int], names: Mapping[str, str], run: RunRow
) -> Iterator[NoticeRow]:
    """What counting anew has changed in hits; `names` are those of services."""
    hits: Counter[tuple[str, str]] = Counter()
    for (gateway, window, service, measure), value in changes.items():
        if window and measure == "hits":
            hits[gateway, service] += value
    for (gateway, service), number in sorted(hits.items()):
        if number:
            what = count(abs(number), f"{'more' if number > 0 else 'less'} hit")
            text = (
                f"{gateway}: {what} on {names.get(service, service)} than nights had counted, now "
                "that all kept findings were settled together"
            )
            yield make_notice("rescan", f"{run.mark}:anew:{gateway}:{service}", text, run, gateway)
