"""Questions to a storage, none of which is waited for without end.

The clients in pyarrow have limits of their own, each others, some none: a storage that says nothing
more, or a byte now and then, would keep a run for days. They cannot be stopped either: what was
asked is left to a thread that nobody waits for.
"""

import atexit
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final, NamedTuple

#: How long a storage may say nothing, in seconds: to one question, and to that for all of a folder.
ANSWER_SECONDS: Final = 60.0
LISTING_SECONDS: Final = 3600.0
#: What must have come of an answer in that time, in bytes, where it is seen as it comes.
LEAST_BYTES: Final = 32 << 10

Work = Callable[[], Any]


class _Answer(NamedTuple):
    value: Any
    error: Exception | None


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

    def wait(self, seconds: float, came: Callable[[], int]) -> _Answer:
        """The answer. Raises `Empty` where in so many seconds nothing more of it came."""
        before = 0
        while True:
            try:
                return self._answers.get(timeout=seconds)
            except Empty:
                now = came()
                if now - before < LEAST_BYTES:
                    raise
                before = now


#: Those that have nothing to do.
_IDLE: deque[_Asker] = deque()


def ask(work: Work, seconds: float | None = None, came: Callable[[], int] = lambda: 0) -> Any:
    """What a storage answers; `came` says how many bytes of it have come so far.

    Raises TimeoutError where it says nothing, or next to nothing, for so many seconds (None:
    `ANSWER_SECONDS`).
    """
    try:
        asker = _IDLE.pop()
    except IndexError:
        asker = _Asker()
    asker.ask(work)
    try:
        answer = asker.wait(ANSWER_SECONDS if seconds is None else seconds, came)
    except BaseException as error:
        asker.left_behind = True
        _end_without_it()
        if isinstance(error, Empty):
            raise TimeoutError("timed out") from None
        raise
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
