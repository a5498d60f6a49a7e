"""Streams as the ledger has them: what gateways wrote, under whatever names."""

from collections.abc import Sequence
from typing import Final

from logan.audit.ledger import Ledger
from logan.audit.log_rows import SegmentRow, StreamRow
from logan.evidence.document import restore_source
from logan.evidence.joined_parts import join_parts
from logan.evidence.read_source import ReadSource

_CURRENT: Final = "WHERE stream = ? AND superseded_by IS NULL ORDER BY from_byte"


def stream_of(ledger: Ledger, number: int) -> StreamRow:
    """The stream with this id."""
    return ledger.select(StreamRow, "WHERE id = ?", number)[0]


def formats_of(ledger: Ledger, gateway: str) -> set[str | None]:
    """What the streams of a gateway were taken for so far."""
    query = "SELECT DISTINCT format FROM stream WHERE gateway = ?"
    return {name for (name,) in ledger.connection.execute(query, (gateway,))}


def segments_of(ledger: Ledger, stream: int) -> list[SegmentRow]:
    """The segments of a stream that count, in their order."""
    return ledger.select(SegmentRow, _CURRENT, stream)


def joined_failure(ledger: Ledger, stream: int) -> str | None:
    """Why the lines of a stream, all taken together, could not be made out; None: they could."""
    return join_segments(segments_of(ledger, stream), "").failure


def join_segments(segments: Sequence[SegmentRow], name: str) -> ReadSource:
    """What the segments of one stream say of it together, as a source of this name."""
    parts = (restore_source(one.source) for one in segments)
    return join_parts([part._replace(name=name) for part in parts]).sources[0]
