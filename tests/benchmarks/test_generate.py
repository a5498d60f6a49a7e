"""The generated logs are what they claim to be, and hold what was planted: else no ratio says a thing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.conftest import BENCHMARKS
from tests.conftest import Run

GENERATE = BENCHMARKS / "generate.py"
#: Shape -> the format that a log of this shape must be taken for.
SHAPES = {
    "squid": "squid",
    "w3c": "w3c",
    "zscaler": "zscaler",
    "zeek": "zeek-json",
    "paloalto": "paloalto",
}
EVERY = 40


def generate(path: Path, shape: str, size: str = "100kB", *options: str) -> bytes:
    subprocess.run(
        [sys.executable, GENERATE, shape, size, path, "--hit-every", str(EVERY), *options],
        check=True,
        capture_output=True,
    )
    return path.read_bytes()


@pytest.mark.parametrize(("shape", "taken_for"), SHAPES.items(), ids=SHAPES)
def test_a_generated_log_is_taken_for_its_shape_and_gives_the_planted_hits(
    run: Run, tmp_path: Path, shape: str, taken_for: str
) -> None:
    log = tmp_path / "made.log"
    lines = [line for line in generate(log, shape).splitlines() if not line.startswith(b"#")]
    (found,) = json.loads(run("scan", log, "--json").out)["sources"]
    assert found["format"] == taken_for
    assert found["confidence"] == 1.0
    bins = found["bins"]
    assert len(lines) > 2 * EVERY
    assert bins["hit"] == len(lines) // EVERY
    assert bins["hit"] + bins["unrelated"] == len(lines)


def test_the_same_options_give_the_same_bytes_and_another_seed_gives_others(tmp_path: Path) -> None:
    first = generate(tmp_path / "first.log", "squid", "50kB")
    assert generate(tmp_path / "again.log", "squid", "50kB") == first
    assert generate(tmp_path / "other.log", "squid", "50kB", "--seed", "1") != first


def test_a_log_ends_with_the_line_that_reaches_the_size_asked_for(tmp_path: Path) -> None:
    data = generate(tmp_path / "made.log", "squid", "50kB")
    assert data.endswith(b"\n")
    assert len(data) >= 50_000
    assert len(data[: data.rfind(b"\n", 0, -1) + 1]) < 50_000
