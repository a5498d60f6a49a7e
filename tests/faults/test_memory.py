"""Inputs made to fill the memory: a scan stays small, and says what it did not read as lines."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.faults.logs import measured, squid, write_log

#: What a scan may need beyond that of one line: blocks, and their candidates.
ALLOWANCE = 100
#: What any scan and its export may need, in MiB, with a little for other allocators.
PROMISED = 265


def scan(log: Path) -> tuple[int, dict[str, Any], int]:
    """Exit status, summary and peak memory in MiB of a scan."""
    ran, peak = measured("scan", log, "--format", "squid", "--json")
    return ran.returncode, json.loads(ran.stdout), peak


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> int:
    """The peak memory of a scan of one line."""
    status, _, peak = scan(write_log(tmp_path_factory.mktemp("baseline") / "access.log", [squid()]))
    assert status == 0
    return peak


def test_a_line_of_300_mb(tmp_path: Path, baseline: int) -> None:
    log = tmp_path / "access.log"
    with log.open("wb") as file:
        file.write(squid(url="http://pimeyes.com/").rstrip("\n").encode())
        for _ in range(300):
            file.write(b"x" * (1 << 20))
        file.write(b"\n" + squid(1).encode())
    status, summary, peak = scan(log)
    assert peak < baseline + ALLOWANCE
    assert status == 0
    bins = summary["accounts"]["bins"]
    assert (bins["rejected"], bins["hit"]) == (1, 1)
    assert sum(bins.values()) == 2


def test_half_a_gigabyte_of_zeros_in_half_a_megabyte(tmp_path: Path, baseline: int) -> None:
    log = tmp_path / "access.log.gz"
    bomb = zlib.compressobj(6, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    with log.open("wb") as file:
        file.write(gzip.compress(squid().encode()))
        for _ in range(512):
            file.write(bomb.compress(zeros))
        file.write(bomb.flush())
        file.write(gzip.compress(b"\n" + squid(1).encode()))
    assert log.stat().st_size < 1 << 20
    _, summary, peak = scan(log)
    assert peak < baseline + ALLOWANCE
    assert summary["totals"]["hits"] == 2
    assert summary["accounts"]["lines"] == 3


def test_a_million_lines_need_no_more_than_one(tmp_path: Path, baseline: int) -> None:
    log = tmp_path / "access.log"
    with log.open("w") as file:
        for second in range(0, 1_000_000, 1000):
            file.writelines(
                squid(second, url=f"http://a.example/{second + step}") for step in range(1000)
            )
        file.write(squid(1_000_000))
    status, summary, peak = scan(log)
    assert peak < baseline + ALLOWANCE
    assert status == 0
    assert summary["accounts"]["lines"] == 1_000_001
    assert summary["totals"]["hits"] == 1


def test_an_export_full_of_hits_needs_no_more_than_is_promised(
    tmp_path: Path, baseline: int
) -> None:
    log = tmp_path / "access.log"
    with log.open("w") as file:
        for second in range(0, 150_000, 1000):
            file.writelines(
                squid(second + step, f"u{(second + step) % 20_000}", method="GET")
                for step in range(1000)
            )
    ran, peak = measured("scan", log, "-q", "--export", tmp_path / "out")
    assert ran.returncode == 0, ran.stderr
    assert peak < PROMISED
    ran, peak = measured("verify", tmp_path / "out")
    assert ran.returncode == 0, ran.stdout
    assert peak < baseline + 20
