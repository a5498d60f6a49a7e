"""What lies in a storage, looked at so that no client can end the run: Azure's in another process.

pyarrow 26 ends its process at once, without an error, where an answer is none of Azure's (a proxy
that shows a page) and where a name in a folder has an empty part (`a//b`). Then that is a process
which does nothing else, and the run goes on and says it.
"""

import atexit
import json
import os
import subprocess
import sys
import threading
from functools import cache
from threading import Lock, Thread
from typing import IO, Any, Final

from logan.errors import UsageError
from logan.intake import object_storage
from logan.intake.addresses import ObjectAddress
from logan.intake.object_storage import Listed, ObjectState
from logan.intake.storage_faults import StorageError

_AZURE: Final = ("abfs", "abfss")
_START: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from logan.intake.storage_survey import answer_questions; answer_questions()"
)
#: Memory for the calls of a thread, in bytes.
_STACK: Final = 512 << 10
_FOREIGN: Final = StorageError(
    "what answers is no storage of Azure's: pyarrow's client ended at what it said",
    "see whether a proxy between asks for a login or blocks it (docs/storage.md)",
)
#: SIGSEGV, and what Windows says instead of it.
_OVERRUNS: Final = (-11, 0xC00000FD, 0xC0000005)
_EMPTY_PART: Final = StorageError(
    "holds a name that pyarrow's client for Azure ends at: one with an empty part, as in `a//b`",
    "name the folders and objects in it that are logs, one by one (docs/storage.md)",
)


def look(address: ObjectAddress) -> ObjectState | None:
    """As `logan.intake.object_storage.look`."""
    if address.scheme not in _AZURE:
        return object_storage.look(address)
    state = _surveyor().ask("look", address)
    return None if state is None else ObjectState(*state)


def list_folder(folder: ObjectAddress, *, deep: bool) -> list[Listed]:
    """As `logan.intake.object_storage.list_folder`."""
    if folder.scheme not in _AZURE:
        return object_storage.list_folder(folder, deep=deep)
    listed = _surveyor().ask("deep" if deep else "list", folder)
    return [Listed(name, state and ObjectState(*state), marked) for name, state, marked in listed]


class _Surveyor:
    """The process, started when it is first asked, and anew where it was ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = Lock()

    def ask(self, question: str, address: ObjectAddress) -> Any:
        """The answer of the process. Raises what it raised, `StorageError` too where it ended."""
        with self._lock:
            process, self._process = self._process or _start(), None
            said = _converse(process, json.dumps([question, *address]))
            if not said:
                with process:
                    status = process.wait()
                raise _EMPTY_PART if status in _OVERRUNS else _FOREIGN
            self._process = process
        kind, value = json.loads(said)
        if kind == "usage":
            raise UsageError(value)
        if kind == "fault":
            reason, advice, passing, missing = value
            raise StorageError(reason, advice, passing=passing, missing=missing)
        return value

    def close(self) -> None:
        """End the process; it is started again where it is asked again."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with process:
                process.wait()


@cache
def _surveyor() -> _Surveyor:
    surveyor = _Surveyor()
    atexit.register(surveyor.close)
    return surveyor


def _start() -> "subprocess.Popen[str]":
    """Start the process; in a session of its own, for an interrupt is not meant for it."""
    return subprocess.Popen(  # noqa: S603 - Python itself
        [sys.executable, "-c", _START, json.dumps(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def _converse(process: "subprocess.Popen[str]", line: str) -> str:
    """What is said to a line; nothing where the process has ended."""
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - pipes
    try:
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
    except BrokenPipeError:
        return ""
    return process.stdout.readline()


def answer_questions() -> None:
    """Answer lines of standard input until it ends."""
    # A client that goes round in circles, asking each time, is through with so little soon.
    threading.stack_size(_STACK)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing that a library prints is taken for an answer
    for line in sys.stdin:
        Thread(target=_put, args=(answers, json.loads(line)), daemon=True).start()
    os._exit(0)  # whatever is still asked


def _put(answers: IO[str], question: list[str]) -> None:
    answers.write(f"{json.dumps(_answer(*question))}\n")
    answers.flush()


def _answer(question: str, *place: str) -> tuple[str, Any]:
    address = ObjectAddress(*place)
    try:
        if question == "look":
            return "found", object_storage.look(address)
        return "found", object_storage.list_folder(address, deep=question == "deep")
    except UsageError as error:
        return "usage", str(error)
    except StorageError as error:
        return "fault", [error.reason, error.advice, error.passing, error.missing]
