"""The sizing page is computed from stored figures, and says which were measured."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def sizing() -> Any:
    return importlib.import_module("sizing")


def store(folder: Path, row: str, what: str, seconds: float, ratio: float, scale: str) -> None:
    result = {
        "what": what,
        "ratio": ratio,
        "sides": {"logan": {"seconds": seconds}},
        "machine": {"cores": "2"},
        "others": 50.0,
    }
    (folder / f"{row}-{scale}.json").write_text(json.dumps(result))


@pytest.fixture
def results(tmp_path: Path) -> Path:
    store(tmp_path, "plain-squid", "plain squid, 1 GB, 1 line in 50,000 a hit", 2.0, 3.0, "quick")
    store(tmp_path, "cluster-workers", "two workers, 1 GB of Squid log", 9.0, 0.9, "quick")
    store(tmp_path, "packed-four-gz", "four .gz of 250 MB inflated", 1.0, 1.0, "quick")
    store(tmp_path, "cluster-merging", "put together: 10 findings", 1.0, 2.5, "quick")
    return tmp_path


def test_rates_are_those_of_one_processor(sizing: Any, results: Path) -> None:
    assert sizing.read_rates(results) == (0.25e9, 0.5e9, 0.9, 2.5, True)
    store(results, "plain-squid", "plain squid, 16 GB, 1 line in 50,000 a hit", 16.0, 3.0, "full")
    assert sizing.read_rates(results).plain == 0.5e9


def test_the_table_is_multiplied_out(sizing: Any) -> None:
    table = sizing.make_sizing(sizing.Rates(0.5e9, 1e9, 0.5, 2.5))
    # 5 TB by one machine of eight threads, a quarter of a GB a second each: 2,500 s.
    assert "| 5 TB | plain | 26.3 billion | 42 min | 14 min |" in table
    # Eight times the text, twice as fast.
    assert "| 5 TB | gzip | 211 billion | 2.8 h |" in table
    assert "0.50 GB of plain text a second" in table
    assert "busy" not in table
    assert "busy" in sizing.make_sizing(sizing.Rates(0.5e9, 1e9, 0.5, 2.5, busy=True))
    assert "Extrapolated:\nall of the table" in table


def test_what_was_never_measured_stops_it(sizing: Any, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"run `python benchmarks/cluster\.py`"):
        sizing.read_rates(tmp_path)


def test_the_document_has_its_place(sizing: Any) -> None:
    document = (Path(__file__).parents[2] / "docs" / "cluster.md").read_text()
    changed = sizing.put_into(document, "figures\n")
    assert changed != document
    assert "made by benchmarks/sizing.py) -->\nfigures\n<!-- sizing: end -->" in changed
