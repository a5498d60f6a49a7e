"""A summary with its sources under other names."""

from collections.abc import Iterable, Mapping

import polars as pl

from logan.result import ScanResult, SourceAccount
from logan.tables.accounts import count_by_gateway, list_sources
from logan.tables.coverage import measure_coverage
from logan.tables.source_paths import rename_gateways
from logan.tables.summary import Summary


def rename_sources(summary: Summary, names: Mapping[str, str]) -> Summary:
    """The same summary with its sources and gateways under other names, in order of these."""
    result = _rename(summary.result, names)
    return summary._replace(
        result=result,
        coverage=measure_coverage(result.sources, summary.period) if summary.period else (),
        gateways=count_by_gateway(result.sources),
        sources=list_sources(result.sources),
    )


def _rename(result: ScanResult, names: Mapping[str, str]) -> ScanResult:
    gateways = rename_gateways(result.sources, names)
    source = pl.col("source").replace(dict(names))
    both = pl.col("^(hit_)?source$").replace(dict(names))
    starts = {old.removesuffix(new) for old, new in names.items() if old.endswith(new)}
    return result._replace(
        found=result.found.with_columns(both),
        rejects=result.rejects.with_columns(source),
        runs=tuple(run._replace(rows=run.rows.with_columns(both)) for run in result.runs),
        sources=tuple(_rename_source(one, names, gateways) for one in result.sources),
        notes=tuple(_shorten(note, starts) for note in result.notes),
        excluded=tuple(_shorten(name, starts) for name in result.excluded),
        markers=tuple(_shorten(name, starts) for name in result.markers),
    )


def _rename_source(
    source: SourceAccount, names: Mapping[str, str], gateways: Mapping[str, str]
) -> SourceAccount:
    return source._replace(
        name=names[source.name],
        gateway=gateways.get(source.gateway, source.gateway),
        copy_of=names.get(source.copy_of or "", source.copy_of),
    )


def _shorten(note: str, starts: Iterable[str]) -> str:
    """A note, or a path, without what its paths began with."""
    for start in sorted(filter(None, starts), key=len, reverse=True):
        note = note.replace(start, "")
    return note
