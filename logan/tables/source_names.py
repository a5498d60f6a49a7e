"""Names of sources that do not depend on how the inputs were typed: paths below one folder."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from logan.errors import UsageError
from logan.result import ScanResult, SourceAccount
from logan.tables.accounts import count_by_gateway, list_sources
from logan.tables.coverage import measure_coverage
from logan.tables.summary import Summary

#: Standard input, which lies nowhere.
_STREAM = "-"


def name_below(names: Iterable[str], base: Path | None = None) -> dict[str, str]:
    """Give each name of a source its path below `base`, with `/` between the parts.

    Without a base, it is the deepest folder that holds them all. Links in the folders are followed,
    so that every way to write a path gives one name. Raises `UsageError` for a source outside.
    """
    places = {name: _place(name) for name in names if name != _STREAM}
    above = os.path.realpath(base) if base else _common(places.values())
    outside = [name for name, place in places.items() if not _is_below(place, above)]
    if outside:
        raise UsageError(f"--base {base}: {outside[0]} does not lie in it; name a folder above")
    below = {name: Path(os.path.relpath(place, above)).as_posix() for name, place in places.items()}
    return below | ({_STREAM: _STREAM} if _STREAM in names else {})


def _place(name: str) -> str:
    folder, file = os.path.split(name)
    return str(Path(os.path.realpath(folder)) / file)


def _common(places: Iterable[str]) -> str:
    folders = [Path(place).parent for place in places]
    return os.path.commonpath(folders) if folders else os.sep


def _is_below(place: str, above: str) -> bool:
    return os.path.commonpath([place, above]) == above


def rename_sources(summary: Summary, names: Mapping[str, str]) -> Summary:
    """The same summary with its sources and gateways under other names, in order of these."""
    result = _rename(summary.result, names)
    return replace(
        summary,
        result=result,
        coverage=measure_coverage(result.sources, summary.period) if summary.period else (),
        gateways=count_by_gateway(result.sources),
        sources=list_sources(result.sources),
    )


def _rename(result: ScanResult, names: Mapping[str, str]) -> ScanResult:
    gateways = _rename_gateways(result.sources, names)
    source = pl.col("source").replace(dict(names))
    starts = {old.removesuffix(new) for old, new in names.items() if old.endswith(new)}
    return replace(
        result,
        found=result.found.with_columns(source),
        rejects=result.rejects.with_columns(source),
        runs=tuple(run._replace(rows=run.rows.with_columns(source)) for run in result.runs),
        sources=tuple(_rename_source(one, names, gateways) for one in result.sources),
        notes=tuple(_shorten(note, starts) for note in result.notes),
    )


def _rename_gateways(sources: Iterable[SourceAccount], names: Mapping[str, str]) -> dict[str, str]:
    """New names of gateways: a folder of sources, or one source. A copy is of another's gateway."""
    renamed: dict[str, str] = {}
    for source in sources:
        if source.copy_of is None:
            name, alone = names[source.name], source.gateway == source.name
            renamed[source.gateway] = name if alone else Path(name).parent.as_posix()
    return renamed


def _rename_source(
    source: SourceAccount, names: Mapping[str, str], gateways: Mapping[str, str]
) -> SourceAccount:
    return replace(
        source,
        name=names[source.name],
        gateway=gateways.get(source.gateway, source.gateway),
        copy_of=names.get(source.copy_of or "", source.copy_of),
    )


def _shorten(note: str, starts: Iterable[str]) -> str:
    """A note without what its paths began with."""
    for start in sorted(filter(None, starts), key=len, reverse=True):
        note = note.replace(start, "")
    return note
