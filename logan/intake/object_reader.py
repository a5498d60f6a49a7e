"""The bytes of an object in a storage: from any place, ahead, on after a broken connection.

An object is read in ranges. A range that fails is asked for again, from the byte that is missing,
after a pause and in smaller pieces, so that a line which breaks again and again gets through; after
a few failures without a byte between them the reading ends. An object may be replaced while it is
read, and no storage says so by itself: its size, time and version are compared before and after.
"""

import time
from collections.abc import Callable, Iterator
from functools import cache
from threading import Event
from typing import Final, TypeVar

from logan.intake.object_storage import FoundObject, ObjectState
from logan.intake.storage_faults import StorageError
from logan.intake.storage_survey import look, open_object, read_then_look
from logan.intake.unreadable import UnreadableError
from logan.runtime.ordered_map import map_in_order

Given = TypeVar("Given")

#: Seconds to wait before a failed request is made again; when they are used up, it has failed.
PAUSES: Final = (0.2, 0.5, 1.5, 4.0)
#: Where so many objects of a storage in a row were given up, nobody waits for the next one: it is
#: asked for once, until one comes again. Ten thousand would be waited for through the night.
_GIVEN_UP: Final = 3
#: To ask once may take minutes too. Where this many in a row were given up, and for this many
#: seconds, nothing more is asked for, until it was left alone for as long as the last number says.
_ABANDONED: Final = 20
_VAIN_SECONDS: Final = 600.0
_REST_SECONDS: Final = 600.0
#: The first range holds what a source is recognised by; the next ones grow up to the largest.
_FIRST_RANGE: Final = 256 << 10
_LARGEST_RANGE: Final = 4 << 20
#: Ranges of one object under way at once: a storage is far away, and answers several at a time.
_RANGES_AT_ONCE: Final = 3
#: No piece that is asked for again is smaller.
_LEAST_PIECE: Final = 64 << 10
_WRITTEN_TO: Final = "run again when nothing writes to it; until then, what it held is missing"
#: pyarrow leaves the slash out, and XML makes another character of a carriage return.
_VANISHED: Final = (
    "run again; if it is listed still, its key ends with a slash or holds a carriage return: copy "
    "it to another name"
)
_AMBIGUOUS: Final = (
    "cannot be opened: beside it lies an object whose name differs by a slash at its end or "
    "beginning only, and pyarrow's client cannot ask for that one"
)
_RENAME: Final = "copy both to names that differ by more"
_NOT_ASKED: Final = (
    "was not asked for: the storage gave nothing of many others in a row, for ten minutes or more"
)
_ASK_LATER: Final = "run again when it answers"
_DELETED: Final = "was deleted while it was read"
_BROKEN: Final = "run again; what is behind that place is missing"


class _Patience:
    """How long a storage is waited for that does not answer. Only bytes of a log are an answer:
    what tells of an object may be another machine than what gives it.
    """

    def __init__(self) -> None:
        self._given_up = 0
        self._first = self._last = 0.0

    @property
    def is_short(self) -> bool:
        """Whether everything is asked for once only."""
        return self._given_up >= _GIVEN_UP

    @property
    def is_over(self) -> bool:
        """Whether nothing is asked for."""
        vain = self._last - self._first >= _VAIN_SECONDS
        resting = time.monotonic() - self._last < _REST_SECONDS
        return self._given_up >= _ABANDONED and vain and resting

    def pauses(self) -> Iterator[float]:
        """The pauses before it is asked again, in seconds."""
        return iter(() if self.is_short else PAUSES)

    def note(self, *, answered: bool) -> None:
        """Note that it gave something, or that nobody waits for it any more."""
        self._last = time.monotonic()
        if not self._given_up:
            self._first = self._last
        self._given_up = 0 if answered else self._given_up + 1


@cache
def patience_with(_scheme: str, _store: str) -> _Patience:
    """What is known of a bucket, container or cluster, for all of its objects."""
    return _Patience()


