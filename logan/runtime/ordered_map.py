"""Work done by a few threads, its results in the order in which it was given.

For steps that Polars takes without the interpreter lock. Knows nothing of what is done.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Threads. More would each hold a piece of work in memory, and Polars has threads of its own.
THREADS: Final = min(os.cpu_count() or 1, 2)


class OrderedTasks(Generic[Item, Result]):
    """Does `work` of items as they are given. The threads go when this does."""

    def __init__(self, work: Callable[[Item], Result], threads: int = THREADS) -> None:
        self._work = work
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads)
        self._waiting: deque[Future[Result]] = deque()

    def give(self, item: Item) -> Iterator[Result]:
        """Take an item; gives what is done once as many items as threads are under way behind it.

        Only when that was taken is room for the next item.
        """
        self._waiting.append(self._pool.submit(self._work, item))
        while len(self._waiting) > self._threads:
            yield self._waiting.popleft().result()

    def rest(self) -> Iterator[Result]:
        """What is still under way."""
        while self._waiting:
            yield self._waiting.popleft().result()

    def close(self) -> None:
        """Let what is under way end, and begin no more."""
        self._pool.shutdown(cancel_futures=True)


def map_in_order(
    work: Callable[[Item], Result], items: Iterable[Item], *, threads: int = THREADS
) -> Iterator[Result]:
    """`work` of each item, in order. Bounded: `threads` are under way, and one is ready.

    A single item is done where its result is wanted: a thread for it costs more than most work.
    """
    if isinstance(items, Sized) and len(items) <= 1:
        yield from map(work, items)
        return
    tasks = OrderedTasks(work, threads)
    try:
        for item in items:
            yield from tasks.give(item)
        yield from tasks.rest()
    finally:
        tasks.close()
