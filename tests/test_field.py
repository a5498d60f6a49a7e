"""Situations from the field with the right answers, in ../shared/field: what a scan makes of each."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run

FIELD = Path(__file__).parents[2] / "shared" / "field"
#: The cases that are held here, by what they are about.
REPEATS = (
    "logs/009-panos-dns-sinkhole",
    "logs/028-aws-network-firewall",
    "logs/043-infoblox-answers-with-colon",
    "servers/001-squid-splice-two-lines-a-tunnel",
    "servers/004-squid-bump-denied-https",
    "servers/018-unbound-local-actions-only",
    "servers/020-bind-rpz-verdict-lost",
    "servers/035-squid-splice-tunnel-of-75-seconds",
)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def is_as_said(hit: dict[str, str], said: dict[str, Any]) -> bool:
    return all(hit[name] == str("" if value is None else value) for name, value in said.items())


@pytest.mark.parametrize("name", REPEATS)
def test_what_a_scan_makes_of_it(name: str, tmp_path: Path, run: Run) -> None:
    case = FIELD / name
    if not case.is_dir():
        pytest.skip("no situations from the field beside this checkout (../shared/field)")
    expected = json.loads((case / "expect.json").read_text())
    inputs = sorted(path for path in case.iterdir() if path.name != "expect.json")
    ran = run("scan", *inputs, *expected["args"], "--export", tmp_path / "out")
    assert ran.status == expected["exit"], ran.err
    hits = rows_of(tmp_path / "out" / "hits.csv")
    assert len(hits) == len(expected["hits"])
    for said in expected["hits"]:
        fitting = [hit for hit in hits if is_as_said(hit, said)]
        assert fitting, said
        hits.remove(fitting[0])
    sources = rows_of(tmp_path / "out" / "sources.csv")
    for kind, lines in expected.get("bins", {}).items():
        assert sum(int(source[kind]) for source in sources) == lines, kind
