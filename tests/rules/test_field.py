"""Requests and whole visits after public reports, called as a careful person would call them."""

import csv
import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from logan.cli.main import cli
from logan.rules.model import Rules
from logan.rules.packs import load_rules
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records

FIELD = Path(__file__).parents[2].parent / "shared" / "field"
MISSING = "no ../shared/field beside the checkout: it holds the situations and their answers"
WHEN = datetime(2026, 3, 3, 12, tzinfo=UTC)


def vectors() -> list[dict[str, str]]:
    path = FIELD / "vectors.tsv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def sequences() -> dict[str, dict[str, Any]]:
    path = FIELD / "sequences" / "expect.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules()


def _request(vector: dict[str, str]) -> str:
    """A vector as rule files write a request; a status stands in the reason."""
    url = vector["url"] + (
        ":443" if vector["method"] == "CONNECT" and ":" not in vector["url"] else ""
    )
    status = re.search(r"\[status ([0-9]{3})\]", vector["reason"])
    referrer = "" if vector["referrer"] == "-" else f" < {vector['referrer']}"
    return f"{vector['method']} {url}" + (f" {status[1]}" if status else "") + referrer


@pytest.mark.skipif(not vectors(), reason=MISSING)
@pytest.mark.parametrize(
    "vector", vectors(), ids=lambda vector: f"{vector['method']} {vector['url']}"
)
def test_each_request(rules: Rules, vector: dict[str, str]) -> None:
    row = tag(requests_as_records([_request(vector)], when=WHEN), rules).row(0, named=True)
    outcome, _, activity = vector["expected_bin/activity"].partition("/")
    assert row["bin"] == outcome, vector["reason"]
    if outcome in ("hit", "mention"):
        assert row["service"] == vector["expected_service"], vector["reason"]
        assert (row["activity"] or "-") == activity, vector["reason"]


#: Counts of a sequence by the name they have in a summary.
TOTALS = ("users", "searches", "uploads", "results", "pages", "opt_outs")


@pytest.mark.skipif(not sequences(), reason=MISSING)
@pytest.mark.parametrize("name", [name for name in sequences() if name.endswith(".log")])
def test_each_visit(name: str, tmp_path: Path) -> None:
    arguments = [
        "scan",
        str(FIELD / "sequences" / name),
        "--json",
        "--export",
        str(tmp_path / "out"),
    ]
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    summary = json.loads(done.stdout)
    wanted = dict(sequences()[name]["counts"])
    found = {key: summary["totals"][key] for key in TOTALS if key in wanted}
    found["sessions"] = summary["sessions"]["by_gap_minutes"]["30"]
    hits = pl.read_csv(tmp_path / "out" / "hits.csv", infer_schema=False)
    found["click_outs_at_service"] = Counter(hits["activity"].to_list())["click_out"]
    assert {key: found[key] for key in wanted} == wanted
