"""Work done ahead in a few threads, its results in the order of the work.

For steps that Polars takes without the interpreter lock. Knows nothing of what is done.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Threads. More would each hold a piece of work in memory, and Polars has threads of its own.
THREADS: Final = min(os.cpu_count() or 1, 2)


def ahead(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """`work` of each item, in order. Bounded: `THREADS` are under way, and one is ready."""
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > THREADS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:  # where a step failed, or nobody wants the rest
            for future in waiting:
                future.cancel()
