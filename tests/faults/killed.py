"""Exports into a folder and kills itself with SIGKILL at a given step; a process for a test to run.

`python -m tests.faults.killed FOLDER` loads once, then reads lines `STORY STEP`, forks a process
for each that exports the story and is killed at the step (0: never), and answers with the number of
its steps, or -9.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from logan.tables.summary import summarise
from tests.faults.disk import steps
from tests.outputs.stories import STORIES
from tests.package.builders import write


def killing(number: int) -> tuple[Callable[[], None], list[int]]:
    """Counts steps, and dies at this one."""
    done: list[int] = []

    def act() -> None:
        done.append(1)
        if len(done) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return act, done


def export(story: str, number: int, folder: Path) -> int:
    act, done = killing(number)
    summary = summarise(STORIES[story]())
    with steps(act, clearing=True):
        write(summary, folder)
    return min(len(done), 255)  # what an exit status can say


def main() -> None:
    folder = Path(sys.argv[1])
    for line in sys.stdin:
        story, number = line.split()
        child = os.fork()
        if child == 0:
            os._exit(export(story, int(number), folder))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
