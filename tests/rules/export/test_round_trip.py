"""What logan exports, it reads back: the same lines of the sample logs are hits."""

from pathlib import Path

import polars as pl
import pytest

from logan.pipeline.scan import Settings, scan
from logan.rules.export.targets import export_rules
from logan.rules.model import Rules
from logan.rules.packs import load_rules

LOGS = Path(__file__).parents[3] / "sample_logs"

#: What a single line cannot show, and so no other tool: the first of several requests counts.
COUNTED = {("poll", "results"), ("contact", "results"), ("results", "search")}
#: Furniture of a page, or a path too short for a wildcard; an exported rule sees a visit.
BARE = {("asset", "page"), ("poll", "page"), ("api", "page"), ("email_link", "page")}


def _hits(rules: Rules) -> pl.DataFrame:
    result = scan(Settings(paths=(str(LOGS),), rules=rules, zones=(("*", "Europe/London"),)))
    assert result.complete
    found = result.found.filter(pl.col("bin") == "hit").collect()
    return found.select("source", "line", "service", "activity").sort("source", "line")


@pytest.fixture(scope="module")
def of_pack() -> pl.DataFrame:
    return _hits(load_rules())


def _back(target: str, folder: Path) -> Rules:
    for name, text in export_rules(load_rules(), target).files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load_rules([folder])


def test_sigma_rules_find_the_same_hits(of_pack: pl.DataFrame, tmp_path: Path) -> None:
    found = _hits(_back("sigma", tmp_path))
    keys = ["source", "line", "service"]
    assert found.select(keys).equals(of_pack.select(keys))
    both = of_pack.join(found, on=keys, suffix="_found")
    other = both.filter(pl.col("activity") != pl.col("activity_found"))
    assert set(other.select("activity", "activity_found").iter_rows()) <= COUNTED | BARE


def test_indicators_find_the_same_hits(of_pack: pl.DataFrame, tmp_path: Path) -> None:
    keys = ["source", "line", "service"]
    assert _hits(_back("stix", tmp_path)).select(keys).equals(of_pack.select(keys))
