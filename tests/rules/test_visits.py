"""What whole visits come to, counted as a careful person would."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from logan.rules.across_lines import settle
from logan.rules.packs import load_rules
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records
from logan.schema import TIME
from logan.tables.measures import SUMS

TABLE = Path(__file__).with_name("visits.txt")
START = datetime(2026, 3, 6, 9, tzinfo=UTC)
RULES = load_rules()


class Visit(NamedTuple):
    name: str
    counts: dict[str, int]
    events: list[tuple[int, str]]


def read_visit(text: str) -> Visit:
    title, counts, *lines = text.strip().splitlines()
    pairs = (pair.split("=") for pair in counts.removeprefix("= ").split())
    events = ((int(at), request) for at, request in (line.split(" ", 1) for line in lines))
    name = title.removeprefix("# ").partition(":")[0]
    return Visit(name, {measure: int(value) for measure, value in pairs}, [*events])


VISITS = [read_visit(text) for text in TABLE.read_text(encoding="utf-8").split("\n\n")[1:]]


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.name)
def test_a_visit_comes_to_what_happened(visit: Visit) -> None:
    requests = [request for _, request in visit.events]
    times = pl.Series([START + timedelta(seconds=at) for at, _ in visit.events]).cast(TIME)
    records = requests_as_records(requests, when=START).with_columns(
        time=times, user=pl.lit("FORCE\\liz"), source=pl.lit(0, dtype=pl.UInt32)
    )
    found = settle(tag(records, RULES), RULES)
    hits = found.filter(pl.col("bin") == "hit")
    sums = hits.select(**SUMS).row(0, named=True)
    assert {measure: sums[measure] for measure in visit.counts} == visit.counts
