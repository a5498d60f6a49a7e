"""A cluster of real processes with certificates made for it: `dask scheduler`, `dask worker`."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.processes import start_process

ROOT = Path(__file__).parents[2]
PRELOAD = ("--preload", str(Path(__file__).with_name("misbehaving.py")))
DASK = (sys.executable, "-m", "dask")
_PATIENCE = 90


def wait_until(holds: Callable[[], object], seconds: float = _PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


def make_certificates(folder: Path, *names: str) -> None:
    """An authority, and certificates of it by name."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl: apt-get install openssl")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")

    def call(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    folder.mkdir()
    call("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority")
    for name in names:
        call("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", f"{name}.pem")
        call("x509", "-req", "-in", f"{name}.csr", *signed, "-days", "2")


@dataclass
class Machines:
    """A scheduler and its workers, each a process; `options` are those of logan for it."""

    folder: Path
    secure: bool
    scheduler: "subprocess.Popen[bytes]"
    address: str
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def options(self) -> tuple[str, ...]:
        if not self.secure:
            return ("--cluster", self.address)
        certs = self.folder / "certs"
        files = ("--tls-ca", "ca.pem", "--tls-cert", "client.pem", "--tls-key", "client.key")
        return ("--cluster", self.address, *(_at(certs, one) for one in files))

    def start_worker(self, threads: int = 1, **environment: str) -> "subprocess.Popen[bytes]":
        """Start one more worker, and wait until the scheduler knows it."""
        log = self.folder / f"worker-{len(self.workers)}.log"
        options = (
            "--nthreads",
            str(threads),
            "--no-nanny",
            "--no-dashboard",
            "--memory-limit",
            "0",
        )
        tls = _tls(self.folder / "certs") if self.secure else ()
        worker = start(log, "worker", self.address, *options, *PRELOAD, *tls, **environment)
        self.workers.append(worker)
        wait_until(lambda: b"Registered to" in log.read_bytes())
        return worker

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            kill(process)


def _at(folder: Path, option: str) -> str:
    return option if option.startswith("--") else str(folder / option)


def _tls(certs: Path) -> tuple[str, ...]:
    files = ("--tls-ca-file", "ca.pem", "--tls-cert", "node.pem", "--tls-key", "node.key")
    return tuple(_at(certs, one) for one in files)


def start(log: Path, *arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
    """Start a program of Dask."""
    paths = {"PYTHONPATH": str(ROOT), "DASK_LOGGING__DISTRIBUTED": "info"}
    with log.open("wb") as out:
        return start_process(
            [*DASK, *arguments],
            stdout=out,
            stderr=out,
            env={**os.environ, **paths, **environment},
        )


def start_machines(
    folder: Path, *workers: int, secure: bool = True, **environment: str
) -> Machines:
    """A scheduler in this environment, and workers of so many threads."""
    pytest.importorskip("distributed", reason="pip install 'logan-audit[cluster]'")
    if secure:
        make_certificates(folder / "certs", "node", "client")
    found = folder / "scheduler.json"
    tls = ("--protocol", "tls", *_tls(folder / "certs")) if secure else ()
    where = ("--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(found))
    log = folder / "scheduler.log"
    scheduler = start(log, "scheduler", *where, "--no-dashboard", *PRELOAD, *tls, **environment)
    wait_until(lambda: found.exists() and found.read_bytes().rstrip().endswith(b"}"))
    machines = Machines(folder, secure, scheduler, json.loads(found.read_bytes())["address"])
    for threads in workers:
        machines.start_worker(threads)
    return machines


@contextmanager
def machines_in(
    folder: Path, *workers: int, secure: bool = True, **environment: str
) -> Iterator[Machines]:
    """As `start_machines`, for the length of a block."""
    machines = start_machines(folder, *workers, secure=secure, **environment)
    try:
        yield machines
    finally:
        machines.stop()


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process without a word to anybody."""
    process.send_signal(signal.SIGKILL)
    process.wait()
