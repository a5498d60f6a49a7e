"""Where the time of a run went: seconds by stage, for those who wonder.

The clock on the wall tells what a person waited for. What threads do side by side is told in
seconds of processor time, which add up to more than was waited for.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager


class Stages:
    """Seconds by stage, in the order in which stages first ended. Safe to share between threads.

    `waited` are seconds on the wall, `worked` seconds of processor time of threads that said so.
    """

    def __init__(self) -> None:
        self.waited: dict[str, float] = {}
        self.worked: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, stage: str) -> AbstractContextManager[None]:
        """Count what is done meanwhile as waiting for a stage."""
        return self._count(self.waited, stage, time.perf_counter)

    def work(self, stage: str) -> AbstractContextManager[None]:
        """Count the processor time that this thread takes meanwhile."""
        return self._count(self.worked, stage, time.thread_time)

    @contextmanager
    def _count(
        self, seconds: dict[str, float], stage: str, clock: Callable[[], float]
    ) -> Iterator[None]:
        began = clock()
        try:
            yield
        finally:
            with self._lock:
                seconds[stage] = seconds.get(stage, 0.0) + clock() - began
