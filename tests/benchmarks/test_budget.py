"""A scan does no more work than its budget has; counts, not seconds: see docs/performance.md."""

import importlib
import json
import subprocess
import sys
from types import ModuleType

import pytest

from tests.benchmarks.conftest import BENCHMARKS


@pytest.fixture
def budget() -> ModuleType:
    return importlib.import_module("budget")


def test_a_scan_makes_no_more_calls_than_its_budget() -> None:
    done = subprocess.run(
        [sys.executable, BENCHMARKS / "budget.py", "--calls"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_count_above_its_budget_and_room_is_named_with_both_numbers(budget: ModuleType) -> None:
    counts = {"calls a MB": 120.0, "instructions a byte": 11.0}
    had = {"calls a MB": 100.0, "instructions a byte": 10.0}
    assert budget.over_budget(counts, had) == ["calls a MB: 120, budget 100, +20 %"]


def test_a_count_without_a_budget_is_over_it(budget: ModuleType) -> None:
    assert budget.over_budget({"new": 1.0}, {}) == ["new: 1, without a budget"]


def test_a_budget_of_nothing_allows_nothing(budget: ModuleType) -> None:
    assert budget.over_budget({"into Polars": 1.0}, {"into Polars": 0.0})
    assert not budget.over_budget({"into Polars": 0.0}, {"into Polars": 0.0})


def test_a_count_far_below_its_budget_asks_for_a_new_one(budget: ModuleType) -> None:
    assert budget.far_below({"calls a MB": 50.0}, {"calls a MB": 100.0})
    assert not budget.far_below({"calls a MB": 95.0}, {"calls a MB": 100.0})


def test_the_stored_budget_has_every_count_and_the_versions_it_depends_on() -> None:
    stored = json.loads((BENCHMARKS / "budget.json").read_text())
    assert any("instructions" in name for name in stored["counts"])
    assert {"python", "polars", "numpy", "hyperscan"} <= stored["versions"].keys()
