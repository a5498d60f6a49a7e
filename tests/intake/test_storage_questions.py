"""A run that is interrupted waits for no storage."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from logan.intake.storage_questions import AbandonedError, ask, nothing_awaited


@pytest.fixture(autouse=True)
def _unregistered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logan.intake.storage_questions._end_without_it", lambda: None)


def test_what_is_under_way_is_not_waited_for() -> None:
    asked, answers = Event(), Event()

    def hang() -> bool:
        asked.set()
        return answers.wait()

    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(ask, hang)
        assert asked.wait(30)
        with nothing_awaited():
            with pytest.raises(AbandonedError):
                waiting.result(30)
            with pytest.raises(AbandonedError):
                ask(lambda: 1)
    answers.set()
    assert ask(lambda: 2) == 2


def test_an_answer_that_came_too_late_is_that_to_no_other_question() -> None:
    late = Event()
    with ThreadPoolExecutor(1) as threads:
        asked = Event()
        waiting = threads.submit(ask, lambda: (asked.set(), late.wait(), "late")[2])
        assert asked.wait(30)
        with nothing_awaited(), pytest.raises(AbandonedError):
            waiting.result(30)
        late.set()
        assert [ask(lambda number=number: number) for number in range(5)] == [*range(5)]
