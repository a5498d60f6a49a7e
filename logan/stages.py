"""Where the time of a run went: seconds by stage, for those who wonder.

The clock on the wall tells what a person waited for. What threads do side by side is told in
seconds of processor time, which add up to more than was waited for.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stages:
    """Seconds by stage, in the order in which stages first ended. Safe to share between threads.

    `waited` are seconds on the wall, `worked` seconds of processor time of threads that said so.
    """

    def __init__(self) -> None:
        self.waited: dict[str, float] = {}
        self.worked: dict[str, float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def wait(self, stage: str) -> Iterator[None]:
        """Count what is done meanwhile as waiting for a stage."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._add(self.waited, stage, time.perf_counter() - began)

    @contextmanager
    def work(self, stage: str) -> Iterator[None]:
        """Count the processor time that this thread takes meanwhile."""
        began = time.thread_time()
        try:
            yield
        finally:
            self._add(self.worked, stage, time.thread_time() - began)

    def _add(self, seconds: dict[str, float], stage: str, more: float) -> None:
        with self._lock:
            seconds[stage] = seconds.get(stage, 0.0) + more
