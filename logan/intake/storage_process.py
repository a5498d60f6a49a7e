"""A process that asks a storage, for a client that may end its process: pyarrow's for Azure.

pyarrow 26 ends its process at once, without an error, where an answer is none of Azure's (a proxy
that shows a page) and where a name in a folder has an empty part (`a//b`). Then that is a process
which does nothing else, and the run goes on and says it.

A question is a line of JSON, `[number, question, address ..., more ...]`, an answer one too,
`[number, kind, value, size]`, with so many bytes of an object behind it. Answers come in any order.
"""

import atexit
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from itertools import count
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import IO, Any, Final, NamedTuple

from logan.errors import UsageError
from logan.intake import object_storage
from logan.intake.addresses import ObjectAddress
from logan.intake.object_storage import OpenObject
from logan.intake.storage_faults import StorageError
from logan.intake.storage_questions import LOOK_SECONDS, AbandonedError, end_also, is_over

_START: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from logan.intake.storage_process import answer_questions; answer_questions()"
)
#: Memory for the calls of a thread, in bytes.
_STACK: Final = 512 << 10
#: Questions that are asked at a time, at most.
_QUESTIONS: Final = 256
#: Objects that are kept open.
_OPEN: Final = 64
#: Bytes that a pipe may hold, where that can be said: by default a 64th of a range.
_PIPE_BYTES: Final = 1 << 20


class ProcessEndedError(Exception):
    """The process ended before it answered, with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"ended with {status}")
        self.status = status


class _Answer(NamedTuple):
    kind: str
    value: Any
    data: bytes = b""


class _StorageProcess:
    """A process that was started, and the questions that it has not answered yet."""

    def __init__(self) -> None:
        # In a session of its own, for an interrupt is not meant for it.
        self._process = subprocess.Popen(  # noqa: S603 - Python itself
            [sys.executable, "-c", _START, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._numbers = count()
        self._lock = Lock()
        self._waiting: dict[int, SimpleQueue[_Answer]] = {}
        self.status: int | None = None
        self._thread = Thread(target=self._hand_out, name="answers of a storage", daemon=True)
        self._thread.start()

    def ask(self, question: str, address: ObjectAddress, *more: int) -> tuple[Any, bytes]:
        """What it answers. Raises `ProcessEndedError`, and what it raised."""
        answers: SimpleQueue[_Answer] = SimpleQueue()
        with self._lock:
            if self.status is not None:
                raise ProcessEndedError(self.status)
            number = next(self._numbers)
            self._waiting[number] = answers
            self._tell([number, question, *address, *more])
        while True:
            with suppress(Empty):
                return _value(answers.get(timeout=LOOK_SECONDS))

    def end(self) -> None:
        """End it, and wait until it has."""
        self._process.kill()
        self._thread.join()

    def _tell(self, question: list[Any]) -> None:
        assert self._process.stdin is not None  # noqa: S101 - a pipe
        with suppress(OSError):  # who reads its answers finds that it has ended
            self._process.stdin.write(f"{json.dumps(question)}\n".encode())
            self._process.stdin.flush()

    def _hand_out(self) -> None:
        """Give each answer to who waits for it, until there is none any more."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None  # noqa: S101, PT018 - pipes
        try:
            _widen(stdout)
            while answer := _read_answer(stdout):
                self._waiting.pop(answer[0]).put(answer[1])
        finally:
            self._process.kill()
            status = self._process.wait()
            with self._lock, suppress(OSError):
                self.status = status
                stdout.close()
                stdin.close()
            for answers in self._waiting.values():
                answers.put(_Answer("ended", status))


def _widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold more, so that a range is handed over in a few steps."""
    try:
        from fcntl import F_SETPIPE_SZ, fcntl

        fcntl(pipe, F_SETPIPE_SZ, _PIPE_BYTES)
    except (ImportError, OSError):
        return  # it is another system, or somebody has many such pipes


def _read_answer(stream: IO[bytes]) -> tuple[int, _Answer] | None:
    """The next answer and the number of its question; None where the stream ends before it does."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    number, kind, value, size = json.loads(line)
    data = stream.read(size) if size else b""
    return (number, _Answer(kind, value, data)) if len(data) == size else None


