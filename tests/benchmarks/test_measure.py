"""What the scripts share: sizes, ratios, and that sides which disagree are no measure."""

import argparse
import importlib
import os
import sys
from typing import Any

import pytest


@pytest.fixture
def measure() -> Any:
    return importlib.import_module("measure")


@pytest.fixture
def commands() -> Any:
    return importlib.import_module("commands")


def test_a_size_is_read_with_its_unit(measure: Any) -> None:
    assert measure.read_size("1.5GB") == 1_500_000_000
    assert measure.read_size("20") == 20
    with pytest.raises(argparse.ArgumentTypeError):
        measure.read_size("1TB")


def test_a_ratio_is_one_of_medians(measure: Any, commands: Any) -> None:
    def runs(*seconds: float) -> list[Any]:
        return [commands.Run(one, one, 10.0) for one in seconds]

    raced = measure.Race(measure.medians({"a": runs(1, 2, 9), "b": runs(4, 4, 5)}), None)
    assert raced.ratio("b", "a") == 2
    assert raced.sides["a"]["times"] == [1, 2, 9]
    assert raced.least_processor_seconds("a") == 1


def test_sides_that_do_not_agree_are_not_raced(measure: Any) -> None:
    measure.need_equal("hits", {"logan": 3, "rg": 3})
    with pytest.raises(SystemExit, match="do not agree on hits"):
        measure.need_equal("hits", {"logan": 3, "rg": 4})


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="measures with wait4, which Windows lacks")
def test_a_side_that_fails_is_no_measure(commands: Any) -> None:
    commands.WORK.mkdir(exist_ok=True)
    with pytest.raises(SystemExit, match="exit 3"):
        commands.run((sys.executable, "-c", "raise SystemExit(3)"))


def test_logan_is_measured_with_its_byte_code(
    commands: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in commands.environment()


def test_the_exponent_of_linear_growth_is_one() -> None:
    growth = importlib.import_module("growth")
    assert growth.exponent([1, 2, 4, 8], [3.0, 6.0, 12.0, 24.0]) == 1.0
    assert growth.exponent([1, 2, 4, 8], [1.0, 4.0, 16.0, 64.0]) == 2.0
    assert growth.sizes(16_000, 250) == [250, 500, 1000, 2000, 4000, 8000, 16_000]
