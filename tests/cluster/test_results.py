"""What workers sent is kept as it came, or not at all."""

import io

import pytest

from logan.cluster.messages import TaskAnswer
from logan.cluster.results import ResultStore
from logan.evidence.evidence import Evidence
from logan.evidence.packed import pack
from tests.file_size import file_size_limit


def answer_of(skipped: str) -> TaskAnswer:
    stream = io.BytesIO()
    pack(Evidence("rules 1", skipped=frozenset((skipped,))), stream)
    return TaskAnswer("evidence", {}, stream.getvalue())


def test_what_did_not_fit_spoils_nothing_that_comes_later() -> None:
    store = ResultStore(None)
    first = store.keep(answer_of("first"))
    with file_size_limit(first.size + 10), pytest.raises(OSError, match="too large"):
        store.keep(answer_of("second"))
    third = store.keep(answer_of("third"))
    assert [store.load(place).skipped for place in (first, third)] == [{"first"}, {"third"}]
