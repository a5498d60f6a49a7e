"""Questions to a storage, none of which is waited for without end.

The clients in pyarrow have limits of their own, each others, some none: a storage that says nothing
more, or a byte now and then, would keep a run for days. They cannot be stopped either: what was
asked is left to a thread that nobody waits for.
"""

import atexit
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any, Final, NamedTuple

#: How long a storage may say nothing, in seconds: to one question, and to that for all of a folder.
ANSWER_SECONDS: Final = 60.0
LISTING_SECONDS: Final = 3600.0
#: With Polars loaded an interrupt wakes nobody who waits: it is seen after so many seconds.
LOOK_SECONDS: Final = 0.2
#: What must have come of an answer in that time, in bytes, where it is seen as it comes.
LEAST_BYTES: Final = 32 << 10

Work = Callable[[], Any]


class AbandonedError(BaseException):
    """The run is over: nobody waits for a storage any more."""


class _Answer(NamedTuple):
    value: Any
    error: BaseException | None


class _Asker:
    """A thread that asks one question after the other, and ends with the first left behind."""

    def __init__(self) -> None:
        self._questions: SimpleQueue[Work] = SimpleQueue()
        self._answers: SimpleQueue[_Answer] = SimpleQueue()
        self.left_behind = False
        Thread(target=self._run, name="question to a storage", daemon=True).start()

    def _run(self) -> None:
        while not self.left_behind:
            work = self._questions.get()
            try:
                answer = _Answer(work(), None)
            except Exception as error:  # noqa: BLE001 - raised again where it was asked
                answer = _Answer(None, error)
            self._answers.put(answer)
            del work, answer

    def ask(self, work: Work) -> None:
        self._questions.put(work)

    def abandon(self) -> None:
        """Have who waits for the answer wait no more."""
        self._answers.put(_Answer(None, AbandonedError()))

    def wait(self, seconds: float, came: Callable[[], int]) -> _Answer:
        """The answer. Raises `Empty` where in so many seconds nothing more of it came, and
        `AbandonedError`."""
        before, end = 0, time.monotonic() + seconds
        while True:
            try:
                answer = self._answers.get(timeout=min(seconds, LOOK_SECONDS))
            except Empty:
                if time.monotonic() < end:
                    continue
                now = came()
                if now - before < LEAST_BYTES:
                    raise
                before, end = now, time.monotonic() + seconds
            else:
                if isinstance(answer.error, AbandonedError):
                    raise answer.error
                return answer


#: Those that have nothing to do, and those whose answer is waited for.
_IDLE: deque[_Asker] = deque()
_BUSY: set[_Asker] = set()
_OVER: Final = Event()
#: What else ends what is waited for.
_ENDS: list[Callable[[], None]] = []


def is_over() -> bool:
    """Whether nothing is to be asked any more."""
    return _OVER.is_set()


def end_also(end: Callable[[], None]) -> None:
    """Have this done, too, where nothing is waited for any more."""
    _ENDS.append(end)


@contextmanager
def nothing_awaited() -> Iterator[None]:
    """Until the block is left every question, also one under way, raises `AbandonedError`.

    For a run that is interrupted: a storage may say nothing for minutes.
    """
    _OVER.set()
    for asker in tuple(_BUSY):
        asker.abandon()
    for end in _ENDS:
        end()
    try:
        yield
    finally:
        _IDLE.clear()  # one may have answered in the moment when it was abandoned
        _OVER.clear()


def ask(work: Work, seconds: float | None = None, came: Callable[[], int] = lambda: 0) -> Any:
    """What a storage answers; `came` says how many bytes of it have come so far.

    Raises TimeoutError where it says nothing, or next to nothing, for so many seconds (None:
    `ANSWER_SECONDS`), and `AbandonedError`.
    """
    try:
        asker = _IDLE.pop()
    except IndexError:
        asker = _Asker()
    _BUSY.add(asker)
    try:
        if _OVER.is_set():
            raise AbandonedError
        asker.ask(work)
        answer = asker.wait(ANSWER_SECONDS if seconds is None else seconds, came)
    except BaseException as error:
        asker.left_behind = True
        _end_without_it()
        if isinstance(error, Empty):
            raise TimeoutError("timed out") from None
        raise
    finally:
        _BUSY.discard(asker)
    _IDLE.append(asker)
    if answer.error is not None:
        raise answer.error
    return answer.value


def _end_without_it() -> None:
    """At its end a process would wait for the question: S3's client is taken apart after the last.

    logan's own processes end without taking anything apart.
    """
    from pyarrow import fs

    if hasattr(fs, "ensure_s3_finalized"):
        atexit.unregister(fs.ensure_s3_finalized)
