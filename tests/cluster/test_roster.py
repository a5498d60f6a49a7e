"""Which workers there are, told by a scheduler that is none."""

import asyncio
from typing import Any, cast

import pytest

from logan.cluster import roster
from logan.cluster.roster import WorkerRoster
from logan.cluster.tools import installed_tools


class Scheduler:
    """What a roster asks: one worker, of this status."""

    def __init__(self, status: str) -> None:
        self.scheduler = self
        self.status = status

    async def identity(self, **_: object) -> dict[str, Any]:
        return {"id": "one", "workers": {"tcp://there": {"status": self.status, "nthreads": 1}}}

    async def run_on_scheduler(self, call: Any) -> bytes:
        return bytes(call())

    async def run(self, call: Any, *, workers: list[str], on_error: str) -> dict[str, bytes]:
        del on_error
        return dict.fromkeys(workers, call())


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize(("status", "ends"), [("paused", True), ("running", False)])
def test_workers_that_are_short_of_memory_are_not_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch, status: str, *, ends: bool, busy: bool
) -> None:
    """A worker that Dask has paused takes nothing more, and may never again."""

    async def ended() -> str | None:
        workers = WorkerRoster(cast("Any", Scheduler(status)), installed_tools(), pytest.fail)
        await workers.begin()
        (worker,) = workers.workers.values()
        if busy:
            worker.running.add(cast("Any", None))
        monkeypatch.setattr(roster, "WAIT_SECONDS", -1.0)
        for _ in range(3):
            await workers.look(at_once=True)
        return workers.ended

    said = asyncio.run(ended())
    assert ("short of memory" in (said or "")) == (ends and not busy)
