"""What befalls workers, the scheduler and whoever waits: the result is whole, or says what is not."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from logan.cluster import plan, roster
from tests.cluster.machines import ROOT, Machines, kill, machines_in, wait_until
from tests.conftest import Ran, Run
from tests.faults.logs import squid
from tests.package.builders import contents
from tests.processes import start_process

dask = pytest.importorskip("dask", reason="pip install 'logan-audit[cluster]'")
SAMPLES = ROOT / "sample_logs"
LOGAN = (sys.executable, "-m", "logan", "scan")


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Machines of which some come to harm."""
    with machines_in(tmp_path_factory.mktemp("fragile"), 1) as started:
        yield started


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each source is a task of its own."""
    monkeypatch.setattr(plan, "BATCH_SOURCES", 1)


def write_logs(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for number, name in enumerate(names):
        (folder / name).write_text("".join(squid(at * 60 + number) for at in range(20)))
    return folder


def begin(*arguments: object) -> "subprocess.Popen[str]":
    return start_process(
        [*LOGAN, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def reached(folder: Path) -> list[int]:
    """The processes that have come to the slow source."""
    return [int(path.name.rpartition("-")[2]) for path in folder.glob("reached-*")]


def let_go(folder: Path) -> None:
    (folder / "go").touch()


@contextmanager
def meanwhile(folder: Path, do: Callable[[], object]) -> Iterator[None]:
    """Do something as soon as a worker has come to the slow source."""

    def wait() -> None:
        wait_until(lambda: reached(folder))
        do()

    thread = threading.Thread(target=wait)
    thread.start()
    yield
    thread.join()


def failures(ran: Ran) -> dict[str, str]:
    unread: list[dict[str, Any]] = json.loads(ran.out)["incomplete"]
    return {Path(one["source"]).name: one["failure"] for one in unread}


def lines(ran: Ran) -> int:
    return int(json.loads(ran.out)["accounts"]["lines"])


def test_a_worker_that_is_killed_in_mid_task_costs_nothing(
    run: Run, fragile: Machines, tmp_path: Path
) -> None:
    logs = write_logs(tmp_path / "logs", "a.log", "slow.log", "b.log")
    expected = run("scan", logs, "--json", "--export", tmp_path / "here")
    fragile.start_worker()
    waiting = begin(logs, "--json", "--export", tmp_path / "there", *fragile.options)
    wait_until(lambda: reached(logs))
    (reading,) = (one for one in fragile.workers if one.pid in reached(logs))
    kill(reading)
    wait_until(lambda: len(reached(logs)) > 1)
    for path in logs.glob("reached-*"):
        path.unlink()
    let_go(logs)
    out, err = waiting.communicate()
    assert (waiting.returncode, out, err) == (expected.status, expected.out, "")
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_an_interrupt_stops_what_workers_do(run: Run, fragile: Machines, tmp_path: Path) -> None:
    logs = write_logs(tmp_path / "logs", "slow.log")
    waiting = begin(logs, "--export", tmp_path / "out", *fragile.options)
    wait_until(lambda: reached(logs))
    waiting.send_signal(signal.SIGINT)
    _, err = waiting.communicate()
    assert (waiting.returncode, err.strip()) == (3, "logan: interrupted; no file was written")
    assert not (tmp_path / "out").exists()
    # The one thread of the worker would wait for ever.
    others = write_logs(tmp_path / "others", "a.log")
    assert run("scan", others, "-q", *fragile.options).status == 0


def test_what_one_worker_cannot_open_another_one_reads(
    run: Run, fragile: Machines, tmp_path: Path
) -> None:
    logs = write_logs(tmp_path / "logs", "a.log", "unmounted.log", "b.log")
    expected = run("scan", logs, "--json")
    without = fragile.start_worker(4, WITHOUT_SHARE="1")
    assert run("scan", logs, "--json", *fragile.options) == expected
    kill(without)


def test_what_no_worker_can_open_is_incomplete(run: Run, tmp_path: Path) -> None:
    logs = write_logs(tmp_path / "logs", "a.log", "unmounted.log")
    (tmp_path / "machines").mkdir()
    with machines_in(tmp_path / "machines", secure=False) as insecure:
        insecure.start_worker(WITHOUT_SHARE="1")
        ran = run(
            *("scan", logs, "--json", "--export", tmp_path / "out", *insecure.options),
            "--insecure-cluster",
        )
    assert ran.status == 3
    (failure,) = failures(ran).values()
    assert failure.startswith(
        "vanished before it could be read, on the machine of the worker at tcp://"
    )
    assert lines(ran) == 20
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["asked"]["insecure_cluster"] is True


def test_machines_without_logan_are_named(run: Run, fragile: Machines, tmp_path: Path) -> None:
    logs = write_logs(tmp_path / "logs", "a.log")
    without = fragile.start_worker(WITHOUT_LOGAN="1")
    refused = run("scan", logs, "-q", *fragile.options)
    kill(without)
    assert refused.status == 2
    assert "logan is not installed there, or cannot be imported" in refused.err
    (tmp_path / "machines").mkdir()
    with machines_in(tmp_path / "machines", secure=False, WITHOUT_LOGAN="1") as insecure:
        ran = run("scan", logs, "-q", *insecure.options)
    assert ran.status == 2
    assert "logan is not installed where the scheduler runs" in ran.err


def test_other_tools_are_refused_by_name(run: Run, fragile: Machines, tmp_path: Path) -> None:
    logs = write_logs(tmp_path / "logs", "slow.log")
    with meanwhile(logs, lambda: (fragile.start_worker(OTHER_POLARS="0.1"), let_go(logs))):
        ran = run("scan", logs, "-q", *fragile.options)
    assert ran.status == 0
    late = fragile.workers[-1]
    refused = run("scan", logs, "-q", *fragile.options)
    assert refused.status == 2
    assert "polars 0.1 (here " in refused.err
    assert "tls://127.0.0.1:" in refused.err
    kill(late)


@pytest.mark.usefixtures("one_by_one")
def test_what_fails_at_every_worker_is_incomplete(
    run: Run, fragile: Machines, tmp_path: Path
) -> None:
    logs = write_logs(tmp_path / "logs", "a.log", "fault.log")
    ran = run("scan", logs, "--json", *fragile.options)
    assert ran.status == 3
    assert failures(ran)["fault.log"].startswith(
        "was not read: could not be read by 3 workers: a fault in logan itself: RuntimeError"
    )
    assert "secret" not in ran.out + ran.err
    assert lines(ran) == 20


def test_a_source_that_kills_workers_is_incomplete_and_no_other(
    run: Run, fragile: Machines, tmp_path: Path
) -> None:
    logs = write_logs(tmp_path / "logs", "a.log", "poison.log", "b.log", "c.log")
    for _ in range(3):
        fragile.start_worker()
    ran = run("scan", logs, "--json", *fragile.options)
    assert ran.status == 3
    assert failures(ran) == {"poison.log": "was not read: 3 workers died while they read it"}
    assert lines(ran) == 60


@pytest.mark.usefixtures("one_by_one")
def test_where_no_worker_is_left_it_is_said_what_was_not_read(
    run: Run, fragile: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "WAIT_SECONDS", 2.0)
    logs = write_logs(tmp_path / "logs", "a.log", "slow.log")

    def kill_all() -> None:
        for worker in fragile.workers:
            kill(worker)

    with meanwhile(logs, kill_all):
        ran = run("scan", logs, "--json", *fragile.options)
    assert ran.status == 3
    assert failures(ran)["slow.log"] == (
        "was not read: no worker was left, and none came within 2 s"
    )
    none = run("scan", logs, "--json", *fragile.options)
    assert none.status == 3
    assert "no worker came within 2 s" in none.err


@pytest.mark.usefixtures("one_by_one")
def test_where_the_scheduler_goes_away_it_is_said_what_was_not_read(
    run: Run, fragile: Machines, tmp_path: Path
) -> None:
    fragile.start_worker(2)
    logs = write_logs(tmp_path / "logs", "a.log", "b.log", "slow.log")
    impatient = dask.config.set({"distributed.comm.timeouts.connect": "2s"})
    with impatient, meanwhile(logs, lambda: kill(fragile.scheduler)):
        ran = run("scan", logs, "--json", *fragile.options)
    let_go(logs)
    assert ran.status == 3
    assert failures(ran)["slow.log"] == "was not read: the scheduler went away"
    assert lines(ran) == 20 * (3 - len(failures(ran)))
    assert "Traceback" not in ran.err
