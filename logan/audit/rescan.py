"""Reading again, by the rules of today, what other rules have read and is still there.

What was found before is marked as superseded and stays. What is gone stays read by its old rules.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from logan.audit.counting import NewCounts
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import NoticeRow, RunRow
from logan.audit.ledger_values import from_microseconds, to_microseconds
from logan.audit.operations_notices import make_notice
from logan.audit.stream_identity import Holding
from logan.audit.streams import stream_of
from logan.outputs.words import name_change, name_days


class UnreadByRules(NamedTuple):
    """What only other rules than the newest have read: lines, and the newest stamp among them."""

    lines: int
    logs: int
    newest: datetime | None


def find_read_by_others(ledger: Ledger, run: RunRow, since: datetime | None) -> frozenset[int]:
    """The streams that other rules than those of a run have read, at least in part.

    `since`: only those with a line that is not older, or without any time.
    """
    query = (
        "SELECT DISTINCT stream FROM segment JOIN stream ON stream.id = segment.stream "
        "WHERE superseded_by IS NULL AND rules_id != ? AND coalesce(stream.last_time, ?) >= ?"
    )
    first = to_microseconds(since) if since is not None else 0
    found = ledger.connection.execute(query, (run.rules_id, first, first))
    return frozenset(stream for (stream,) in found)


def hold_anew(
    ledger: Ledger, holdings: Sequence[Holding], streams: frozenset[int]
) -> Iterator[Holding]:
    """The holdings; of each of the streams the first file that has all of it is read again."""
    left = set(streams)
    for holding in holdings:
        stream = holding.stream
        whole = stream in left and holding.stop >= stream_of(ledger, stream or 0).length
        if whole and holding.text.failure is None:
            left.discard(stream or 0)
            yield holding._replace(first=0, starts_anew=True)
        else:
            yield holding


def find_older_reading(ledger: Ledger) -> UnreadByRules:
    """What only other rules than those of the last run have read."""
    query = (
        "SELECT sum(to_line - from_line), count(DISTINCT stream), max(last_time) FROM segment "
        "WHERE superseded_by IS NULL "
        "AND rules_id != (SELECT rules_id FROM run ORDER BY id DESC LIMIT 1)"
    )
    lines, logs, newest = ledger.connection.execute(query).fetchone()
    return UnreadByRules(lines or 0, logs, None if newest is None else from_microseconds(newest))


def write_rescan_notices(
    counts: NewCounts, names: Mapping[str, str], run: RunRow
) -> Iterator[NoticeRow]:
    """What reading again has changed: hits that older rules did not know, or took for some.

    `names` are those of services.
    """
    for gateway, service in sorted({(key[0], key[2]) for key in counts.changes if key[1]}):
        more = counts.change(gateway, service, "hits")
        if more:
            name = names.get(service, service)
            what = name_change(more, "hit")
            when = _days_of(counts, gateway, service)
            text = f"{gateway}: {what} on {name} in logs that were read again{when}."
            yield make_notice("rescan", f"{run.mark}:{gateway}:{service}", text, run, gateway)


def _days_of(counts: NewCounts, gateway: str, service: str) -> str:
    """The local days of which the hits are others now; nothing where no line has a time."""
    wanted = (gateway, service, "hits")
    windows = (key[1] for key in counts.changes if (key[0], *key[2:]) == wanted)
    days = sorted(window for window in windows if window[:1].isdigit())
    if not days:
        return ""
    return f", {name_days(*(date.fromisoformat(day) for day in (days[0], days[-1])))}"
