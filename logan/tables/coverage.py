"""Coverage: which hours have lines at all. An hour without lines is no data, never no hits.

Hours are UTC hours counted from 1970-01-01T00Z, as in `SourceAccount.hours`.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import polars as pl

from logan.result import ScanResult, SourceAccount
from logan.runtime.hour_numbers import EPOCH, HOUR, HourGap, begin_hour, find_gaps
from logan.schema import TIME
from logan.tables.period import Period, find_period
from logan.tables.table_fields import table_types


class Coverage(NamedTuple):
    """How much of a period the lines of one gateway cover; `gateway` None means any gateway.

    `hours` are those of the period, `covered` those of them with at least one line. Gaps are in
    order of time.
    """

    gateway: str | None
    sources: int
    hours: int
    covered: int
    gaps: tuple[HourGap, ...]


def measure_coverage(sources: Iterable[SourceAccount], period: Period) -> tuple[Coverage, ...]:
    """Hold the lines of each gateway against the whole period, gateways by name, the union last.

    Logs that hold no requests cover nothing, and are no gateways.
    """
    seen: dict[str, set[int]] = {}
    files: dict[str, int] = {}
    for source in sources:
        if source.other_log is not None:
            continue
        seen.setdefault(source.gateway, set()).update(source.hours)
        files[source.gateway] = files.get(source.gateway, 0) + 1
    parts = [
        _measure(gateway, files[gateway], seen[gateway], period=period) for gateway in sorted(seen)
    ]
    union = set().union(*seen.values()) if seen else set()
    return (*parts, _measure(None, sum(files.values()), union, period=period))


def count_uncovered(result: ScanResult) -> int:
    """Count the hours without a line in the period of a result, added up over its gateways.

    Without a stamp and without a period asked for there are none to count.
    """
    period = find_period(result)
    if period is None:
        return 0
    gateways = measure_coverage(result.sources, period)[:-1]
    return sum(part.hours - part.covered for part in gateways)


def is_without_data(result: ScanResult) -> bool:
    """True if nothing can be said: no line has a time, or none in the period that was asked for.

    Also of inputs that are empty, one and all: "none" would be said of nothing.
    """
    period = find_period(result)
    return period is None or not measure_coverage(result.sources, period)[-1].covered


def list_hours(sources: Iterable[SourceAccount]) -> pl.DataFrame:
    """List the hours with lines in one column `hour` (its start, UTC): once for each gateway."""
    pairs = {(source.gateway, hour) for source in sources for hour in source.hours}
    hours = [begin_hour(hour) for hour in sorted(hour for _, hour in pairs)]
    return pl.DataFrame({"hour": hours}, schema={"hour": TIME})


def list_runs(sources: Iterable[SourceAccount], period: Period | None) -> pl.DataFrame:
    """List, gateway by gateway, which hours of the period have lines: `schema.COVERAGE_CSV`.

    Runs follow one another in time and are never empty. Their state is `lines`, or for hours
    without one `no_data`; `unread` where a source of the gateway was not read to its end, so that
    nobody knows. Without a period there are no rows.
    """
    rows: list[tuple[object, ...]] = []
    if period is not None:
        listed, hours = list(sources), number_hours(period)
        partly = {source.gateway for source in listed if not source.complete}
        for part in measure_coverage(listed, period)[:-1]:
            absent = "unread" if part.gateway in partly else "no_data"
            rows += [(part.gateway, *run) for run in _runs(part.gaps, hours, absent)]
    return pl.DataFrame(rows, schema=table_types("coverage.csv"), orient="row")


def _runs(
    gaps: Iterable[HourGap], hours: range, absent: str
) -> Iterator[tuple[datetime, datetime, int, str]]:
    """The gaps of a gateway and what lies between them."""
    at, end = begin_hour(hours.start), begin_hour(hours.stop)
    for gap in (*gaps, HourGap(end, end)):
        if at < gap.start:
            yield at, gap.start, (gap.start - at) // HOUR, "lines"
        if gap.start < gap.end:
            yield gap.start, gap.end, gap.hours, absent
        at = gap.end


def number_hours(period: Period) -> range:
    """Number the hours that a period touches."""
    return range((period.start - EPOCH) // HOUR, -((EPOCH - period.end) // HOUR))


def _measure(gateway: str | None, sources: int, seen: set[int], *, period: Period) -> Coverage:
    hours = number_hours(period)
    inside = sorted(hour for hour in seen if hour in hours)
    gaps = find_gaps([hours.start - 1, *inside, hours.stop])
    return Coverage(gateway, sources, len(hours), len(inside), gaps)