class ObjectReader:
    """An object that is open. Every failure is `UnreadableError`.

    It must be the object that was found: another one under its name is not read.
    """

    def __init__(self, found: FoundObject) -> None:
        self._found = found
        self._closed = Event()
        self._patience = patience_with(found.address.scheme, found.address.store)
        if self._patience.is_over:
            raise UnreadableError(_NOT_ASKED, _ASK_LATER)
        if found.state.ambiguous:
            raise UnreadableError(_AMBIGUOUS, _RENAME)
        try:
            state = self._insist(lambda: look(found.address))
            self._open = self._insist(lambda: open_object(found.address))
        except StorageError as error:
            if error.missing:
                raise UnreadableError("vanished before it could be read", _VANISHED) from None
            raise UnreadableError(f"cannot be opened: {error.reason}", error.advice) from None
        if state != found.state:
            became = _what_became(found.state, state)
            raise UnreadableError(
                f"{became} since it was found: nothing of it was read", _WRITTEN_TO
            )

    def close(self) -> None:
        """Let nobody wait for what failed."""
        self._closed.set()

    def chunks(self, first: int, stop: int) -> Iterator[bytes]:
        """The bytes [first, stop), in order, a few ranges read ahead."""
        ranges = _cut_ranges(first, stop)
        if (head := next(ranges, None)) is not None:
            yield self.read(*head)  # who wants no more than the head waits for no other range
            yield from map_in_order(lambda one: self.read(*one), ranges, threads=_RANGES_AT_ONCE)

    def read(self, first: int, size: int) -> bytes:
        """All of the `size` bytes from `first` on, which the object must have."""
        pieces: list[bytes] = []
        pauses, most = self._patience.pauses(), size
        while size:
            try:
                piece = self._open.read(first, min(size, most))
            except StorageError as error:
                if not self._waits(error, pauses):
                    raise self._explained(error, first) from None
                most = max(most // 4, _LEAST_PIECE)
                continue
            if not piece:
                raise self._explained(StorageError("it ends there"), first)
            pieces.append(piece)
            self._patience.note(answered=True)
            first, size, pauses = first + len(piece), size - len(piece), self._patience.pauses()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def check_unchanged(self) -> None:
        """Raise `UnreadableError` if anything was stored under this name since it was found.

        What was read then may be of both, or of none where the new one is shorter.
        """
        address = self._found.address
        try:
            state = self._insist(lambda: look(address))
            version = self._insist(lambda: open_object(address)).version
        except StorageError as error:
            what = _DELETED if error.missing else _unsure(error)
            raise UnreadableError(what, error.advice or _WRITTEN_TO) from None
        if state != self._found.state or version != self._open.version:
            became = _what_became(self._found.state, state)
            raise UnreadableError(f"{became} while it was read", _WRITTEN_TO)

    def _explained(self, error: StorageError, place: int) -> UnreadableError:
        """Why reading failed at a place: a storage gives strange errors for what is not there."""
        found = self._found
        try:
            state = look(found.address)
        except StorageError as why:
            if why.missing:
                return UnreadableError(_DELETED, _WRITTEN_TO)
        else:
            if state != found.state:
                became = _what_became(found.state, state)
                return UnreadableError(f"{became} while it was read", _WRITTEN_TO)
        return UnreadableError(
            f"reading failed after {place:,} stored bytes: {error.reason}", error.advice or _BROKEN
        )

    def _insist(self, ask: Callable[[], Given]) -> Given:
        """What is asked for, asked again after each pause where it failed and may pass."""
        pauses = self._patience.pauses()
        while True:
            try:
                return ask()
            except StorageError as error:
                if not self._waits(error, pauses):
                    raise

    def _waits(self, error: StorageError, pauses: Iterator[float]) -> bool:
        """Wait before something that failed is asked for again; False where it is not."""
        if not error.passing:
            return False
        pause = next(pauses, None)
        if pause is None:
            self._patience.note(answered=False)
        return pause is not None and not self._closed.wait(pause)


def read_whole(found: FoundObject) -> bytes | None:
    """All of a small object by one request; None where it is not what was found, or that fails.

    None too where nobody waits for the storage any more, so that it is not asked for twice.
    """
    patience = patience_with(found.address.scheme, found.address.store)
    if patience.is_short:
        return None
    try:
        data, state = read_then_look(found.address, found.state.size)
    except StorageError:
        return None
    patience.note(answered=True)
    return data if state == found.state and len(data) == found.state.size else None


def _cut_ranges(first: int, stop: int) -> Iterator[tuple[int, int]]:
    """Place and size of the ranges that bytes are read in."""
    size = _FIRST_RANGE
    while first < stop:
        yield first, min(size, stop - first)
        first, size = first + size, min(4 * size, _LARGEST_RANGE)


def _what_became(found: ObjectState, now: ObjectState | None) -> str:
    if now is None:
        return "was replaced by a folder"
    sizes = f", from {found.size:,} to {now.size:,} bytes" if now.size != found.size else ""
    return f"was replaced or written to{sizes},"


def _unsure(error: StorageError) -> str:
    return f"may have changed while it was read, which could not be told: {error.reason}"
