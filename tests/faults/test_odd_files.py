"""Things in a folder that are no log, or stop being one, and names made to harm: a whole scan."""

import json
import os
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from logan.errors import ExitStatus
from logan.intake import opening, small
from logan.pipeline import batches
from tests.conftest import Run
from tests.faults.disk import content
from tests.faults.logs import logan, squid, write_log

#: Names that a shell, an option parser or a path join would obey.
NAMES = (
    "-rf",
    "--json",
    "; touch harm;.log",
    "`touch harm`.log",
    "$(touch harm).log",
    "| touch harm",
    "a'b\"c.log",
    "two\nlines.log",
    "*.log",
    "[a-z]?.log",
    "%s{0}.log",
    "~",
    "file:x",
    "s3:x",
    "\x1b]0;owned\x07.log",
    "gpj\u202egol.log",
    "=cmd|x!A1.log",
)


def scan(run: Run, *arguments: object) -> tuple[int, dict[str, Any]]:
    ran = run("scan", "--json", *arguments)
    return ran.status, json.loads(ran.out)


def unread(summary: dict[str, Any]) -> dict[str, str]:
    return {Path(one["source"]).name: one["failure"] for one in summary["incomplete"]}


def test_what_cannot_be_read_is_named_and_the_rest_is_read(tmp_path: Path, run: Run) -> None:
    write_log(tmp_path / "good.log", [squid()])
    os.mkfifo(tmp_path / "pipe.log")
    (tmp_path / "dangling.log").symlink_to("nowhere")
    (tmp_path / "loop.log").symlink_to("loop.log")
    (tmp_path / "round").symlink_to(".")
    with socket.socket(socket.AF_UNIX) as listener:
        place = os.open(tmp_path, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{place}/socket.log")
        os.close(place)
        status, summary = scan(run, tmp_path)
    assert status == ExitStatus.INCOMPLETE
    odd = {"pipe.log", "dangling.log", "loop.log", "round", "socket.log"}
    assert set(unread(summary)) == odd
    assert all(unread(summary).values())
    assert summary["totals"]["hits"] == 1


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/full", "/dev/tty"])
def test_a_device_is_not_read(run: Run, name: str) -> None:
    if not Path(name).exists() or not stat.S_ISCHR(Path(name).stat().st_mode):
        pytest.skip(f"no device {name} here: run on Linux")
    status, summary = scan(run, name)
    assert status == ExitStatus.INCOMPLETE
    assert summary["accounts"]["lines"] == 0


@pytest.mark.parametrize(
    ("name", "opens", "gathered"),
    [
        ("logan.pipeline.read.open_source", opening.open_source, 0),
        ("logan.pipeline.batches.read_small", small.read_small, batches.SMALL),
    ],
)
def test_a_file_that_vanishes_before_its_turn(
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    opens: Callable[..., Any],
    gathered: int,
) -> None:
    first, second = (write_log(tmp_path / name, [squid()]) for name in ("1.log", "2.log"))

    def open_and_remove(*arguments: Any, **options: Any) -> Any:
        second.unlink(missing_ok=True)
        return opens(*arguments, **options)

    monkeypatch.setattr(name, open_and_remove)
    monkeypatch.setattr(batches, "SMALL", gathered)
    status, summary = scan(run, first, second)
    assert status == ExitStatus.INCOMPLETE
    assert list(unread(summary)) == ["2.log"]
    assert "vanished" in unread(summary)["2.log"] or "no longer" in unread(summary)["2.log"]
    assert summary["totals"]["hits"] == 1


def test_a_file_that_is_cut_while_it_is_read(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = write_log(tmp_path / "access.log", (squid(second) for second in range(90_000)))
    open_source = opening.open_source

    def open_and_cut(*arguments: Any, **options: Any) -> Any:
        opened = open_source(*arguments, **options)
        os.truncate(log, 5 << 20)
        return opened

    monkeypatch.setattr("logan.pipeline.read.open_source", open_and_cut)
    status, summary = scan(run, log)
    assert status == ExitStatus.INCOMPLETE
    assert 0 < summary["totals"]["hits"] < 90_000
    assert sum(summary["accounts"]["bins"].values()) == summary["accounts"]["lines"]


@pytest.mark.parametrize("code", [13, 5, 116])
def test_a_file_that_the_system_refuses(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    good, bad = (write_log(tmp_path / name, [squid()]) for name in ("1.log", "2.log"))
    os_open = os.open

    def refuse(path: Any, *arguments: Any, **options: Any) -> int:
        if str(path) == str(bad):
            raise OSError(code, os.strerror(code), str(path))
        return os_open(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    status, summary = scan(run, tmp_path)
    assert status == ExitStatus.INCOMPLETE
    assert list(unread(summary)) == ["2.log"]
    assert summary["totals"]["hits"] == 1
    assert good.exists()


def test_file_names_are_data(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **_: object) -> None:
        raise AssertionError(f"a process was started: {arguments}")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr(os, "system", refuse)
    logs = tmp_path / "logs"
    for number, name in enumerate(NAMES):
        # Minutes apart: what several gateways see within seconds is one request.
        write_log(logs / name, [squid(60 * number)])
    monkeypatch.chdir(logs)
    out = tmp_path / "out"
    page = run("scan", ".", "--export", out, "--top", "0")
    assert page.status == ExitStatus.COMPLETE
    assert page.out.startswith(f"{len(NAMES)} hits on PimEyes by 1 user")
    assert all(letter.isprintable() or letter == "\n" for letter in page.out)
    status, summary = scan(run, ".", "--", *NAMES)
    assert status == ExitStatus.COMPLETE
    assert summary["totals"]["hits"] == len(NAMES)
    assert {source["name"] for source in summary["sources"]} == set(NAMES)
    assert {path.name for path in logs.iterdir()} == set(NAMES)
    assert {path.name for path in tmp_path.iterdir()} == {"logs", "out"}
    rows = (out / "sources.csv").read_bytes().count(b"\n")
    assert rows == len(NAMES) + 1


def test_closed_streams_change_neither_result_nor_export(tmp_path: Path) -> None:
    log = write_log(tmp_path / "access.log", [squid()])
    closed = ("sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-')
    found = []
    for wrap in ((), closed):
        out = tmp_path / "out"
        ran = logan("scan", log, "--export", out, "--fail-on", "hits>0", "-v", wrap=wrap)
        found.append((ran.returncode, content(out)))
    assert found[0] == found[1]
    assert found[0][0] == ExitStatus.CONDITION_HOLDS
    ran = logan("scan", "-", wrap=("sh", "-c", 'exec "$0" "$@" <&-'))
    assert ran.returncode == ExitStatus.INCOMPLETE
    assert b"standard input is closed" in ran.stdout
