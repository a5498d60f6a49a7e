"""The few exceptions logan raises on purpose; each carries its exit status and its place.

Bad configuration raises. Bad *input* never does: it is counted, kept with its reason, and makes the
run incomplete where something could not be read.
"""

from enum import IntEnum
from pathlib import Path
from typing import Final, NamedTuple

#: What is said where a run ends by Ctrl-C, a polite kill or a terminal that is closed.
INTERRUPTED: Final = "interrupted; no file was written"


class ExitStatus(IntEnum):
    """What the process says to cron."""

    COMPLETE = 0
    CONDITION_HOLDS = 1
    USAGE = 2
    INCOMPLETE = 3
    LOCKED = 4


class Problem(NamedTuple):
    """One thing wrong with a file a person wrote, and what to write instead.

    `line` is 1-based; None where the problem belongs to the whole file.
    """

    path: Path | str
    line: int | None
    message: str
    advice: str | None = None

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line is not None else str(self.path)
        advice = f"\n    {self.advice}" if self.advice else ""
        return f"{place}: {self.message}{advice}"


class LoganError(Exception):
    """Something logan cannot go on from. `str(error)` is written for the person at the terminal."""

    exit_status = ExitStatus.USAGE


class UsageError(LoganError):
    """The arguments contradict each other or name something that does not exist."""


class OutputError(LoganError):
    """A result could not be written (disk full, no permission). The old result still stands."""

    exit_status = ExitStatus.INCOMPLETE


class LockedError(LoganError):
    """Another run writes to the same place."""

    exit_status = ExitStatus.LOCKED


class ConfigurationError(LoganError):
    """Every problem found in rules or mapping files, all at once."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))
