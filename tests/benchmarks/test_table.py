"""The table of results: what was measured, missed targets and busy machines not hidden."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

from tests.benchmarks.conftest import BENCHMARKS

MACHINE = {"processor": "CPU", "cores": "2", "memory": "8 GB", "kernel": "6.1", "python": "3.11"}
RESULT = {
    "row": "plain-squid",
    "what": "plain squid, 1 GB",
    "target": "at least 3 times",
    "met": False,
    "ratio": 2.5,
    "unit": "times as fast as `rg`",
    "sides": {"logan": {"seconds": 1.0}, "rg": {"seconds": 2.5}},
    "others": 1.0,
    "note": "",
    "scale": "quick",
    "tools": {"rg": "ripgrep 13"},
    "date": "2024-01-10",
    "machine": {**MACHINE, "polars": "2.1", "hyperscan": "0.9", "logan": "abc"},
}


def table(*results: dict[str, Any]) -> str:
    made: str = importlib.import_module("table").make_table(list(results))
    return made


def test_a_row_has_ratio_target_and_both_times_and_says_that_it_missed() -> None:
    assert (
        "| plain squid, 1 GB | 2.5 times as fast as `rg` | at least 3 times | **missed** "
        "| 1.00 s | 2.50 s |  |"
    ) in table(RESULT)


def test_where_it_was_measured_and_with_what_stands_below() -> None:
    made = table(RESULT)
    assert "- CPU, 2 cores, 8 GB, Linux 6.1;" in made
    assert "Compared with: rg (ripgrep 13)." in made


def test_a_result_from_a_busy_machine_says_so() -> None:
    assert "| busy machine |" in table({**RESULT, "others": 40.0})


def test_a_peer_that_could_not_be_had_has_a_row_without_a_result() -> None:
    absent = {"sides": {}, "met": None, "note": "not available: not in Debian"}
    made = table({**RESULT, **absent, "row": "peers-x"})
    assert "| - | at least 3 times | - |  |  | not available: not in Debian |" in made


def test_results_come_in_the_order_of_the_targets(tmp_path: Path) -> None:
    for row in ("startup--help", "peers-mawk", "plain-squid"):
        (tmp_path / f"{row}-quick.json").write_text(json.dumps({**RESULT, "row": row}))
    read = importlib.import_module("table").read_results(tmp_path)
    assert [one["row"] for one in read] == ["plain-squid", "peers-mawk", "startup--help"]


def test_limits_have_a_table_of_their_own_and_say_whether_the_target_lies_within() -> None:
    module = importlib.import_module("table")
    limit = {**RESULT, "row": "limit-plain-search", "what": "searching"}
    tables = module.make_tables([RESULT, limit, {**limit, "met": True}])
    assert tables["results"] == table(RESULT)
    words = (
        "| searching | 2.5 times as fast as `rg` | at least 3 times | {} | logan 1.00, rg 2.50 |"
    )
    assert words.format("**beyond it**") in tables["limits"]
    assert words.format("within") in tables["limits"]


def test_each_table_goes_between_its_own_marks() -> None:
    document = "".join(
        f"<!-- {name}: begin (made) -->\nold {name}\n<!-- {name}: end -->\nkept\n"
        for name in ("results", "limits")
    )
    tables = {"results": "new \\1 results\n", "limits": "new limits\n"}
    made = importlib.import_module("table").put_into(document, tables)
    assert made == document.replace("old results", "new \\1 results").replace("old l", "new l")


def test_make_bench_runs_every_script_that_has_a_row_and_the_document_names_it() -> None:
    scripts = {
        path.stem for path in BENCHMARKS.glob("*.py") if "= read_options(" in path.read_text()
    }
    root = BENCHMARKS.parent
    listed = re.search(r"^BENCHMARKS := (.*)$", (root / "Makefile").read_text(), re.MULTILINE)
    assert listed is not None
    assert set(listed.group(1).split()) == scripts
    document = (root / "docs/performance.md").read_text()
    assert all(f"| `{script}.py` |" in document for script in scripts)
