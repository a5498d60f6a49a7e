"""A cluster's reading without a cluster: its tasks are done in this process, in an order of chance."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from logan.cluster import worker
from logan.cluster.dispatch import ClusterTask, Take, TaskOutcome
from logan.cluster.messages import TaskAnswer, WorkerTerms
from logan.cluster.reading import ClusterReading
from logan.cluster.tools import installed_tools
from logan.evidence.evidence import Evidence
from logan.intake.source_search import find
from logan.package.rule_files import read_rule_files
from logan.pipeline.settings import Settings
from logan.result import ScanResult
from tests.evidence.readings import RULES, scan

TERMS = WorkerTerms(
    tools=installed_tools(),
    rules=tuple((one.name, one.content.decode()) for one in read_rule_files(RULES)),
    rules_version=RULES.version,
    hashing=True,
)


class TasksHere:
    """Does tasks at once, in an order of chance; `losing` says which never come to an end."""

    addresses = frozenset(("one", "other"))

    def __init__(self, chance: random.Random, losing: str | None = None) -> None:
        self._chance = chance
        self._losing = losing
        self.done = 0

    async def complete(self, tasks: Sequence[ClusterTask], take: Take) -> None:
        waiting = [*tasks]
        self._chance.shuffle(waiting)
        while waiting:
            task = waiting.pop()
            self.done += 1
            if task.pieces and self._chance.random() < 0.3:
                waiting += task.pieces
            elif self._losing is not None and self._loses(task):
                take(TaskOutcome(task, reason="nobody could"))
            else:
                answer = TaskAnswer.unpacked(task.function(*task.arguments))
                take(TaskOutcome(task, answer, self._chance.choice([*self.addresses])))

    def _loses(self, task: ClusterTask) -> bool:
        parts = getattr(task.subject, "parts", ())
        return any(f"{part.name}:{part.first_byte}" == self._losing for part in parts)


def read_in_tasks(paths: Sequence[Path | str], tasks: TasksHere) -> Evidence:
    """Read as a cluster does, by tasks that are done here."""
    asked = Settings(tuple(map(str, paths)), RULES, hashing=True)
    return do_here(ClusterReading(asked, TERMS, find(asked.paths)), tasks)


def do_here(reading: ClusterReading, tasks: TasksHere) -> Evidence:
    """Have tasks done here, where nobody stops waiting for them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "_who_knows", lambda: lambda: True)
        patch.setattr(worker, "_who_tells", lambda _topic: lambda *_place: None)
        return asyncio.run(reading.read(tasks))


def scanned(paths: Sequence[Path | str]) -> ScanResult:
    return scan(Settings(tuple(map(str, paths)), RULES, hashing=True))
