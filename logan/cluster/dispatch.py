"""Gives tasks to workers, and sees each through: whatever becomes of the worker that has it.

Which worker does what is decided here, and only for so many tasks at a time as it has threads. So
it is known which tasks were under way where a worker died, and no worker is given anything before
its tools are known to be those of this machine. A task that a worker died over may have killed it:
it is done again in the end, with nothing beside it, in smaller pieces where it has any.
"""

import asyncio
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from logan.cluster.messages import TaskAnswer
from logan.cluster.roster import LOOK_SECONDS, ClusterWorker, WorkerRoster

if TYPE_CHECKING:
    from distributed import Client

#: A task that so many workers died over, or failed at, is not tried again.
MOST_DEATHS: Final = 3
#: What Dask says of a task where the connection to the scheduler broke.
_LOST: Final = "scheduler-connection-lost"


@dataclass(frozen=True, slots=True)
class ClusterTask:
    """Something to be done by any worker: a function of `logan.cluster.worker` and its arguments.

    `size` orders tasks, the largest first. `pieces` are what it may be cut into. `avoid` are
    addresses of workers that are asked last. `deaths` counts workers that died over it or failed.
    """

    function: Callable[..., bytes]
    arguments: tuple[object, ...]
    size: int
    subject: Any
    pieces: tuple["ClusterTask", ...] = ()
    avoid: frozenset[str] = frozenset()
    deaths: int = 0
    last_fault: str = ""


class TaskOutcome(NamedTuple):
    """What became of a task: an answer by the worker at `address`, or why there is none."""

    task: ClusterTask
    answer: TaskAnswer | None = None
    address: str = ""
    reason: str = ""


Take = Callable[[TaskOutcome], None]


class Dispatcher:
    """Sees tasks through, by the workers of a roster."""

    def __init__(self, client: "Client", roster: WorkerRoster) -> None:
        self._client = client
        self._roster = roster
        self._running: dict[asyncio.Task[bytes], tuple[ClusterTask, ClusterWorker]] = {}

    @property
    def addresses(self) -> frozenset[str]:
        """The workers there are."""
        return frozenset(self._roster.workers)

    async def complete(self, tasks: Sequence[ClusterTask], take: Take) -> None:
        """Have all tasks done; `take` is given the outcome of each, in any order."""
        waiting = deque(sorted(tasks, key=lambda task: -task.size))
        suspects: deque[ClusterTask] = deque()
        try:
            while waiting or suspects or self._running:
                if self._roster.ended is not None:
                    self._give_up([*waiting, *suspects], take)
                    return
                self._start(waiting, suspects)
                for outcome in await self._finished():
                    await self._settle(outcome, waiting, suspects, take)
                await self._roster.look()
        finally:
            await self._abandon()

    def _give_up(self, left: Sequence[ClusterTask], take: Take) -> None:
        running = [task for task, _ in self._running.values()]
        for task in (*left, *running):
            take(TaskOutcome(task, reason=self._roster.ended or ""))

    def _start(self, waiting: deque[ClusterTask], suspects: deque[ClusterTask]) -> None:
        """Give tasks to workers that have room; suspects when nothing else waits."""
        while waiting and (worker := self._free_worker(waiting[0])) is not None:
            self._begin(waiting.popleft(), worker)
        idle = [one for one in self._roster.workers.values() if one.is_idle and not waiting]
        for worker in idle[: len(suspects)]:
            worker.alone = True
            self._begin(suspects.popleft(), worker)

    def _free_worker(self, task: ClusterTask) -> ClusterWorker | None:
        free = [worker for worker in self._roster.workers.values() if worker.free > 0]
        return max(free, key=lambda one: (one.address not in task.avoid, one.free), default=None)

    def _begin(self, task: ClusterTask, worker: ClusterWorker) -> None:
        attempt = asyncio.create_task(self._attempt(task, worker.address))
        worker.running.add(attempt)
        self._running[attempt] = task, worker

    async def _attempt(self, task: ClusterTask, address: str) -> bytes:
        future = self._client.submit(
            task.function,
            *task.arguments,
            key=f"logan-{uuid.uuid4().hex}",
            workers=[address],
            allow_other_workers=False,
            pure=False,
        )
        try:
            answer = bytes(await future)
        except BaseException as error:
            if getattr(error, "reason", None) == _LOST:
                raise ConnectionError(_LOST) from error
            if self._roster.ended is None:
                await asyncio.shield(self._client.cancel([future], force=True))
            raise
        future.release()
        return answer

    async def _finished(self) -> list[tuple[ClusterTask, str, "bytes | BaseException"]]:
        """The attempts that have ended, after a while at most."""
        if not self._running:
            await asyncio.sleep(LOOK_SECONDS / 4)
            return []
        done, _ = await asyncio.wait(
            self._running, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        return [self._close(attempt) for attempt in done]

    def _close(
        self, attempt: "asyncio.Task[bytes]"
    ) -> tuple[ClusterTask, str, "bytes | BaseException"]:
        task, worker = self._running.pop(attempt)
        worker.running.discard(attempt)
        worker.alone = worker.alone and bool(worker.running)
        if attempt.cancelled():
            return task, worker.address, asyncio.CancelledError()
        return task, worker.address, attempt.exception() or attempt.result()

    async def _settle(
        self,
        ended: tuple[ClusterTask, str, "bytes | BaseException"],
        waiting: deque[ClusterTask],
        suspects: deque[ClusterTask],
        take: Take,
    ) -> None:
        """Hand over an answer, or see to it that the task is done again."""
        task, address, came = ended
        answer = TaskAnswer.unpacked(came) if isinstance(came, bytes) else None
        if answer is not None and answer.kind == "other tools":
            self._roster.refuse(address, answer.said["differences"])
            waiting.append(task)
        elif answer is not None and answer.kind == "large" and task.pieces:
            waiting.extend(task.pieces)
        elif answer is not None and answer.kind != "failed":
            await asyncio.to_thread(take, TaskOutcome(task, answer, address))
        elif isinstance(came, ConnectionError):
            await self._roster.look(at_once=True)
            waiting.append(task)  # of no worker's making; given up with all others, if it is
        else:
            fault = answer.said["reason"] if answer is not None else _name_fault(came)
            _blame(task, fault, suspects, take)

    async def _abandon(self) -> None:
        """Have workers stop what they do."""
        for attempt in self._running:
            attempt.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running.clear()
        await self._roster.end()


def _name_fault(error: object) -> str:
    if isinstance(error, asyncio.CancelledError) or type(error).__name__ == "KilledWorker":
        return ""
    return type(error).__name__


def _blame(task: ClusterTask, fault: str, suspects: deque[ClusterTask], take: Take) -> None:
    """Have a task done again that a worker died over or failed at, up to a number of times."""
    for piece in task.pieces or (task,):
        again = replace(piece, deaths=task.deaths + 1, last_fault=fault or task.last_fault)
        if again.deaths < MOST_DEATHS:
            suspects.append(again)
        else:
            take(TaskOutcome(again, reason=_tell_deaths(again)))


def _tell_deaths(task: ClusterTask) -> str:
    if task.last_fault:
        return f"could not be read by {task.deaths} workers: {task.last_fault}"
    return f"{task.deaths} workers died while they read it"