def _value(answer: _Answer) -> tuple[Any, bytes]:
    kind, value, data = answer
    if kind == "ended":
        raise ProcessEndedError(value)
    if kind == "usage":
        raise UsageError(value)
    if kind == "fault":
        reason, advice, passing, missing = value
        raise StorageError(reason, advice, passing=passing, missing=missing)
    return value, data


class _Keeper:
    """The process, started when it is first asked, and anew where it has ended."""

    def __init__(self) -> None:
        self._process: _StorageProcess | None = None
        self._lock = Lock()

    def process(self) -> _StorageProcess:
        with self._lock:
            if is_over():
                raise AbandonedError
            if self._process is None or self._process.status is not None:
                self._process = _StorageProcess()
            return self._process

    def end(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.end()


@cache
def _keeper() -> _Keeper:
    keeper = _Keeper()
    atexit.register(keeper.end)
    end_also(keeper.end)
    return keeper


def ask_process(question: str, address: ObjectAddress, *more: int) -> tuple[Any, bytes]:
    """What a storage answers, as a value that JSON has, and bytes of an object.

    `look`, `list`, `deep` and `open` give values; `read` (from a place on, so many bytes at most)
    bytes; `whole` (so many at most) bytes, and what `look` gives after that. Raises what
    `logan.intake.object_storage` raises, `ProcessEndedError` and `AbandonedError`.
    """
    try:
        return _keeper().process().ask(question, address, *more)
    except ProcessEndedError:
        if is_over():
            raise AbandonedError from None
        raise


def end_process() -> None:
    """End the process, if there is one; it is started again where it is asked again."""
    _keeper().end()


def answer_questions() -> None:
    """Answer lines of standard input until it ends."""
    # A client that goes round in circles, asking each time, is through with so little soon.
    threading.stack_size(_STACK)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints is taken for an answer
    lock, threads = Lock(), ThreadPoolExecutor(_QUESTIONS)
    for line in sys.stdin:
        threads.submit(_put, answers, lock, *json.loads(line))
    os._exit(0)  # whatever is still asked


def _put(answers: IO[bytes], lock: Lock, number: int, question: str, *asked: Any) -> None:
    kind, value, data = _answer(question, ObjectAddress(*asked[:3]), *asked[3:])
    said = json.dumps([number, kind, value, len(data)])
    with lock:
        answers.write(f"{said}\n".encode())
        answers.write(data)
        answers.flush()


def _answer(question: str, address: ObjectAddress, *more: int) -> _Answer:
    try:
        match question:
            case "look":
                return _Answer("found", object_storage.look(address))
            case "open":
                version = _open(address).version
                return _Answer("found", None if version is None else version.decode("latin-1"))
            case "read":
                opened = _OPENED.get(address) or _open(address)
                return _Answer("found", None, opened.read(*more))
            case "whole":
                data = object_storage.open_object(address).read(0, *more)
                return _Answer("found", object_storage.look(address), data)
            case _:
                listed = object_storage.list_folder(address, deep=question == "deep")
                return _Answer("found", listed)
    except UsageError as error:
        return _Answer("usage", str(error))
    except StorageError as error:
        return _Answer("fault", [error.reason, error.advice, error.passing, error.missing])


_OPENING: Final = Lock()
#: What was opened last.
_OPENED: Final[dict[ObjectAddress, OpenObject]] = {}


def _open(address: ObjectAddress) -> OpenObject:
    """Open an object anew: what was opened before may have been replaced."""
    opened = object_storage.open_object(address)
    with _OPENING:
        _OPENED.pop(address, None)
        while len(_OPENED) >= _OPEN:
            del _OPENED[next(iter(_OPENED))]
        _OPENED[address] = opened
    return opened
