"""What records are packed in within a text, and how they come out: one concept for all ways.

A text whose records stand in JSON lists, in frames behind their lengths, or in a document of events
is unpacked before lines are cut: every record comes on a line of its own. Lines are those of the
unpacked text, as the rows of a Parquet file are; they are the physical ones where no two records
touch the same line.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

from logan.formats.engine.json_lists import lists_in, unpack_lists
from logan.formats.engine.layout import Packing, RecordLists
from logan.formats.engine.octet_frames import may_hold_frames, unpack_frames
from logan.formats.engine.xml_events import may_hold_events, unpack_events
from logan.intake.unreadable import UnreadableError

#: What notes call each way.
_WORDS: Final = {"frames": "frames behind their lengths", "events": "a document of events"}


def sure_packing(data: bytes) -> Packing | None:
    """The way in which a text is packed without doubt, by its first bytes."""
    if may_hold_frames(data):
        return "frames"
    return "events" if may_hold_events(data) else None


def possible_packings(data: bytes, *, whole: bool, known: bool) -> Iterator[tuple[Packing, bytes]]:
    """The ways in which a text may be packed; each with what `data`, its first bytes (all of it
    where `whole`), are unpacked. Where a format has `known` most lines as they stand, the others
    may hold several objects, and nothing else is possible."""
    return (found for found in lists_in(data, whole=whole) if not known or not found[0].depth)


def unpacked(chunks: Iterable[bytes], packing: Packing) -> Iterator[bytes]:
    """A text with every record on a line of its own.

    Raises `UnreadableError` behind a text that ends in the midst of its records.
    """
    if isinstance(packing, RecordLists):
        return unpack_lists(chunks, packing)
    return unpack_frames(chunks) if packing == "frames" else unpack_events(chunks)


def unpacked_start(data: bytes, packing: Packing | None) -> bytes:
    """The first bytes of a text, unpacked as far as they go."""
    if packing is None:
        return data
    found: list[bytes] = []
    with suppress(UnreadableError):
        found.extend(unpacked((data,), packing))
    return b"".join(found)


def note_of(packing: Packing) -> str:
    """What `line` means in such a text."""
    where = "lists" if isinstance(packing, RecordLists) else _WORDS[packing]
    return f"its records stand in {where}: where several touch one line, each counts as one"
