"""Gives tasks to workers, and sees each through: whatever becomes of the worker that has it.

Which worker does what is decided here, and only for so many tasks at a time as it has threads. So
it is known which tasks were under way where a worker died, and no worker is given anything before
its tools are known to be those of this machine. A task that a worker died over may have killed it:
it is done again in the end, with nothing beside it, in smaller pieces where it has any.
"""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from logan.cluster.access import ClusterError
from logan.cluster.messages import TaskAnswer
from logan.cluster.tools import differences
from logan.cluster.worker import confirm_import, describe_tools
from logan.errors import UsageError

if TYPE_CHECKING:
    from distributed import Client

#: A task that so many workers died over, or failed at, is not tried again.
MOST_DEATHS: Final = 3
#: How often it is looked which workers there are, in seconds.
LOOK_SECONDS: Final = 1.0
#: How long the first worker, or one in place of the last, is waited for, in seconds.
WAIT_SECONDS: Final = 60.0
#: How long the scheduler, or a new worker, may take to answer, in seconds.
ANSWER_SECONDS: Final = 60.0
#: What Dask says of a task where the connection to the scheduler broke.
_LOST: Final = "scheduler-connection-lost"
_WORKING: Final = ("running", "paused")


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


@dataclass(slots=True, eq=False)
class _Worker:
    """A worker whose tools are the right ones, and what it has to do. `alone`: one task only."""

    address: str
    threads: int
    running: set["asyncio.Task[bytes]"] = field(default_factory=set)
    alone: bool = False
    paused: bool = False

    @property
    def free(self) -> int:
        """For how many more tasks it has threads."""
        return 0 if self.alone or self.paused else self.threads - len(self.running)

    @property
    def is_idle(self) -> bool:
        return not self.running and not self.paused


