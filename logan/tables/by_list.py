"""The hits of a result by what lists of people say of them, for its summary."""

from pathlib import Path

import polars as pl

from logan.people.decisions import PeopleMatcher
from logan.result import ScanResult
from logan.tables.coverage import list_runs
from logan.tables.parts import select_parts
from logan.tables.people_cells import COUNTED
from logan.tables.people_counts import LogScope, PeopleCounts, count_people
from logan.tables.people_used import NAMED
from logan.tables.period import Period
from logan.tables.source_paths import name_below, rename_gateways


def count_by_list(
    result: ScanResult,
    people: PeopleMatcher,
    period: Period | None,
    services: pl.DataFrame,
    base: Path | str | None,
) -> PeopleCounts:
    """Count the selected hits by what the lists say; `services` are those with hits, `base` as for
    `logan.tables.summary.summarise`."""
    parts = select_parts(result)
    names = result.service_names
    below = name_below([source.name for source in result.sources], base)
    gateways = rename_gateways(result.sources, below)
    runs = list_runs(result.sources, period)
    scope = LogScope(
        period=period,
        zone=result.zone,
        names={one: names[one] for one in services["service"].drop_nulls() if one in names},
        gateways={
            source.name: gateways.get(source.gateway, source.gateway) for source in result.sources
        },
        runs=runs.with_columns(pl.col("gateway").replace(gateways)),
    )
    mentions = select_parts(result, outcome="mention")
    return count_people(
        (part.select(COUNTED).collect() for part in parts),
        (part.select(NAMED).unique().collect() for part in mentions),
        people,
        scope,
        apart=True,
    )
