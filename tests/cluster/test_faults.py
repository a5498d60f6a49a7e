"""What befalls workers, the scheduler and whoever waits: the result is whole, or says what is not."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.machines import ROOT, Machines, kill, machines_in, wait_until
from tests.conftest import Run
from tests.faults.logs import squid
from tests.package.builders import contents

LOGAN = (sys.executable, "-m", "logan", "scan")


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Machines of which some come to harm."""
    with machines_in(tmp_path_factory.mktemp("fragile"), 1) as started:
        yield started


def write_logs(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for number, name in enumerate(names):
        (folder / name).write_text("".join(squid(at * 60 + number) for at in range(20)))
    return folder


def begin(*arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*LOGAN, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def reached(folder: Path) -> list[int]:
    """The processes that have come to the slow source."""
    return [int(path.name.rpartition("-")[2]) for path in folder.glob("reached-*")]


def failures(out: str) -> dict[str, str]:
    sources: list[dict[str, Any]] = json.loads(out)["sources"]
    return {Path(one["source"]).name: one["failure"] for one in sources if one["failure"]}


def test_a_worker_that_is_killed_in_mid_task_costs_nothing(
    run: Run, fragile: Machines, tmp_path: Path
) -> None:
    logs = write_logs(tmp_path / "logs", "a.log", "slow.log", "b.log")
    expected = run("scan", logs, "--json", "--export", tmp_path / "here")
    fragile.start_worker()
    waiting = begin(logs, "--json", "--export", tmp_path / "there", *fragile.options)
    wait_until(lambda: reached(logs))
    wanted = next(one for one in fragile.workers if one.pid in reached(logs))
    kill(wanted)
    wait_until(lambda: len(reached(logs)) > 1)
    for path in logs.glob("reached-*"):
        path.unlink()
    (logs / "go").touch()
    out, err = waiting.communicate()
    assert (waiting.returncode, out, err) == (expected.status, expected.out, "")
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
