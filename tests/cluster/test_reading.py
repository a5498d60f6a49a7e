"""Read on a cluster, logs come to the bytes that they come to on one machine."""

import gzip
import io
import shlex
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from logan.cluster import plan
from logan.cluster.messages import WorkerTerms
from tests.cluster.logs import changing_log
from tests.cluster.machines import Machines
from tests.conftest import Ran, Run
from tests.faults.logs import squid
from tests.package.builders import contents
from tests.test_cases import CASES, content

SAMPLES = Path(__file__).parents[2] / "sample_logs"


def both(run: Run, machines: Machines, folder: Path, *arguments: object) -> tuple[Ran, Ran]:
    """A scan on this machine and on the cluster, which must say and write the same."""
    outs = [folder / "here", folder / "there"]
    here = run("scan", *arguments, "--json", "--export", outs[0])
    there = run("scan", *arguments, "--json", "--export", outs[1], *machines.options)
    assert there == here
    assert contents(outs[1]) == contents(outs[0])
    return here, there


@pytest.fixture
def in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "PART_BYTES", 1_000)
    monkeypatch.setattr(plan, "SMALL_BYTES", 900)
    monkeypatch.setattr(plan, "BATCH_BYTES", 2_000)


def test_the_sample_logs(run: Run, machines: Machines, tmp_path: Path) -> None:
    here, _ = both(run, machines, tmp_path, SAMPLES, "--tz", "Europe/London")
    assert here.status == 0


def many_logs(folder: Path) -> Path:
    """Logs of every kind: large, small, packed, copied, in archives, damaged, of other things."""
    folder.mkdir()
    plain = "".join(squid(at * 60, f"u{at % 5}", "pimeyes.com:443") for at in range(80))
    other = "".join(squid(at * 60, f"u{at % 5}", "a.example:443") for at in range(60))
    (folder / "plain.log").write_text(plain)
    (folder / "plain-again.log.gz").write_bytes(gzip.compress(plain.encode(), mtime=0))
    (folder / "begun.log").write_text(plain[: len(plain) // 2 // 97 * 97])
    (folder / "changing.log").write_text(changing_log())
    (folder / "other.log").write_text(other + "\0\1\2\3" * 90 + "\n" + other)
    (folder / "cut.log.gz").write_bytes(gzip.compress(other.encode(), mtime=0)[:-30])
    (folder / "diary.txt").write_text("dear diary, nothing happened today\n" * 90)
    (folder / "empty.log").write_text("")
    for number in range(12):
        lines = [squid(at * 3600 + number, "ann", "facecheck.id:443") for at in range(3)]
        (folder / f"small-{number}.log").write_text("".join(lines))
    with tarfile.open(folder / "old.tar", "w") as archive:
        for name in ("day.log", "day.log", "cache.log"):
            member = tarfile.TarInfo(name)
            member.size = len(plain)
            archive.addfile(member, io.BytesIO(plain.encode()))
    return folder


@pytest.mark.usefixtures("in_small_pieces")
def test_logs_in_many_pieces(run: Run, machines: Machines, tmp_path: Path) -> None:
    logs = many_logs(tmp_path / "logs")
    arguments = (logs, "--exclude", "cache.log", "--exclude", "none", "--tz", "here=+01:00")
    here, _ = both(run, machines, tmp_path, *arguments)
    assert here.status == 3
    assert "line 61 is no text" in here.out
    assert "is the same as" in here.out or "copy_of" in here.out


@pytest.mark.usefixtures("in_small_pieces")
def test_large_results_go_through_scratch_storage(
    run: Run, machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs, scratch = many_logs(tmp_path / "logs"), tmp_path / "scratch"
    terms = WorkerTerms.__new__.__defaults__ or ()
    monkeypatch.setattr(
        WorkerTerms.__new__, "__defaults__", tuple(1 if one == 64 << 20 else one for one in terms)
    )
    here = run("scan", logs, "--json", "--tz", "UTC")
    there = run("scan", logs, "--json", "--tz", "UTC", "--scratch", scratch, *machines.options)
    assert there == here
    assert list(scratch.iterdir()) == []
    without = run("scan", logs / "plain.log", "-q", *machines.options)
    assert without.status == 3
    assert "more than is sent through a cluster" in without.err
    assert "--scratch" in without.err


def cases() -> list[dict[str, Any]]:
    """End-to-end cases that scan files, and nothing but files; a quarter of them, for they share
    most of what they read."""
    found = [
        case for path in sorted(CASES.glob("*.yaml")) for case in yaml.safe_load(path.read_text())
    ]
    scans = [case for case in found if case["run"].startswith("scan ") and case["status"] != 2]
    return [case for case in scans if " - " not in f"{case['run']} "][::4]


@pytest.mark.usefixtures("in_small_pieces")
def test_end_to_end_cases(
    run: Run, machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    different = []
    for number, case in enumerate(cases()):
        folder = tmp_path / str(number)
        for name, spec in case.get("files", {}).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content(spec))
        monkeypatch.chdir(folder)
        arguments = shlex.split(case["run"])
        if run(*arguments) != run(*arguments, *machines.options):
            different.append(case["name"])
    assert number > 5
    assert different == []
