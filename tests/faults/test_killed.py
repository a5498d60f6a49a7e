"""SIGKILL at every step of an export: one whole export stands, and the next run clears the rest."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logan.runtime.exchange import exchange
from tests.faults.disk import content

Export = Callable[[str, int], int]
#: Steps at which a run is killed at most; more would find nothing more.
MOST = 999
#: Every so many steps: neighbours do the same to another file.
STRIDE = 4


@pytest.fixture
def export(tmp_path: Path) -> Iterator[Export]:
    """Export a story into `out`, killed at a step: -9, or how many steps it took."""
    if not hasattr(sys, "getwindowsversion"):
        command = [sys.executable, "-m", "tests.faults.killed", str(tmp_path / "out")]
    else:
        pytest.skip("needs fork and SIGKILL: run on Linux or macOS")
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdin
        assert process.stdout

        def call(story: str, step: int) -> int:
            process.stdin.write(f"{story} {step}\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            return int(process.stdout.readline())  # type: ignore[union-attr]

        yield call
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def can_exchange(folder: Path) -> bool:
    pair = folder / "a", folder / "b"
    for path in pair:
        path.mkdir()
    able = exchange(*pair)
    for path in pair:
        path.rmdir()
    return able


def test_one_whole_export_stands_whenever_the_run_is_killed(tmp_path: Path, export: Export) -> None:
    if not can_exchange(tmp_path):
        pytest.skip("this file system cannot exchange two names: run on Linux, not on NFS")
    assert export("one_day", 0) > 20
    new = content(tmp_path)
    assert export("one_user", 0) > 20
    old = content(tmp_path)
    assert new != old
    stood: list[dict[str, bytes]] = []
    for step in range(1, MOST, STRIDE):
        if (ended := export("one_day", step)) != -9:
            break
        stood.append({n: d for n, d in content(tmp_path).items() if n.startswith("out/")})
        assert stood[-1] in (old, new), f"step {step}"
        export("one_user", 0)
        assert content(tmp_path) == old, f"remnants after step {step}"
    assert step - STRIDE <= ended < step
    assert stood.index(new) * STRIDE > 20
    assert old not in stood[stood.index(new) :]


def test_without_an_old_export_there_is_the_new_one_or_none(tmp_path: Path, export: Export) -> None:
    for step in (2, 9, 20):
        assert export("one_day", step) == -9
        assert not (tmp_path / "out").exists()
    assert export("one_day", 0) > 20
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
