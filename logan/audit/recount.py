"""Counts all that is kept once more, where nights have settled only what lay near their lines.

How far the clocks of two gateways are apart, and whether they see the same traffic, only many lines
show. A night of a large ledger may judge by too few; once in a while all of them are settled
together, however many they are, and the counts are made what they then come to. A run does so when
all else of it is stored, so that nothing is lost where it is killed at it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from logan.audit import recount_book
from logan.audit.counting import add_counts, add_unrelated, count_tallies
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import CountRow, NoticeRow, RecountRow, RunRow
from logan.audit.operations_notices import make_notice
from logan.audit.purge import purged_before
from logan.audit.recount_book import count_findings, is_counted_by_nights, newest_recount
from logan.audit.settled_findings import (
    AFTER,
    BEFORE,
    CountKey,
    SettlingContext,
    are_told_apart_anew,
    find_stream_writers,
    settle_kept,
)
from logan.outputs.words import name_change
from logan.rules.model import Rules
from logan.runtime.zones import zone_info

#: So long behind a purge lines may lack those that they belong to.
_MARGIN: Final = timedelta(days=2)


def is_recount_due(ledger: Ledger, run: RunRow) -> bool:
    """Whether a run is to count anew: findings are too many for every night, several gateways may
    have logged the same visits, and that was last done long ago, or by other gateways.

    To be asked when the run has ended. Lines without a hit may show that files which were taken for
    those of one gateway are of two: that concerns all of their findings, however old.
    """
    if not is_counted_by_nights(ledger):
        return False
    if len({*find_stream_writers(ledger, AFTER).values()}) < 2:
        return False
    last = newest_recount(ledger)
    if run.id - (last.run if last else 0) >= recount_book.RECOUNT_RUNS:
        return True
    return are_told_apart_anew(ledger, f"counted_by <= {last.run if last else run.id - 1}")


def recount(
    ledger: Ledger, rules: Rules, run: RunRow, *, zone: str, clock: Callable[[], datetime]
) -> int:
    """Make the counts those of all kept findings; how many notices tell what that changed.

    That it begins is stored first: whatever kills it does not meet every run behind this one.
    """
    row = RecountRow(run.id, clock(), count_findings(ledger))
    with ledger.transaction():
        ledger.insert(row)
    changes = count_anew(ledger, rules, zone=zone)
    notices = [*write_recount_notices(changes, rules.service_names, run)]
    with ledger.transaction():
        add_counts(ledger, changes)
        ledger.insert_all(notices, ignore=True)
        ledger.insert(replace(row, ended=clock()), replace=True)
    return len(notices)


def count_anew(ledger: Ledger, rules: Rules, *, zone: str) -> Mapping[CountKey, int]:
    """What is to be added to the counts for them to be those of all findings settled together.

    Days that a purge has touched keep what was counted of them; so do, once there was a purge, the
    lines by bin, which have no days.
    """
    every = SettlingContext(count_findings(ledger), None)
    view = settle_kept(ledger, every, rules, BEFORE, only_counted=True)
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
            text = (
                f"{gateway}: {name_change(number, 'hit')} on {names.get(service, service)} than "
                "nights had counted, now that all kept findings were settled together"
            )
            yield make_notice("rescan", f"{run.mark}:anew:{gateway}:{service}", text, run, gateway)
