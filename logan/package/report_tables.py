"""The tables of a report, each from one table of the package, with the query that gives it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

import polars as pl

from logan.outputs.report.charts import draw_coverage
from logan.outputs.report.content import HourCalendar, ReportTable
from logan.outputs.words import count, name_day, name_days, name_hours, name_moment
from logan.package.blocking import ServiceBlock
from logan.package.reading import Package
from logan.package.report_windows import Row
from logan.tables.period import Period, localise

#: Rows of a long table that a report shows; all of them stand in the file.
_ROWS: Final = 200
_GATEWAYS: Final = 24
_SHADES: Final = 5
_SERVICE_COUNTS: Final = (
    *("hits", "users", "addresses", "searches", "uploads", "results", "blocked", "sessions"),
)


def list_services(services: pl.DataFrame, period: Period | None) -> ReportTable:
    """Counts of each service, with its first and last day."""
    counts = [name for name in _SERVICE_COUNTS if name != "addresses" or services[name].sum()]
    columns = [("service", False), *((name, True) for name in counts), ("first", False)]
    rows = [
        [
            row["name"] or row["service"],
            *(f"{row[name]:,}" for name in counts),
            _day(row["first_seen"], period),
            _day(row["last_seen"], period),
        ]
        for row in services.iter_rows(named=True)
    ]
    caption = "By service; users may be in several rows, so they do not add up"
    return ReportTable(caption, [*columns, ("last", False)], rows, "services.csv: all rows")


def _day(instant: datetime | None, period: Period | None) -> str:
    if instant is None or period is None:
        return ""
    return name_day(localise(instant, period.zone).date())


def note_blocks(blocks: Sequence[ServiceBlock], services: pl.DataFrame) -> str:
    """What a block is taken to be, or that the logs show none."""
    if blocks:
        return (
            "A service counts as blocked from the first blocked hit after which at least nine of "
            "ten hits on it were blocked. Blocked hits are attempts: the request was made, and "
            "stopped."
        )
    if services["blocked"].sum():
        return "Single hits were blocked, but from no day on were nine of ten hits on a service."
    return "The logs show no block: no hit was stopped by a gateway."


def list_blocks(
    blocks: Sequence[ServiceBlock], names: Mapping[str, str], period: Period | None
) -> ReportTable:
    """Services that were blocked from some day on, with hits before and after."""
    columns = [
        ("service", False),
        *(("blocked from", False), ("hits before", True), ("hits after", True)),
        *(("of them let through", True), ("users after", True)),
    ]
    rows = [
        [
            names.get(block.service) or block.service,
            _name_moment(block.start, period),
            *(f"{number:,}" for number in (block.before, block.after, block.let_through)),
            f"{block.users_after:,}",
        ]
        for block in blocks
    ]
    query = "hits.csv: service, and time from the moment named on; let through: action = allowed"
    return ReportTable("Services that were blocked, before and after", columns, rows, query)


def _name_moment(instant: datetime, period: Period | None) -> str:
    return name_moment(instant, period.zone if period else "UTC")


def _runs(package: Package) -> dict[str, list[tuple[datetime, datetime, str]]]:
    """The coverage of each gateway, in order of their names."""
    runs: dict[str, list[tuple[datetime, datetime, str]]] = {}
    table = package.table("coverage.csv").select("gateway", "start", "end", "state").collect()
    for gateway, start, end, state in table.rows():
        runs.setdefault(gateway, []).append((start, end, state))
    return runs


def draw_gateways(package: Package, period: Period | None) -> Any:
    """The chart of which hours of each gateway have lines; None where there are no hours."""
    runs = _runs(package)
    if period is None or not runs:
        return None
    gaps = sum(state != "lines" for listed in runs.values() for _, _, state in listed)
    shown = list(runs.items())[:_GATEWAYS]
    hidden = len(runs) - len(shown)
    more = f" {hidden:,} more gateways are in coverage.csv." if hidden else ""
    return draw_coverage(
        shown,
        start=name_day(period.first_day),
        end=name_day(period.last_day),
        summary=f"{count(len(runs), 'gateway')} with {count(gaps, 'gap')} in all.{more} "
        "All numbers stand in the table below.",
    )


def list_coverage(package: Package) -> ReportTable:
    """Hours of each gateway, how many of them have lines, and in how many gaps the others lie."""
    counted = (
        package.table("coverage.csv")
        .group_by("gateway")
        .agg(
            hours=pl.col("hours").sum(),
            covered=pl.col("hours").filter(pl.col("state") == "lines").sum(),
            gaps=(pl.col("state") != "lines").sum(),
            unread=(pl.col("state") == "unread").any(),
        )
        .sort("gateway")
        .collect()
    )
    columns = [("gateway", False), ("hours", True), ("with lines", True), ("gaps", True)]
    rows = [
        [
            row["gateway"],
            *(f"{row[name]:,}" for name in ("hours", "covered", "gaps")),
            "could not be read in full" if row["unread"] else "read in full",
        ]
        for row in counted.iter_rows(named=True)
    ]
    shown, left_out = _cut(rows)
    query = "coverage.csv: sum of hours, by gateway; state = lines"
    return ReportTable("Hours by gateway", [*columns, ("its logs", False)], shown, query, left_out)


def _cut(rows: Iterable[Sequence[str]]) -> tuple[list[Sequence[str]], int]:
    """As many rows as a report shows, and how many it leaves out."""
    listed = list(rows)
    return listed[:_ROWS], max(len(listed) - _ROWS, 0)


def _first_rows(package: Package, name: str) -> Iterator[Row]:
    """As many rows of a table as a report shows; no more of its file is read, nor mapped."""
    batches = package.typed_batches(name)
    return islice((row for batch in batches for row in batch.iter_rows(named=True)), _ROWS)


def list_users(package: Package, names: Mapping[str, str], period: Period | None) -> ReportTable:
    """Users and services with most hits, with what they did and on which days."""
    counts = ("hits", "searches", "uploads", "blocked", "sessions", "active_days")
    total = package.rows()["users.csv"]
    columns = [("user or address", False), ("service", False)]
    columns += [(name.replace("_", " "), True) for name in counts]
    rows = [
        [
            row["user"] or row["address"] or "neither named",
            names.get(row["service"]) or row["service"] or "",
            *(f"{row[name]:,}" for name in counts),
            _span_of_days(row, period),
        ]
        for row in _first_rows(package, "users.csv")
    ]
    columns.append(("seen", False))
    query = "users.csv: all rows"
    left_out = max(total - _ROWS, 0)
    return ReportTable("By user and service, most hits first", columns, rows, query, left_out)


def _span_of_days(row: Row, period: Period | None) -> str:
    if row["first_seen"] is None or period is None:
        return ""
    first, last = (localise(row[name], period.zone).date() for name in ("first_seen", "last_seen"))
    return name_days(first, last)


def fill_calendar(by_local_hour: pl.DataFrame) -> HourCalendar:
    """Hits by local hour and day of the week, each with its shade from 0 to 5.

    `by_local_hour` is that of `hit_counts`.
    """
    local = pl.col("local")
    day = local.str.slice(0, 10).str.to_date(strict=False).dt.weekday().alias("day")
    hour = local.str.slice(11, 2).cast(pl.Int64, strict=False).alias("hour")
    counted = by_local_hour.group_by(day, hour).agg(pl.col("hits").sum()).drop_nulls()
    cells = {(hour, day): hits for day, hour, hits in counted.rows()}
    most = max(cells.values(), default=0)
    grid = [[_shade(cells.get((hour, day), 0), most) for day in range(1, 8)] for hour in range(24)]
    return HourCalendar(grid, "hits.csv: day of the week and hour of time_local")


def _shade(hits: int, most: int) -> tuple[int, int]:
    return hits, -(-hits * _SHADES // most) if most else 0


def list_gaps(package: Package, period: Period | None) -> ReportTable:
    """Gaps of each gateway in whole hours: without a line, or unread."""
    zone = period.zone if period else "UTC"
    words = {"no_data": "no line", "unread": "could not be read"}
    table = package.table("coverage.csv").filter(pl.col("state") != "lines").collect()
    rows = [
        [row["gateway"], _name_gap(row, zone), f"{row['hours']:,}", words[row["state"]]]
        for row in table.iter_rows(named=True)
    ]
    shown, left_out = _cut(rows)
    columns = [("gateway", False), ("from, to", False), ("hours", True), ("why", False)]
    query = "coverage.csv: state = no_data or unread"
    return ReportTable(f"Gaps of whole hours, times of {zone}", columns, shown, query, left_out)


def _name_gap(row: Row, zone: str) -> str:
    longest = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
    return name_hours(row["start"], min(row["end"], longest), zone)


def list_sources(package: Package, period: Period | None) -> ReportTable:
    """Log files, what they were taken for, and whether they could be read to their ends."""
    columns = [
        *(("log file", False), ("format", False), ("lines", True), ("hits", True)),
        *(("rejected", True), ("days", False), ("state", False), ("SHA-256", False)),
    ]
    rows = [
        [
            row["source"],
            row["format"] or "not recognised",
            *(f"{row[name] or 0:,}" for name in ("lines", "hit", "rejected")),
            _span_of_days({"first_seen": row["first_time"], "last_seen": row["last_time"]}, period),
            _state_of(row),
            (row["sha256"] or "")[:16],
        ]
        for row in package.table("sources.csv").collect().iter_rows(named=True)
    ]
    shown, left_out = _cut(rows)
    caption = "Log files; of each hash the first 16 digits"
    return ReportTable(caption, columns, shown, "sources.csv: all rows", left_out)


def _state_of(row: Row) -> str:
    if row["copy_of"]:
        return f"copy of {row['copy_of']}"
    return "complete" if row["complete"] else str(row["why_incomplete"] or "not complete")


def list_rules(package: Package, names: Mapping[str, str]) -> ReportTable:
    """Rules that decided hits, with what they prove and who says so."""
    columns = [
        *(("rule", False), ("service", False), ("activity", False), ("hits", True)),
        *(("proves", False), ("confidence", False), ("on whose word", False)),
    ]
    rows = [
        [
            row["rule"] or "the host alone",
            names.get(row["service"]) or row["service"] or "",
            row["activity"] or "",
            f"{row['hits']:,}",
            *(row[name] or "" for name in ("proves", "confidence", "source")),
        ]
        for row in package.table("rules.csv").collect().iter_rows(named=True)
    ]
    shown, left_out = _cut(rows)
    return ReportTable(
        "Rules, with what they prove", columns, shown, "rules.csv: all rows", left_out
    )


def list_lookalikes(package: Package, period: Period | None) -> ReportTable:
    """Hosts that only look like a watched service, by registered domain."""
    columns = [
        *(("domain", False), ("looks like", False), ("lines", True), ("users", True)),
        *(("blocked", True), ("seen", False)),
    ]
    rows = [
        [
            row["domain"],
            row["service"],
            *(f"{row[name]:,}" for name in ("lines", "users", "blocked")),
            _span_of_days(row, period),
        ]
        for row in _first_rows(package, "lookalikes.csv")
    ]
    left_out = max(package.rows()["lookalikes.csv"] - _ROWS, 0)
    return ReportTable("Look-alike hosts", columns, rows, "lookalikes.csv: all rows", left_out)
