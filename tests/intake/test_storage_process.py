"""A process that a storage's client may end: it loses no answer, and is started anew."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from logan.intake import storage_process
from logan.intake.addresses import ObjectAddress
from logan.intake.storage_faults import StorageError
from logan.intake.storage_process import ProcessEndedError, ask_process, end_process
from logan.intake.storage_survey import list_folder, look, open_object

ADDRESS = ObjectAddress("abfs", "bucket", "a.log")
#: Answers by what is asked for: how the process ends, or how many bytes are read.
PROGRAM = """
import json, os, sys, time
def put(number, kind, value, data=b"", size=None):
    line = json.dumps([number, kind, value, len(data) if size is None else size])
    os.write(1, line.encode() + b"\\n" + data)
late = []
for line in sys.stdin:
    number, question, *_, key = json.loads(line)[:5]
    more = json.loads(line)[5:]
    if question == "deep":
        os.kill(os.getpid(), 11)
    elif question == "look":
        os.abort()
    elif question == "open":
        put(number, "fault", ["permission denied", None, False, False])
    elif more[0] == 0:  # answered when another one was
        late.append(number)
    elif more[0] < 0:
        put(number, "found", None, b"x" * 5, 10)
        os._exit(0)
    else:
        put(number, "found", None, b"%d" % more[0])
        for one in late:
            put(one, "found", None, b"late")
"""


@pytest.fixture(autouse=True)
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    end_process()
    monkeypatch.setattr(storage_process, "_START", PROGRAM)
    yield
    end_process()


def test_answers_come_in_any_order() -> None:
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(ask_process, "read", ADDRESS, 0, 1)
        while not storage_process._keeper().process()._waiting:
            pass
        assert ask_process("read", ADDRESS, 7, 1) == (None, b"7")
        assert first.result() == (None, b"late")


def test_what_it_says_is_raised_here() -> None:
    with pytest.raises(StorageError, match="permission denied"):
        open_object(ADDRESS)


def test_where_it_ends_the_next_question_starts_it_anew() -> None:
    for _ in range(2):
        with pytest.raises(StorageError, match="what answers is no storage of Azure's") as raised:
            look(ADDRESS)
        assert raised.value.passing
        with pytest.raises(StorageError, match="holds a name that pyarrow's client"):
            list_folder(ADDRESS, deep=True)
        assert ask_process("read", ADDRESS, 7, 1) == (None, b"7")


def test_bytes_that_are_cut_are_none() -> None:
    with pytest.raises(ProcessEndedError):
        ask_process("read", ADDRESS, -1, 10)


def test_who_waits_when_it_ends_is_told() -> None:
    with ThreadPoolExecutor(2) as threads:
        waiting = threads.submit(ask_process, "read", ADDRESS, 0, 1)
        while not storage_process._keeper().process()._waiting:
            pass
        with pytest.raises(StorageError):
            look(ADDRESS)
        with pytest.raises(ProcessEndedError):
            waiting.result()
