"""JSON texts that hold their records in a list, or one behind the other on a line.

Interfaces and stores hand logs out so: `{"Records": [...]}` (AWS), `records` (Azure Monitor),
`value` (Microsoft Graph), `result` and `data` (vendors' interfaces), `hits.hits` (Elasticsearch),
`logEvents` (CloudWatch Logs), `[{...},{...}]`, `{...}{...}`; Grafana Loki gives a list of pairs of
a time and a line (grafana.com, Loki HTTP API, query_range). Such a text is unpacked: every record
comes on a line of its own, and the rest of the text, which is about the list, is left out. Lines
are those of the unpacked text, as the rows of a Parquet file are: they are the physical ones where
no two records touch the same line.

Nothing vanishes: what holds no record, or lists of other things too, comes as a line as it is.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from logan.formats.engine.json_scanner import LIST, NEWLINE, OBJECT, MarkEvent, MarkScanner
from logan.formats.engine.layout import RecordLists
from logan.intake.unreadable import UnreadableError

#: Lists that lie deeper than this hold what records are made of.
_DEEPEST: Final = 5
#: As much of what is around records is held until it is known whether it holds any.
_MOST_HELD: Final = 64 << 10
#: The least share of a text that its records are: in others, lists are details of something else.
_LEAST_SHARE: Final = 0.25
_MARKS: Final = b", \t\r\n"
#: A list of objects among what is left around the records.
_OTHER_LIST: Final = re.compile(rb"\[\s*\{")
#: The same among what is left around pairs, of which each list stands in an object.
_OTHER_THAN_STREAMS: Final = re.compile(rb'\[\s*\{(?!\s*"(?:stream|values)")')
#: What stands for a line about the list, which is no empty one, as `framing` expects it of a list.
_MARK: Final = b"["
#: How a pair of a time (nanoseconds since 1970) and a line begins, and what it becomes.
_PAIR: Final = re.compile(rb'\[\s*"[0-9]{19}"\s*,\s*"')
_PAIR_OPENS, _PAIR_ENDS = b'{"values":[', b"]}"


def lists_in(data: bytes, *, whole: bool) -> Iterator[tuple[RecordLists, bytes]]:
    """The ways in which a text may hold records, the list that is least deep first; each with the
    text unpacked. None for a text that is no JSON.

    `data` are the first bytes of a text, `whole` where they are all of it.
    """
    if not may_hold_lists(data):
        return
    events = list(MarkScanner(_DEEPEST, line_by_line=False).events(data))
    places = sorted(_places(data, events))
    steps = pairwise(events)
    line_by_line = not any(data.count(b"\n", a.place, b.place) for a, b in steps if a.depth)
    for depth, pairs in places:
        lists = RecordLists(depth, line_by_line, pairs)
        unpacking = _Unpacking(lists)
        text = b"".join((*unpacking.feed(data), *(unpacking.end() if whole else ())))
        if unpacking.record_bytes >= _LEAST_SHARE * len(data.strip()):
            yield lists, text


def may_hold_lists(data: bytes) -> bool:
    """False for a text that does not begin as JSON does."""
    return data.lstrip().startswith((b"{", b"["))


def _places(data: bytes, events: Iterable[MarkEvent]) -> set[tuple[int, bool]]:
    """How deep lists lie that hold objects (False) or pairs (True); 0 where two objects of none
    share a line."""
    found: set[tuple[int, bool]] = set()
    kinds: list[int] = []
    behind: int | None = None
    for place, byte, depth in events:
        if byte in (OBJECT, LIST):
            pair = byte == LIST and _PAIR.match(data, place) is not None
            if (byte == OBJECT or pair) and kinds and kinds[-1] == LIST:
                found.add((len(kinds), pair))
            if not kinds and behind is not None and b"\n" not in data[behind:place]:
                found.add((0, False))
            kinds.append(byte)
        elif kinds:
            kinds.pop()
            behind = place if not depth else behind
    return found


def unpack_lists(chunks: Iterable[bytes], lists: RecordLists) -> Iterator[bytes]:
    """A text with every record on a line of its own.

    Raises `UnreadableError` behind a text that ends in the midst of a list or an object.
    """
    unpacking = _Unpacking(lists)
    for chunk in chunks:
        yield from unpacking.feed(chunk)
    is_open = unpacking.is_open
    yield from unpacking.end()
    if is_open:
        raise UnreadableError(
            "ends in the midst of its list of records: it was cut, or is damaged",
            "copy it again from where it came from",
        )


@dataclass(slots=True)
class _Unpacking:
    """How far a text is unpacked.

    `record_bytes` counts the bytes of its records, `kinds` are the brackets around the next byte,
    `held` what stands around the records of the text that has begun.
    """

    lists: RecordLists
    record_bytes: int = 0
    _scanner: MarkScanner = field(init=False)
    _kinds: list[int] = field(default_factory=list)
    _held: bytearray = field(default_factory=bytearray)
    _out: list[bytes] = field(default_factory=list)
    _rest: bytes = b""
    _in_record: bool = False
    _behind_record: bool = False
    _row_filled: bool = False
    _row_loose: bool = False
    _line_marked: bool = False
    _records: int = 0

    def __post_init__(self) -> None:
        self._scanner = MarkScanner(self.lists.depth, self.lists.line_by_line)

    @property
    def is_open(self) -> bool:
        """True where a list or an object has not ended."""
        return self._in_record or bool(self._kinds)

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The next bytes of the text, unpacked."""
        data = self._rest + chunk
        whole = len(data.rstrip(b"\\"))
        data, self._rest = data[:whole], data[whole:]
        at = 0
        for event in self._scanner.events(data):
            self._take_text(data[at : event.place])
            at = event.place + 1
            self._take(event)
        self._take_text(data[at:])
        yield from self._given()

    def end(self) -> Iterator[bytes]:
        """What is left when all of the text is there."""
        self._take_text(self._rest)
        self._end_text()
        yield from self._given()

    def _given(self) -> Iterator[bytes]:
        given = b"".join(self._out)
        self._out.clear()
        if given:
            yield given

    def _take(self, event: MarkEvent) -> None:
        if event.byte == NEWLINE:
            self._in_record = False
            self._end_text()
            self._end_line()
        elif event.byte in (OBJECT, LIST):
            self._open(event)
        elif self._in_record:
            self._take_text(_PAIR_ENDS if self.lists.pairs else b"}")
            self._in_record, self._behind_record = False, True
        elif self._kinds:
            self._kinds.pop()
            self._take_text(bytes((event.byte,)), held=True)
            if not self._kinds:
                self._end_text()
        else:
            self._take_text(bytes((event.byte,)))

    def _open(self, event: MarkEvent) -> None:
        at_depth = len(self._kinds) == self.lists.depth
        record = event.byte == (LIST if self.lists.pairs else OBJECT)
        if record and at_depth and (not self._kinds or self._kinds[-1] == LIST):
            self._put(_PAIR_OPENS if self.lists.pairs else b"{")
            self._in_record = True
            self._records += 1
        else:
            self._kinds.append(event.byte)
            self._take_text(bytes((event.byte,)), held=True)

    def _take_text(self, text: bytes, *, held: bool = False) -> None:
        """Bytes that are no brackets of lists of records; those of `held` ones likewise."""
        if not text:
            return
        if self._in_record:
            self._out.append(text)
            self.record_bytes += len(text)
            return
        first, *others = text.split(b"\n")
        self._take_piece(first, held=held)
        for piece in others:
            self._end_line()
            self._take_piece(piece, held=held)

    def _take_piece(self, piece: bytes, *, held: bool) -> None:
        """Bytes of one line outside of records."""
        self._line_marked |= bool(piece)
        if self._behind_record:
            piece = piece.lstrip(_MARKS)
            self._behind_record = not piece
        if held or self._kinds:
            self._held += piece
            if len(self._held) > _MOST_HELD:
                self._put(bytes(self._held))
                self._held.clear()
        elif self._row_loose:
            self._out.append(piece)
        elif piece.strip(_MARKS):
            self._put(piece)
            self._row_loose = True

    def _end_text(self) -> None:
        """Behind a text: what it holds beside its records comes too, unless it is about them."""
        others = _OTHER_THAN_STREAMS if self.lists.pairs else _OTHER_LIST
        if self._held.strip() and (not self._records or others.search(self._held)):
            self._put(bytes(self._held))
        self._held.clear()
        self._kinds.clear()
        self._records = 0

    def _put(self, text: bytes) -> None:
        """Text on a line of its own."""
        if self._row_filled:
            self._out.append(b"\n")
        self._out.append(text)
        self._row_filled, self._row_loose = True, False

    def _end_line(self) -> None:
        """The end of a line of the text, between records."""
        self._out.append(b"\n" if self._row_filled or not self._line_marked else _MARK + b"\n")
        self._row_filled = self._row_loose = self._line_marked = False
