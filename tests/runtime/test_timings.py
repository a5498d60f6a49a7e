"""Seconds by stage, from any thread."""

import threading
import time

import pytest

from logan.runtime.timings import Stages


def test_waiting_adds_up_by_stage_in_order() -> None:
    stages = Stages()
    for stage in ("one", "two", "one"):
        with stages.wait(stage):
            time.sleep(0.001)
    assert list(stages.waited) == ["one", "two"]
    assert stages.waited["one"] >= 0.002
    assert stages.worked == {}


def test_sleeping_is_no_work() -> None:
    stages = Stages()
    with stages.work("nothing"):
        time.sleep(0.05)
    assert stages.worked["nothing"] < 0.05


def test_the_work_of_threads_is_added() -> None:
    stages = Stages()

    def work() -> None:
        with stages.work("counting"):
            sum(range(100_000))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(stages.worked) == ["counting"]
    assert stages.worked["counting"] > 0


def test_a_stage_that_fails_is_counted_too() -> None:
    stages = Stages()
    with pytest.raises(ZeroDivisionError), stages.wait("failing"):
        raise ZeroDivisionError
    assert list(stages.waited) == ["failing"]
