"""Copies of logs that are damaged, and sound ones that came in their place.

What a damaged compressed file is read as may be altered before its end, so that it is the beginning
of nothing: put back whole the file would be another log. So where a sound file begins as a damaged
one did that a run has read, the stream is read again from it, in place of what was read of it; and
a damaged file that begins as a known log does is not read at all. A common beginning is one of
`_ENOUGH` bytes or more with a dated line in it, in logs of one gateway: many logs have one header.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from logan.audit.ledger import Ledger
from logan.audit.log_files import LogFile
from logan.audit.log_rows import BeginningRow, PlaceRow, StreamRow
from logan.audit.stream_identity import Holding
from logan.intake.beginnings import LENGTHS
from logan.intake.packed import is_damage
from logan.outputs.words import count

_ENOUGH: Final = 1 << 10
_ALIKE: Final = (
    "SELECT stream FROM beginning JOIN stream ON stream.id = beginning.stream "
    "WHERE bytes = ? AND crc32 = ? AND gateway = ? ORDER BY stream"
)

#: Whether a line in the first bytes of a file, so many, has a time.
IsDated = Callable[[LogFile, int], bool]


class MendedHoldings(NamedTuple):
    """`holdings` as they are to be read. `why` says which lines may count twice all the same."""

    holdings: Sequence[Holding]
    why: Sequence[str]

    @property
    def gateways(self) -> frozenset[str]:
        """Those of mended files, which may have lines in other hours than were read."""
        return frozenset([one.file.gateway for one in self.holdings if one.is_mended])


class _DamagedStream(NamedTuple):
    """A stream that was read from a damaged file; `paths` are the files that had it last night."""

    row: StreamRow
    beginning: tuple[int, ...]
    paths: frozenset[str]


def mend_holdings(
    ledger: Ledger,
    holdings: Sequence[Holding],
    places: Sequence[PlaceRow],
    unchanged: Iterable[PlaceRow],
    is_dated: IsDated,
) -> MendedHoldings:
    """The holdings, with damaged files and those that are mended told from other logs.

    `places` are what the last run saw, `unchanged` those that need no look. The ledger is read.
    """
    rows = ledger.select(StreamRow, "WHERE damage IS NOT NULL ORDER BY id")
    if not rows and not [one for one in holdings if one.text.failure]:
        return MendedHoldings(holdings, ())
    sound = {(one.stream, one.length) for one in unchanged}
    sound |= {(one.stream, one.stop) for one in holdings if one.text.failure is None}
    left = [one for one in rows if (one.id, one.length) not in sound]
    damaged = [_describe_damaged(ledger, one, places) for one in left]
    mended = dict(_match_mended(holdings, damaged, is_dated))
    held = {one.stream for one in holdings} | set(mended.values())
    why = _find_doubtful(holdings, [one for one in damaged if one.row.id not in held], mended)
    renumbered = [_renumber(one, mended) for one in holdings]
    return MendedHoldings([*_leave_damaged(ledger, renumbered, mended, is_dated)], [*why])


def _describe_damaged(ledger: Ledger, row: StreamRow, places: Sequence[PlaceRow]) -> _DamagedStream:
    sums = ledger.select(BeginningRow, "WHERE stream = ? ORDER BY bytes", row.id)
    beginning = tuple(one.crc32 for one in sums if one.bytes)
    return _DamagedStream(row, beginning, frozenset(p.path for p in places if p.stream == row.id))


def _match_mended(
    holdings: Sequence[Holding], damaged: Sequence[_DamagedStream], is_dated: IsDated
) -> Iterator[tuple[int, int]]:
    """Which new stream of a sound file has which damaged one whole."""
    left = [*damaged]
    for holding in holdings:
        if not _is_begun(holding) or holding.text.failure is not None:
            continue
        own = [one for one in left if one.row.gateway == holding.file.gateway]
        best = max(own, key=lambda one: _shared(holding, one.beginning), default=None)
        if best is not None and _is_same(holding, _shared(holding, best.beginning), is_dated):
            left.remove(best)
            yield holding.stream or 0, best.row.id


def _is_begun(holding: Holding) -> bool:
    """Whether a file has a stream that nobody knew."""
    return holding.is_new and holding.stream is not None and holding.stream < 0


def _shared(holding: Holding, beginning: Sequence[int]) -> int:
    """How many first bytes of a file are those of a text with these checksums, as far as known."""
    pairs = zip(LENGTHS, holding.text.head.beginning, beginning, strict=False)
    return max((length for length, one, other in pairs if one == other), default=0)


def _is_same(holding: Holding, shared: int, is_dated: IsDated) -> bool:
    """Whether a common beginning is that of one log."""
    return shared >= _ENOUGH and is_dated(holding.file, shared)


def _find_doubtful(
    holdings: Sequence[Holding], gone: Sequence[_DamagedStream], mended: Mapping[int, int]
) -> Iterator[str]:
    """What may count twice: lines of a damaged file, of which another may be the sound copy."""
    for holding in holdings:
        other = holding.stream is not None and holding.stream not in mended
        if other and holding.text.failure is None:
            for one in gone:
                if _may_be_whole(holding, one):
                    file, lines = holding.file, count(one.row.lines, "line")
                    yield (
                        f"{file.gateway}: {file.source.name}: if it is the whole of "
                        f"{one.row.path}, which was damaged, {lines} of that may count twice"
                    )


def _may_be_whole(holding: Holding, damaged: _DamagedStream) -> bool:
    """Whether a log lies where a damaged one did, or is new and begins as that did.

    In little more than nothing only of what went since the last run: headers are alike.
    """
    if holding.file.source.name in damaged.paths:
        return True
    shared = _shared(holding, damaged.beginning) if _is_begun(holding) else 0
    in_archive = holding.file.archive is not None and shared >= _ENOUGH
    return in_archive or (shared > 0 and bool(damaged.paths))


def _renumber(holding: Holding, mended: Mapping[int, int]) -> Holding:
    """A file with the stream that was read of a damaged one, in its place."""
    number = mended.get(holding.stream or 0)
    if number is None:
        return holding
    if not holding.is_new:
        return holding._replace(stream=number)
    return holding._replace(stream=number, starts_anew=True, is_mended=True)


def _leave_damaged(
    ledger: Ledger, holdings: Sequence[Holding], mended: Mapping[int, int], is_dated: IsDated
) -> Iterator[Holding]:
    """The holdings; damaged files that begin as sound ones, or known logs, are not read."""
    left = {number: number for number in mended.values()}
    for holding in holdings:
        if not _is_damaged(holding):
            yield holding
            continue
        number = left.get(holding.stream or 0)
        if number is None and (holding.stream is None or _is_begun(holding)):
            number = _find_alike(ledger, holding, holdings, is_dated)
        if number is not None and holding.stream is not None:
            left[holding.stream] = number  # what is damaged likewise has the same number
        yield holding if number is None else _unread(holding, number)


def _is_damaged(holding: Holding) -> bool:
    return holding.text.failure is not None and is_damage(holding.text.failure)


def _find_alike(
    ledger: Ledger, holding: Holding, holdings: Sequence[Holding], is_dated: IsDated
) -> int | None:
    """The stream that a damaged file begins as, of those with the longest common beginning."""
    sound = [one for one in holdings if one.text.failure is None and one.stream is not None]
    own = [one for one in sound if one.file.gateway == holding.file.gateway]
    for length, crc in reversed([*zip(LENGTHS, holding.text.head.beginning, strict=False)]):
        if length < _ENOUGH:
            break
        alike = [one.stream for one in own if _shared(holding, one.text.head.beginning) >= length]
        found = ledger.connection.execute(_ALIKE, (length, crc, holding.file.gateway))
        alike += [number for (number,) in found]
        if alike:
            return alike[0] if _is_same(holding, length, is_dated) else None
    return None


def _unread(holding: Holding, stream: int) -> Holding:
    """A damaged file of which nothing is read; it is there, so that its stream is not gone."""
    text = holding.text._replace(stop=0, waiting=0, unfinished=False, trace=None)
    return Holding(text, stream)
