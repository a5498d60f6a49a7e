"""Which workers a cluster has, as they come and go, and which of them have the tools of here."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from logan.cluster.access import ClusterError
from logan.cluster.messages import TaskAnswer
from logan.cluster.tools import differences
from logan.cluster.worker import confirm_import, describe_tools
from logan.errors import UsageError

if TYPE_CHECKING:
    from distributed import Client

#: How often it is looked which workers there are, in seconds.
LOOK_SECONDS: Final = 1.0
#: How long the first worker, or one in place of the last, is waited for, in seconds.
WAIT_SECONDS: Final = 60.0
#: How long the scheduler, or a new worker, may take to answer, in seconds.
ANSWER_SECONDS: Final = 60.0
_WORKING: Final = ("running", "paused")


@dataclass(slots=True, eq=False)
class ClusterWorker:
    """A worker whose tools are the right ones, and what it has to do.

    `alone`: one task only. `paused`: it takes no more for now, as it is short of memory.
    """

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
        """Whether it has nothing to do, and takes tasks."""
        return not self.running and not self.paused


class WorkerRoster:
    """The workers of a cluster while a run lasts, by their addresses.

    `tools` are those of this machine, `note` is told what the user should know. `ended` says why
    no worker can be had any more; None: they can.
    """

    def __init__(
        self, client: "Client", tools: Mapping[str, str], note: Callable[[str], None]
    ) -> None:
        self._client = client
        self._tools = tools
        self._note = note
        self.workers: dict[str, ClusterWorker] = {}
        self.ended: str | None = None
        self._refused: set[str] = set()
        self._meeting: dict[str, asyncio.Task[str | None]] = {}
        self._scheduler: str | None = None
        self._looked = self._had_worker = 0.0

    async def begin(self) -> None:
        """Wait for workers, and make sure that each has the tools of this machine.

        Raises `UsageError` where one has not, and `ClusterError` where none comes.
        """
        await self._meet_scheduler()
        deadline = time.monotonic() + WAIT_SECONDS
        problems = await self._look(at_once=True)
        while self._meeting or not (problems or self.workers):
            if self.ended or time.monotonic() > deadline:
                raise ClusterError(
                    f"{self.ended or f'no worker came within {WAIT_SECONDS:.0f} s'}. Start "
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

    async def look(self, *, at_once: bool = False) -> None:
        """See which workers there are now, unless that was seen a moment ago."""
        for problem in await self._look(at_once=at_once):
            self._note(f"a worker has other tools and is not used: {problem}")

    async def _look(self, *, at_once: bool) -> list[str]:
        """The same; of new workers those that have other tools, in words."""
        early = time.monotonic() - self._looked < LOOK_SECONDS and not at_once
        if self.ended is not None or early:
            return []
        self._looked = time.monotonic()
        try:
            found = await asyncio.wait_for(
                self._client.scheduler.identity(n_workers=-1), ANSWER_SECONDS
            )
        except (TimeoutError, OSError, AttributeError):
            self.ended = "the scheduler went away"
            return []
        self._scheduler = self._scheduler or found["id"]
        if found["id"] != self._scheduler:
            self.ended = "the scheduler went away, and another one came in its place"
            return []
        there = {at: one for at, one in found["workers"].items() if one["status"] in _WORKING}
        for address in self.workers.keys() - there.keys():
            self._lose(address)
        for address, worker in self.workers.items():
            worker.paused = there[address]["status"] == "paused"
        for address in there.keys() - self.workers.keys() - self._refused - self._meeting.keys():
            meeting = self._meet(address, there[address]["nthreads"])
            self._meeting[address] = asyncio.create_task(meeting)
        self._check_any_left()
        met = [address for address, meeting in self._meeting.items() if meeting.done()]
        said = [self._meeting.pop(address).result() for address in met]
        return [one for one in said if one]

    def _check_any_left(self) -> None:
        """End where for a while no worker does anything, nor would: the first is waited for."""
        now = time.monotonic()
        active = any(one.running or not one.paused for one in self.workers.values())
        if active or (self.workers and not self._had_worker):
            self._had_worker = now
        elif self._had_worker and now - self._had_worker > WAIT_SECONDS:
            self.ended = _why_ended(short_of_memory=bool(self.workers))

    def _lose(self, address: str) -> None:
        """A worker is gone: what it had to do is done by others."""
        for attempt in self.workers.pop(address).running:
            attempt.cancel()

    async def _meet(self, address: str, threads: int) -> str | None:
        """Take in a worker that has the same tools; else what it has, in words.

        It is asked beside its tasks, for others may have given it some that take long.
        """
        try:
            asked = self._client.run(describe_tools, workers=[address], on_error="return")
            came = (await asyncio.wait_for(asked, ANSWER_SECONDS))[address]
        except Exception as error:  # noqa: BLE001 - it may have gone meanwhile, in any way
            self._refused.add(address)
            self._note(f"{address}: does not answer and is not used ({type(error).__name__})")
            return None
        if isinstance(came, BaseException):
            self._refused.add(address)
            return f"{address}: logan is not installed there, or cannot be imported ({came})"
        if others := [*differences(self._tools, TaskAnswer.unpacked(came).said)]:
            return self.refuse(address, others)
        self.workers[address] = ClusterWorker(address, threads)
        return None

    def refuse(self, address: str, others: Sequence[str]) -> str:
        """Use a worker no more, for it has other tools; this in words."""
        self._refused.add(address)
        self.workers.pop(address, None)
        return f"{address}: {', '.join(others)}"

    async def end(self) -> None:
        """Ask nobody any more."""
        for meeting in self._meeting.values():
            meeting.cancel()
        await asyncio.gather(*self._meeting.values(), return_exceptions=True)
        self._meeting.clear()


def _why_ended(*, short_of_memory: bool) -> str:
    """Why a run ends whose workers do nothing any more, or are gone."""
    if short_of_memory:
        return (
            f"for {WAIT_SECONDS:.0f} s no worker took anything, for all are short of memory (start "
            "them with fewer threads, or with more by --memory-limit)"
        )
    return f"no worker was left, and none came within {WAIT_SECONDS:.0f} s"
