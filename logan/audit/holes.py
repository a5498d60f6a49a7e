"""Logs that ended where a run had read them, and of whose last lines nobody knows: holes.

Not every log that goes leaves one: what was compressed or lay in an archive was read whole, and so
was what rotation had put aside. Nor is a log gone that a run could not look at
(`logan.audit.unseen_logs`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from logan.audit.findings_notices import write_span
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import NoticeRow, RunRow
from logan.audit.ledger_values import from_microseconds, to_microseconds
from logan.audit.log_rows import PlaceRow, StreamRow
from logan.audit.operations_notices import make_notice
from logan.outputs.words import count


def may_have_grown(place: PlaceRow, stream: StreamRow) -> bool:
    """Whether lines may have been written to a file behind those that were read of it."""
    if place.member:
        return False
    return not place.packed or place.failure is not None or place.length < stream.length


def tell_holes(
    ledger: Ledger,
    run: RunRow,
    gone: Iterable[StreamRow],
    holding: Mapping[str, int | None],
    zone: str,
) -> Iterator[NoticeRow]:
    """Streams that ended where they had begun, in a file that has other lines now, or none.

    `gone` are streams that the last run saw and that no file has any more, `holding` gives the
    files there are, and the stream that each holds. Whatever was written between the last line
    that was read and the first of what follows was never seen. A stream that lay elsewhere in the
    end had been rotated, and so read whole; so had one that another log was rotated over.
    """
    for stream in gone:
        ended = stream.last_time
        if ended is None or stream.path != stream.first_path:
            continue
        if stream.path in holding:
            cut = not _is_rotated_over(ledger, ended, holding[stream.path], run)
        else:
            query = "SELECT max(last_time) FROM stream WHERE gateway = ? AND first_run < ?"
            cut = ledger.value(query, stream.gateway, run.id) == to_microseconds(ended)
        if cut:
            yield _tell_hole(stream, ended, _next_time(ledger, stream, ended, run), run, zone)


def _is_rotated_over(ledger: Ledger, ended: datetime, other: int | None, run: RunRow) -> bool:
    """Whether what lies in a log's place was known before this run, by later lines than its own.

    So the oldest of some rotated logs goes: the next one gets its name. What was cut has new lines.
    """
    if other is None:
        return False
    query = "SELECT max(last_time) FROM segment WHERE stream = ? AND run < ?"
    latest = ledger.value(query, other, run.id)
    return isinstance(latest, int) and latest > to_microseconds(ended)


def _next_time(ledger: Ledger, stream: StreamRow, ended: datetime, run: RunRow) -> datetime:
    """When the next lines of the gateway were written, as far as there are any."""
    query = (
        "SELECT min(first_time) FROM stream WHERE gateway = ? AND first_run = ? AND first_time >= ?"
    )
    stored = ledger.value(query, stream.gateway, run.id, ended)
    return from_microseconds(stored) if isinstance(stored, int) else max(run.start, ended)


def _tell_hole(
    stream: StreamRow, ended: datetime, goes_on: datetime, run: RunRow, zone: str
) -> NoticeRow:
    minutes = -((ended - goes_on) // timedelta(minutes=1))
    text = (
        f"{stream.gateway}: {stream.path} was cut or removed, and what was written last may never "
        f"have been read: a hole of up to {count(minutes, 'minute')}, "
        f"{write_span(ended, goes_on, zone)}"
    )
    made = make_notice("hole", str(stream.id), text, run, stream.gateway)
    return replace(made, first_time=ended, last_time=goes_on)
