"""Reads a few sources at once and examines their blocks in threads, ahead of who enters them.

A lane reads one source after another: opens it, recognises its format, inflates and cuts. So one
file is inflated while another is, and while the blocks of both are searched. Blocks of one source
come out in their order; between sources there is none. Blocks live in rooms, whose number bounds
the memory, whatever the sizes of the sources: `UNDER_WAY` wait to be examined or entered, each lane
fills one, and whoever enters them may keep `KEPT` for a while.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import Full, Queue
from typing import Final

from logan.account import Account
from logan.examine import Examined, Task, examine
from logan.intake.blocks import Block, Filled, room_size
from logan.intake.rooms import ClosedError, Rooms
from logan.prefilter import Prefilter
from logan.stages import Stages

THREADS: Final = min(os.cpu_count() or 1, 8)
#: Blocks under way: enough to keep the threads busy, few enough to bound memory.
UNDER_WAY: Final = 2 * THREADS
#: Blocks that may be kept after they came out, the one in hand not counted.
KEPT: Final = 10
#: A small block is examined where it was read: handing it on would take as long.
_AT_ONCE: Final = 256 << 10
#: How often a lane that waits for room looks whether anybody still wants its blocks, in seconds.
_LOOK: Final = 0.1

#: The blocks of a source, each with what the workers must know and the stored bytes read so far.
Read = Callable[[Account, Rooms], Iterator[tuple[Task, Block | Filled, int]]]


@dataclass(frozen=True, slots=True)
class Done:
    """A block of a source, examined if it is whole; `position` are stored bytes read so far."""

    account: Account
    block: Examined | Block
    position: int


@dataclass(frozen=True, slots=True)
class _Ahead:
    account: Account
    block: Future[Examined] | Examined | Block
    position: int


class Lanes:
    """Sources on their way, until all are read or the block of code is left."""

    def __init__(
        self, accounts: Sequence[Account], read: Read, prefilter: Prefilter, stages: Stages
    ) -> None:
        self._accounts = iter(accounts)
        self._read = read
        self._prefilter = prefilter
        self._stages = stages
        self._pool = ThreadPoolExecutor(THREADS)
        self._waiting: Queue[_Ahead | BaseException | None] = Queue(UNDER_WAY)
        self._left = threading.Event()
        self._rooms = Rooms(room_size(), most=UNDER_WAY + THREADS + KEPT + 1)
        self._lanes = [
            threading.Thread(target=self._drive, name=f"lane {number}", daemon=True)
            for number in range(min(THREADS, len(accounts)))
        ]

    def __enter__(self) -> Iterator[Done]:
        for lane in self._lanes:
            lane.start()
        return self._finished()

    def __exit__(self, *_error: object) -> None:
        self._left.set()
        self._rooms.close()
        for lane in self._lanes:
            lane.join()
        self._pool.shutdown(cancel_futures=True)

    def _finished(self) -> Iterator[Done]:
        ended = 0
        while ended < len(self._lanes):
            one = self._waiting.get()
            if one is None:
                ended += 1
            elif isinstance(one, BaseException):
                raise one
            else:
                block = one.block.result() if isinstance(one.block, Future) else one.block
                yield Done(one.account, block, one.position)

    def _drive(self) -> None:
        """One lane: take the next source nobody has, read it, until there are no more."""
        try:
            for account in self._accounts:
                steps = self._stages.work_in("reading", self._read(account, self._rooms))
                for task, block, position in steps:
                    if not self._hand_on(_Ahead(account, self._begun(block, task), position)):
                        return
        except ClosedError:
            return
        except BaseException as error:  # noqa: BLE001 - raised again where the blocks are entered
            self._hand_on(error)
        else:
            self._hand_on(None)

    def _begun(self, block: Block | Filled, task: Task) -> Future[Examined] | Examined | Block:
        if isinstance(block, Block):
            if block.piece != "whole":
                return block
            if len(block.data) <= _AT_ONCE:
                return self._examine(block, task)
        return self._pool.submit(self._examine, block, task)

    def _examine(self, block: Block | Filled, task: Task) -> Examined:
        with self._stages.work("searching"):
            return examine(block, self._prefilter, task)

    def _hand_on(self, one: _Ahead | BaseException | None) -> bool:
        """Wait for room; False where nobody takes blocks any more."""
        while not self._left.is_set():
            try:
                self._waiting.put(one, timeout=_LOOK)
            except Full:
                continue
            return True
        return False
