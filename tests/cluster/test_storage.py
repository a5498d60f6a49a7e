"""Logs in object storage, read by a cluster of which a worker dies: the bytes of one disk."""

import random
import shutil
from pathlib import Path

import pytest

from logan.cluster import plan
from logan.pipeline.settle import settle
from tests.cluster.logs import changing_log
from tests.cluster.machines import kill, machines_in, wait_until
from tests.cluster.tasks_here import TasksHere, read_in_tasks, scanned
from tests.cluster.test_faults import SAMPLES, begin, let_go, reached
from tests.conftest import Run
from tests.evidence.outputs import every_output
from tests.evidence.readings import RULES
from tests.faults.logs import squid, write_log
from tests.package.builders import contents
from tests.storage.servers import Bucket

TZ = ("--tz", "boroughs*=Europe/London", "--tz", "Europe/London")


def test_the_sample_logs_in_a_bucket_with_a_worker_killed_in_the_midst(
    s3: Bucket, tmp_path: Path, run: Run
) -> None:
    logs, marks, scratch = tmp_path / "samples", tmp_path / "marks", f"{s3.url}/scratch"
    shutil.copytree(SAMPLES, logs, ignore=shutil.ignore_patterns("generator", "*.py", "__*"))
    write_log(logs / "slow.log", [squid(at) for at in range(9)])
    expected = run("scan", logs, *TZ, "-q", "--export", tmp_path / "here")
    address = s3.put_folder(logs)
    marks.mkdir()
    (tmp_path / "machines").mkdir()
    environment = {**s3.server.environment(), "MARKS": str(marks)}
    with machines_in(tmp_path / "machines") as machines:
        machines.start_worker(**environment)
        machines.start_worker(**environment)
        there = ("--export", tmp_path / "there", "--scratch", scratch)
        waiting = begin(address, *TZ, "-q", *there, *machines.options)
        wait_until(lambda: reached(marks))
        (reading,) = (one for one in machines.workers if one.pid in reached(marks))
        kill(reading)
        wait_until(lambda: len(reached(marks)) > 1)
        let_go(marks)
        _, err = waiting.communicate()
    assert (waiting.returncode, err) == (expected.status, "")
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_a_large_object_is_read_in_ranges(
    s3: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "PART_BYTES", 500)
    monkeypatch.setattr(plan, "SMALL_BYTES", 0)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text(changing_log())
    address = s3.put_folder(tmp_path / "logs")
    tasks = TasksHere(random.Random(1))
    evidence = read_in_tasks([address], tasks)
    assert tasks.done > 15
    expected = scanned([address])
    assert every_output(settle(evidence, RULES)) == every_output(expected)
    assert expected.sources[0].bins["hit"] == 140
