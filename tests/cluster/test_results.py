"""What workers sent is kept as it came, or not at all."""

import io
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from logan.cluster.messages import TaskAnswer
from logan.cluster.results import ResultStore
from logan.evidence.evidence import Evidence
from logan.evidence.packed import pack


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """What writes more than fits gets a part of it written, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def answer_of(skipped: str) -> TaskAnswer:
    stream = io.BytesIO()
    pack(Evidence("rules 1", skipped=frozenset((skipped,))), stream)
    return TaskAnswer("evidence", {}, stream.getvalue())


def test_what_did_not_fit_spoils_nothing_that_comes_later() -> None:
    store = ResultStore(None)
    first = store.keep(answer_of("first"))
    with files_of_at_most(first.size + 10), pytest.raises(OSError, match="too large"):
        store.keep(answer_of("second"))
    third = store.keep(answer_of("third"))
    assert [store.load(place).skipped for place in (first, third)] == [{"first"}, {"third"}]