class Dispatcher:
    """The workers of a cluster while a run lasts. `note` is told what the user should know."""

    def __init__(
        self, client: "Client", tools: Mapping[str, str], note: Callable[[str], None]
    ) -> None:
        self._client = client
        self._tools = tools
        self._note = note
        self._workers: dict[str, _Worker] = {}
        self._refused: set[str] = set()
        self._meeting: dict[str, asyncio.Task[str | None]] = {}
        self._running: dict[asyncio.Task[bytes], tuple[ClusterTask, _Worker]] = {}
        self._scheduler: str | None = None
        self._looked = self._had_worker = 0.0
        self._ended: str | None = None

    @property
    def addresses(self) -> frozenset[str]:
        """The workers there are."""
        return frozenset(self._workers)

    async def begin(self) -> None:
        """Wait for workers, and make sure that each has the tools of this machine.

        Raises `UsageError` where one has not, and `ClusterError` where none comes.
        """
        await self._meet_scheduler()
        deadline = time.monotonic() + WAIT_SECONDS
        problems = await self._look()
        while self._meeting or not (problems or self._workers):
            if self._ended or time.monotonic() > deadline:
                raise ClusterError(
                    f"{self._ended or f'no worker came within {WAIT_SECONDS:.0f} s'}. Start "
                    "`dask worker` with the address of the scheduler. Nothing was read."
                )
            if self._meeting:
                await asyncio.wait(self._meeting.values(), timeout=LOOK_SECONDS)
            else:
                await asyncio.sleep(LOOK_SECONDS)
            problems += await self._look(at_once=True)
        if problems:
            raise UsageError(
                "the machines of the cluster have not the same tools, so that they might find "
                "different things:\n    " + "\n    ".join(problems) + "\n    Install the same "
                "versions everywhere, for instance from one container image."
            )

    async def _meet_scheduler(self) -> None:
        """Make sure that the scheduler can pass tasks on: it looks at what it is given."""
        try:
            await asyncio.wait_for(self._client.run_on_scheduler(confirm_import), ANSWER_SECONDS)
        except (TimeoutError, OSError) as error:
            raise ClusterError(
                f"the scheduler does not answer: {error}. Nothing was read."
            ) from error
        except Exception as error:
            raise UsageError(
                "logan is not installed where the scheduler runs, or cannot be imported there "
                f"({error}): pip install 'logan-audit[cluster]'"
            ) from error

    async def complete(self, tasks: Sequence[ClusterTask], take: Take) -> None:
        """Have all tasks done; `take` is given the outcome of each, in any order."""
        waiting = deque(sorted(tasks, key=lambda task: -task.size))
        suspects: deque[ClusterTask] = deque()
        try:
            while waiting or suspects or self._running:
                if self._ended is not None:
                    self._give_up([*waiting, *suspects], take)
                    return
                self._start(waiting, suspects)
                for outcome in await self._finished():
                    await self._settle(outcome, waiting, suspects, take)
                for problem in await self._look():
                    self._tell_unused(problem)
        finally:
            await self._abandon([*self._running, *self._meeting.values()])

    def _give_up(self, left: Sequence[ClusterTask], take: Take) -> None:
        running = [task for task, _ in self._running.values()]
        for task in (*left, *running):
            take(TaskOutcome(task, reason=self._ended or ""))

    def _start(self, waiting: deque[ClusterTask], suspects: deque[ClusterTask]) -> None:
        """Give tasks to workers that have room; suspects when nothing else waits."""
        while waiting and (worker := self._free_worker(waiting[0])) is not None:
            self._begin(waiting.popleft(), worker)
        idle = [one for one in self._workers.values() if one.is_idle and not waiting]
        for worker in idle[: len(suspects)]:
            worker.alone = True
            self._begin(suspects.popleft(), worker)

    def _free_worker(self, task: ClusterTask) -> _Worker | None:
        free = [worker for worker in self._workers.values() if worker.free > 0]
        return max(free, key=lambda one: (one.address not in task.avoid, one.free), default=None)

    def _begin(self, task: ClusterTask, worker: _Worker) -> None:
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
            if self._ended is None:
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
            self._refuse(address, answer.said["differences"])
            waiting.append(task)
        elif answer is not None and answer.kind == "large" and task.pieces:
            waiting.extend(task.pieces)
        elif answer is not None and answer.kind != "failed":
            await asyncio.to_thread(take, TaskOutcome(task, answer, address))
        elif isinstance(came, ConnectionError):
            await self._look_again()
            waiting.append(task)  # of no worker's making; given up with all others, if it is
        else:
            fault = answer.said["reason"] if answer is not None else _name_fault(came)
            _blame(task, fault, suspects, take)

    async def _look_again(self) -> None:
        """See at once whether the scheduler is still the one that tasks were given to."""
        for problem in await self._look(at_once=True):
            self._tell_unused(problem)

    def _tell_unused(self, problem: str) -> None:
        self._note(f"a worker has other tools and is not used: {problem}")

    async def _look(self, *, at_once: bool = False) -> list[str]:
        """See which workers there are now; of new ones those that have other tools, in words."""
        early = time.monotonic() - self._looked < LOOK_SECONDS and not at_once
        if self._ended is not None or early:
            return []
        self._looked = time.monotonic()
        try:
            found = await asyncio.wait_for(
                self._client.scheduler.identity(n_workers=-1), ANSWER_SECONDS
            )
        except (TimeoutError, OSError, AttributeError):
            self._ended = "the scheduler went away"
            return []
        self._scheduler = self._scheduler or found["id"]
        if found["id"] != self._scheduler:
            self._ended = "the scheduler went away, and another one came in its place"
            return []
        there = {at: one for at, one in found["workers"].items() if one["status"] in _WORKING}
        for address in self._workers.keys() - there.keys():
            await self._lose(address)
        for address, worker in self._workers.items():
            worker.paused = there[address]["status"] == "paused"
        for address in there.keys() - self._workers.keys() - self._refused - self._meeting.keys():
            meeting = self._meet(address, there[address]["nthreads"])
            self._meeting[address] = asyncio.create_task(meeting)
        self._check_any_left()
        met = [address for address, meeting in self._meeting.items() if meeting.done()]
        said = [self._meeting.pop(address).result() for address in met]
        return [one for one in said if one]

    def _check_any_left(self) -> None:
        if self._workers or not self._had_worker:
            self._had_worker = time.monotonic() if self._workers else 0.0
        elif time.monotonic() - self._had_worker > WAIT_SECONDS:
            self._ended = f"no worker was left, and none came within {WAIT_SECONDS:.0f} s"

    async def _lose(self, address: str) -> None:
        """A worker is gone: what it had to do is done by others."""
        for attempt in self._workers.pop(address).running:
            attempt.cancel()

    async def _meet(self, address: str, threads: int) -> str | None:
        """Take in a worker that has the same tools; else what it has, in words.

        It is asked beside its tasks, for others may have given it some that take long.
        """
        try:
            asked = self._client.run(describe_tools, workers=[address], on_error="return")
            came = (await asyncio.wait_for(asked, ANSWER_SECONDS))[address]
        except (TimeoutError, OSError, KeyError):
            self._refused.add(address)
            return f"{address}: does not answer"
        if isinstance(came, BaseException):
            self._refused.add(address)
            return f"{address}: logan is not installed there, or cannot be imported ({came})"
        if others := [*differences(self._tools, TaskAnswer.unpacked(came).said)]:
            return self._refuse(address, others)
        self._workers[address] = _Worker(address, threads)
        return None

    def _refuse(self, address: str, others: Sequence[str]) -> str:
        self._refused.add(address)
        self._workers.pop(address, None)
        return f"{address}: {', '.join(others)}"

    async def _abandon(self, attempts: Sequence["asyncio.Task[Any]"]) -> None:
        """Have workers stop what they do."""
        for attempt in attempts:
            attempt.cancel()
        await asyncio.gather(*attempts, return_exceptions=True)
        self._running.clear()
        self._meeting.clear()


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
