"""Puts what was read of a file into the ledger: its lines, or nothing, in one transaction."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from logan.audit.file_texts import FileText
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import LedgerRow, RunRow
from logan.audit.log_files import tail_sha256
from logan.audit.log_rows import BeginningRow, HourRow, PlaceRow, PrefixRow, SegmentRow, StreamRow
from logan.audit.new_lines import NewLines
from logan.audit.stored_findings import FINDINGS, REJECTS, pack_rows
from logan.audit.stream_identity import Holding
from logan.evidence.document import describe_source
from logan.intake.beginnings import LENGTHS
from logan.intake.packed import is_damage
from logan.intake.unreadable import UnreadableError

_NEXT_LINE: Final = "UPDATE prefix SET next_line_sha256 = ? WHERE stream = ? AND length = ?"
_LENGTHS: Final = "SELECT DISTINCT length FROM prefix WHERE stream = ?"
_FORGET: Final = "DELETE FROM prefix WHERE stream = ? AND length = ?"
_SUPERSEDE: Final = (
    "UPDATE segment SET superseded_by = ? WHERE stream = ? AND id < ? AND superseded_by IS NULL"
)


def store_lines(
    ledger: Ledger, run: RunRow, new: NewLines, stream: StreamRow | None, since: datetime
) -> StreamRow:
    """Store what was read of a file; the stream as it is now. `stream` None: it is a new one.

    Raises `LedgerError` where the ledger cannot be written: then nothing of the file is stored.
    """
    with ledger.transaction():
        now = _stream_now(run, new, stream)
        if stream is None:
            now = replace(now, id=ledger.insert(now))
        else:
            ledger.update(now)
        before = stream.lines if stream is not None and not new.holding.starts_anew else 0
        segment = ledger.insert(_segment(run, new, now, before))
        if new.holding.starts_anew:
            ledger.connection.execute(_SUPERSEDE, (segment, now.id, segment))
        if new.holding.is_mended:
            _forget_damaged(ledger, new.holding, now.id)
        known = stream.length if stream is not None else 0
        if new.holding.next_line_sha256 is not None:
            ledger.connection.execute(_NEXT_LINE, (new.holding.next_line_sha256, now.id, known))
        ledger.connection.execute("DELETE FROM beginning WHERE stream = ?", (now.id,))
        ledger.insert_all(_rows(run, new, now, segment), ignore=True)
        place = place_of(new.holding, now, run, since)
        ledger.insert(replace(place, failure=place.failure or new.source.failure), replace=True)
    return now


def _forget_damaged(ledger: Ledger, holding: Holding, stream: int) -> None:
    """Forget of a stream what was known of a damaged text and is not so in the sound one."""
    trace = holding.text.trace
    reached = trace.reached if trace is not None else {}
    next_lines = trace.next_lines if trace is not None else {}
    for (length,) in ledger.connection.execute(_LENGTHS, (stream,)).fetchall():
        if stream in reached.get(length, ()):
            ledger.connection.execute(_NEXT_LINE, (next_lines.get(length), stream, length))
        else:
            ledger.connection.execute(_FORGET, (stream, length))


def place_of(holding: Holding, stream: StreamRow | None, run: RunRow, since: datetime) -> PlaceRow:
    """Where a file lies that was looked at, and how much of a stream it holds."""
    text = holding.text
    device, inode, size, changed, member = text.file.stamp
    return PlaceRow(
        path=text.file.source.name,
        device=device,
        inode=inode,
        size=size,
        mtime_ns=changed,
        gateway=text.file.gateway,
        stream=stream.id if stream is not None else None,
        length=text.stop,
        waiting=text.waiting,
        since=since,
        run=run.id,
        tail_sha256=_tail(text),
        failure=text.failure,
        member=member,
        packed=text.head.is_packed,
    )


def prefix_of(text: FileText, stream: int, run: RunRow) -> PrefixRow | None:
    """The end of a file as a length at which its stream is known again, if it was read to it."""
    if text.sha256 is None:
        return None
    return PrefixRow(stream, 0, text.stop, text.sha256, run.id)


def _tail(text: FileText) -> str | None:
    if not text.head.is_text or not text.stop:
        return None
    try:
        return tail_sha256(text.file, text.stop)
    except UnreadableError:
        return None


def _stream_now(run: RunRow, new: NewLines, stream: StreamRow | None) -> StreamRow:
    text, source = new.holding.text, new.source
    begun = stream or StreamRow(
        gateway=text.file.gateway,
        path="",
        first_path=text.file.source.name,
        format=None,
        zone="UTC",
        recognition="",
        first_run=run.id,
        seen_run=run.id,
    )
    anew = new.holding.starts_anew or stream is None
    part = source.part
    directives = part.directives if part is not None else ()
    tally = source.tally
    firsts = (tally.first_time, None if anew else begun.first_time)
    lasts = (tally.last_time, None if anew else begun.last_time)
    return replace(
        begun,
        path=text.file.source.name,
        format=source.format,
        zone=source.zone,
        recognition=new.recognition,
        read_as=new.read_as if anew else begun.read_as,
        seen_run=run.id,
        directives=directives if anew else (*begun.directives, *directives),
        length=text.stop,
        lines=tally.lines + (0 if anew else begun.lines),
        unfinished=text.unfinished,
        first_time=min((time for time in firsts if time), default=None),
        last_time=max((time for time in lasts if time), default=None),
        damage=text.failure if text.failure and is_damage(text.failure) else None,
    )


def _segment(run: RunRow, new: NewLines, stream: StreamRow, before: int) -> SegmentRow:
    holding, tally = new.holding, new.source.tally
    return SegmentRow(
        stream=stream.id,
        run=run.id,
        rules_id=run.rules_id,
        from_line=before,
        to_line=before + tally.lines,
        from_byte=holding.first,
        to_byte=holding.text.stop,
        sha256=new.sha256,
        bins=dict(tally.bins),
        source=describe_source(new.source),
        first_time=tally.first_time,
        last_time=tally.last_time,
    )


def _rows(run: RunRow, new: NewLines, stream: StreamRow, segment: int) -> Iterator[LedgerRow]:
    """All that a segment brings with it."""
    text = new.holding.text
    for kind, rows in ((FINDINGS, new.findings), (REJECTS, new.rejects)):
        if not rows.is_empty():
            yield pack_rows(segment, kind, rows)
    yield PrefixRow(stream.id, new.holding.first, text.stop, new.sha256, run.id)
    if (whole := prefix_of(text, stream.id, run)) is not None:
        yield whole
    yield from _beginnings(text, stream)
    for hour in sorted(new.source.tally.hours):
        yield HourRow(stream.gateway, hour, run.rules_id)


def _beginnings(text: FileText, stream: StreamRow) -> Iterator[BeginningRow]:
    """The checksums of what a stream begins with, as far as it goes."""
    sums = text.head.beginning[: bisect_right(LENGTHS, stream.length)]
    if not sums:
        yield BeginningRow(0, 0, stream.id, True)
    for size, crc in zip(LENGTHS, sums, strict=False):
        yield BeginningRow(size, crc, stream.id, size == LENGTHS[len(sums) - 1])
