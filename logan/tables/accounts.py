"""The account of every line: what each source was read as, and in which bin its lines ended."""

from collections.abc import Iterable, Mapping

import polars as pl

from logan.errors import ExitStatus, LoganError
from logan.result import ScanResult, SourceAccount
from logan.tables.table_fields import table_types
from logan.vocabulary import BINS, Bin


class UnbalancedError(LoganError):
    """Lines and bins do not add up: a mistake in logan, never in a log. No number can be given."""

    exit_status = ExitStatus.INCOMPLETE


def count_lines(sources: Iterable[SourceAccount]) -> Mapping[Bin, int]:
    """Sum the lines in each bin over all sources."""
    listed = list(sources)
    return {name: sum(source.bins.get(name, 0) for source in listed) for name in BINS}


def count_by_gateway(sources: Iterable[SourceAccount]) -> Mapping[str, Mapping[Bin, int]]:
    """Sum the lines in each bin for each gateway, gateways by name."""
    listed: dict[str, list[SourceAccount]] = {}
    for source in sources:
        listed.setdefault(source.gateway, []).append(source)
    return {gateway: count_lines(listed[gateway]) for gateway in sorted(listed)}


def list_sources(sources: Iterable[SourceAccount]) -> pl.DataFrame:
    """List every source with its bins: the columns of `schema.SOURCES_CSV`, in order of names."""
    rows = [_flatten(source) for source in sorted(sources, key=lambda source: source.name)]
    return pl.DataFrame(rows, schema=table_types("sources.csv"))


def check_accounts(result: ScanResult) -> None:
    """Raise `UnbalancedError` if lines, bins and findings of a result do not add up."""
    outcome = pl.col("bin")
    found = result.found.select(
        hits=(outcome == "hit").sum(), mentions=(outcome == "mention").sum()
    ).collect(engine="streaming")
    check_balance(result.sources, **found.row(0, named=True))


def check_balance(
    sources: Iterable[SourceAccount], *, hits: int | None = None, mentions: int | None = None
) -> None:
    """Make sure that each source's bins sum to its lines, and that findings equal their bins.

    `hits` and `mentions` are numbers of findings before any selection.
    """
    listed = list(sources)
    for source in listed:
        if sum(source.bins.values()) != source.lines:
            raise UnbalancedError(
                f"{source.name}: {source.lines} lines, but its bins hold "
                f"{sum(source.bins.values())}; please report this as a fault of logan"
            )
    binned = count_lines(listed)
    listings: tuple[tuple[Bin, int | None], ...] = (("hit", hits), ("mention", mentions))
    for name, found in listings:
        if found is not None and found != binned[name]:
            raise UnbalancedError(
                f"{binned[name]} lines were counted as {name}, but {found} are listed; "
                "please report this as a fault of logan"
            )


def _flatten(source: SourceAccount) -> dict[str, object]:
    bins: dict[str, int] = {name: source.bins.get(name, 0) for name in BINS}
    return {
        "source": source.name,
        "format": source.format,
        "lines": source.lines,
        **bins,
        "first_time": source.first_time,
        "last_time": source.last_time,
        "complete": source.complete,
        "sha256": source.sha256,
        "gateway": source.gateway,
        "bytes": source.size,
        "content_sha256": source.content_sha256,
        "encoding": source.encoding,
        "zone": source.zone,
        "zone_from": source.zone_origin,
        "copy_of": source.copy_of,
        "why_incomplete": source.failure,
    }
