"""Reads sources and examines their blocks in threads, ahead of who enters them.

A lane is one source after another, as a stream of blocks. A thread takes the next block of a lane
(one at a time: opening, inflating and cutting happen then), and examines it itself while another
takes the one after it: so what was read is searched while it is in that processor's cache. Each
thread has a lane of its own while there are sources for it, so that one file is inflated while
another is; after that it helps with those of others.

Blocks of one source come out in their order; between sources there is none. A block is handed on
once it has been examined, and waits for those before it: to hand on a promise first and the block
later would wake a thread twice, which cost a tenth of a scan. Blocks live in rooms, whose number
bounds the memory, whatever the sizes of the sources: `UNDER_WAY` wait to be entered, each thread
fills one, and whoever enters them may keep `KEPT` for a while.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import Full, Queue
from typing import Final, TypeGuard

from logan.intake.blocks import Block, Filled, room_size
from logan.intake.buffers import ClosedError, Rooms
from logan.pipeline.batches import Alone, Step, examine_gathered
from logan.pipeline.examine import Examined, examine
from logan.pipeline.source import Account
from logan.rules.prefilter import Prefilter
from logan.runtime.timings import Stages

THREADS: Final = min(os.cpu_count() or 1, 8)
#: Blocks under way: enough to keep the threads busy, few enough to bound memory.
UNDER_WAY: Final = 2 * THREADS
#: Blocks that may be kept after they came out, the one in hand not counted.
KEPT: Final = 8
#: How often a thread that waits for room looks whether anybody still wants its blocks, in seconds.
_LOOK: Final = 0.1

#: The blocks of sources, in their order, with what must be known to examine them.
Read = Callable[[Iterator[Account], Rooms], Iterator[Step]]


@dataclass(frozen=True, slots=True)
class Done:
    """A block of a source, examined if it is whole; `position` are stored bytes read so far."""

    account: Account
    block: Examined | Block
    position: int


def _is_piece(block: Block | Filled) -> TypeGuard[Block]:
    """True for a part of a line that is too long to be examined."""
    return isinstance(block, Block) and block.piece != "whole"


def _examined(step: Step, prefilter: Prefilter) -> list[Done]:
    """What a step holds, source by source."""
    if isinstance(step, Alone):
        return [Done(step.account, examine(step.block, prefilter, step.task), step.position)]
    found = zip(step.shares, examine_gathered(step, prefilter), strict=True)
    return [Done(share.account, examined, share.position) for share, examined in found]


class _Lane:
    """A numbered stream of blocks, of which one thread at a time takes the next."""

    def __init__(self, accounts: Iterator[Account], read: Read, rooms: Rooms) -> None:
        self.lock = threading.Lock()
        self.steps = enumerate(read(accounts, rooms))


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a step of a lane held, source by source, and the number of the step."""

    lane: _Lane
    number: int
    done: list[Done]


class Lanes:
    """Sources on their way, until all are read or the block of code is left.

    Gives what is done together: a block, or one of each source that was gathered.
    """

    def __init__(
        self, accounts: Sequence[Account], read: Read, prefilter: Prefilter, stages: Stages
    ) -> None:
        self._prefilter = prefilter
        self._stages = stages
        self._waiting: Queue[_Taken | BaseException | None] = Queue(UNDER_WAY)
        self._left = threading.Event()
        self._rooms = Rooms(room_size(), most=UNDER_WAY + THREADS + KEPT + 1)
        rest = iter(accounts)
        self._lanes = [_Lane(rest, read, self._rooms) for _ in range(min(THREADS, len(accounts)))]
        self._threads = [
            threading.Thread(target=self._drive, args=(number,), name=f"lane {number}", daemon=True)
            for number in range(THREADS if accounts else 0)
        ]

    def __enter__(self) -> Iterator[list[Done]]:
        for thread in self._threads:
            thread.start()
        return self._finished()

    def __exit__(self, *_error: object) -> None:
        self._left.set()
        self._rooms.close()
        for thread in self._threads:
            thread.join()

    def _finished(self) -> Iterator[list[Done]]:
        early: dict[tuple[_Lane, int], list[Done]] = {}
        next_of = dict.fromkeys(self._lanes, 0)
        ended = 0
        while ended < len(self._threads):
            one = self._waiting.get()
            if one is None:
                ended += 1
            elif isinstance(one, BaseException):
                raise one
            else:
                early[one.lane, one.number] = one.done
                while (done := early.pop((one.lane, next_of[one.lane]), None)) is not None:
                    next_of[one.lane] += 1
                    yield done

    def _drive(self, number: int) -> None:
        """What a thread does: its own lane, then those of others."""
        try:
            for lane in (*self._lanes[number:], *self._lanes[:number]):
                while self._step(lane):
                    pass
        except ClosedError:
            return
        except BaseException as error:  # noqa: BLE001 - raised again where the blocks are entered
            self._hand_on(error)
        else:
            self._hand_on(None)

    def _step(self, lane: _Lane) -> bool:
        """Take the next block of a lane and examine it; False where there is none."""
        with lane.lock, self._stages.work("reading"):
            taken = next(lane.steps, None)
        if taken is None:
            return False
        number, step = taken
        if isinstance(step, Alone) and _is_piece(step.block):
            found = [Done(step.account, step.block, step.position)]
        else:
            with self._stages.work("searching"):
                found = _examined(step, self._prefilter)
        return self._hand_on(_Taken(lane, number, found))

    def _hand_on(self, one: _Taken | BaseException | None) -> bool:
        """Wait for room; False where nobody takes blocks any more."""
        while not self._left.is_set():
            try:
                self._waiting.put(one, timeout=_LOOK)
            except Full:
                continue
            return True
        return False
