"""A report's content, counted from the tables of a package alone, so that anybody can repeat it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import polars as pl

from logan.outputs.report.charts import WindowSpan, draw_columns, draw_coverage
from logan.outputs.report.content import HourCalendar, ReportContent, ReportFigure, ReportTable
from logan.outputs.words import count, name_day, name_days, name_hours, name_moment, name_period
from logan.outputs.words import name_span as write_span
from logan.package.blocking import ServiceBlock, find_blocks
from logan.package.files import hash_file
from logan.package.names import MANIFEST
from logan.package.people_report import list_people
from logan.package.reading import Package
from logan.tables.period import Period, localise
from logan.tables.spans import Window, parse_window

#: Rows of a long table that a report shows; all of them stand in the file.
_ROWS: Final = 200
_GATEWAYS: Final = 24
#: Columns of the chart, at most: more windows are drawn several at a time.
_COLUMNS: Final = 56
_SHADES: Final = 5
_DARK: Final = "no data"

_WORDS: Final = {
    "hit": "One request whose host belongs to a watched service, let through or blocked. Not a "
    "visit, not a search, not a person.",
    "user": "An account, as the logs name it, whatever the case of the letters.",
    "search": "A request that starts a face search, as the rules know it. Blocked ones are not in "
    "it.",
    "upload": "A request that sends a photo. Blocked ones are not in it.",
    "possible upload": "An encrypted tunnel that sent enough for a photo. Size alone proves none.",
    "contact": "The log shows the host alone: it may have been a page, an upload or a search.",
    "session": "Hits of one user on one service with no long pause between them.",
    "mention": "A line that names a service elsewhere, as in a web search. Listed, never counted.",
    "no data": "An hour without a single line of a gateway. Not an hour without use.",
    "incomplete": "Something could not be read or was not recognised: what is counted may be too "
    "little.",
}

Row = Mapping[str, Any]


def make_content(package: Package, *, title: str | None = None) -> ReportContent:
    """Count everything that a report says of a package."""
    manifest, period = package.manifest, package.period
    services = package.table("services.csv").collect()
    names: Mapping[str, str] = dict(services.select("service", "name").rows())
    blocks = find_blocks(package)
    windows = _read_windows(package, period)
    limits = package.table("limits.csv").collect()
    answer, *more = manifest["headline"]
    return ReportContent(
        title=title or _title(manifest),
        reference=manifest.get("reference"),
        period=_name_period(period),
        warnings=[*_warn(package, limits)],
        answer=answer,
        more=more,
        figures=[*_list_figures(package, services)],
        windows_chart=_draw_windows(windows, blocks, names, period),
        windows=_list_windows(windows) if windows else None,
        services=_list_services(services, period),
        after_block=_list_blocks(blocks, names, period) if blocks else None,
        block_note=_note_blocks(blocks, services),
        people=list_people(package, names) if package.with_people else None,
        coverage_chart=_draw_coverage(package, period),
        coverage=_list_coverage(package),
        limits=limits["text"].to_list(),
        made_from=[*_made_from(package)],
        manifest_sha256=hash_file(package.folder / MANIFEST),
        users=_list_users(package, names, period),
        calendar=_fill_calendar(package),
        gaps=_list_gaps(package, period),
        sources=_list_sources(package, period),
        rules=_list_rules(package, names),
        lookalikes=_list_lookalikes(package, period),
        words=[*_WORDS.items()],
    )


def _title(manifest: Row) -> str:
    name = manifest.get("name")
    return "Use of facial-search sites" + (f": {name}" if name else "")


def _name_period(period: Period | None) -> str:
    if period is None:
        return "No line with a time was read"
    return f"{name_period(period)}, days of {period.zone}"


def _warn(package: Package, limits: pl.DataFrame) -> Iterator[tuple[str, str]]:
    manifest = package.manifest
    if not manifest["complete"]:
        sources = package.table("sources.csv").filter(~pl.col("complete")).collect()
        unread = sources["source"].to_list()
        named = ", ".join(unread[:3]) + (" and others" if len(unread) > 3 else "")
        files = f"{count(len(unread), 'log file')} of {manifest['inputs']:,}"
        said = f"{files} could not be used in full ({named}): an absence proves nothing."
        yield "INCOMPLETE", said
    for text in limits.filter(pl.col("limit") == "narrowed")["text"]:
        yield "NARROWED", text
    for text in limits.filter(pl.col("limit") == "excluded")["text"]:
        yield "LEFT OUT", text


def _list_figures(package: Package, services: pl.DataFrame) -> Iterator[ReportFigure]:
    """Six numbers, each with its query."""
    user = pl.col("user").str.to_lowercase()
    address = pl.when(pl.col("user").is_null()).then(pl.col("client_ip"))
    one = pl.len().cast(pl.Int64)
    blocked = (pl.col("action") == "blocked").sum().cast(pl.Int64)
    counted = {
        "rows": package.rows()["hits.csv"],
        "users": package.sums("hits.csv", user, n=one)["user"].drop_nulls().len(),
        "addresses": package.sums("hits.csv", address.alias("of"), n=one)["of"].drop_nulls().len(),
        "blocked": int(package.sums("hits.csv", n=blocked)["n"].sum()),
    }
    yield ReportFigure(
        counted["rows"], "hits", "requests to watched services", "hits.csv: all rows"
    )
    if counted["users"] or not counted["addresses"]:
        query = "hits.csv: different values of user"
        yield ReportFigure(counted["users"], "users", "accounts that the logs name", query)
    else:
        query = "hits.csv: different values of client_ip where user is empty"
        yield ReportFigure(counted["addresses"], "addresses", "the logs name no user", query)
    for column, meaning in (
        ("searches", "face searches started, not blocked"),
        ("uploads", "photos sent, not blocked"),
    ):
        query = f"services.csv: sum of {column}"
        yield ReportFigure(int(services[column].sum()), column, meaning, query)
    query = "hits.csv: action = blocked"
    yield ReportFigure(counted["blocked"], "blocked", "hits that the gateway stopped", query)
    sessions = int(services["sessions"].sum())
    yield ReportFigure(sessions, "sessions", "of one user on one service", "sessions.csv: all rows")


class _WindowRows(list[dict[str, Any]]):
    """Windows of all services together, in order, each with its `label`."""


def _read_windows(package: Package, period: Period | None) -> _WindowRows:
    """The windows over all services; where there are many, several in a row as one."""
    asked = package.manifest["asked"]["window"]
    if period is None or asked is None:
        return _WindowRows()
    sums = ("hits", "blocked", "searches", "uploads")
    rows = (
        package.table("windows.csv")
        .group_by("window_start", "window_end")
        .agg(pl.col(sums).sum(), pl.col("hours", "covered_hours").max())
        .sort("window_start")
        .collect(engine="streaming")
    )
    together = -(-rows.height // _COLUMNS) or 1
    merged = (
        rows.with_row_index("at")
        .group_by(pl.col("at") // together, maintain_order=True)
        .agg(
            pl.col("window_start").first(),
            pl.col("window_end").last(),
            pl.col(*sums, "hours", "covered_hours").sum(),
        )
    )
    window = parse_window(asked)
    window = Window(window.length * together, window.unit)
    return _WindowRows(
        row
        | {"label": _name_window(row, period, window), "short": _name_start(row, period, window)}
        for row in merged.iter_rows(named=True)
    )


def _clip(row: Row, period: Period) -> tuple[datetime, datetime]:
    return max(row["window_start"], period.start), min(row["window_end"], period.end)


def _name_window(row: Row, period: Period, window: Window) -> str:
    whole = window.unit not in ("d", "w")
    start, end = (row["window_start"], row["window_end"]) if whole else _clip(row, period)
    return write_span(start, end, window=window, zone=period.zone)


def _name_start(row: Row, period: Period, window: Window) -> str:
    """What stands below a column: as short as it can be."""
    start = localise(row["window_start"], period.zone)
    if window.unit == "h":
        return f"{start:%H:%M}"
    if window.unit in ("d", "w"):
        return name_day(localise(_clip(row, period)[0], period.zone).date()).rsplit(" ", 1)[0]
    day = name_day(start.date()).split(" ")
    return day[2] if window.unit == "y" else f"{day[1]} {day[2]}"


def _is_dark(row: Row) -> bool:
    return bool(row["hours"]) and not row["covered_hours"] and not row["hits"]


def _draw_windows(
    windows: Sequence[Row],
    blocks: Sequence[ServiceBlock],
    names: Mapping[str, str],
    period: Period | None,
) -> Any:
    if not windows or not sum(row["hits"] for row in windows):
        return None
    spans = [
        WindowSpan(row["short"], row["hits"], row["blocked"], _is_dark(row)) for row in windows
    ]
    marks = [*_place_marks(windows, blocks[:1], names, period)]
    most = max(windows, key=lambda row: row["hits"])
    said = [
        f"{count(len(windows), 'column')}.",
        f"The highest is {most['label']} with {count(most['hits'], 'hit')}.",
        *(f"{mark[1]}." for mark in marks),
        "All numbers stand in the table below.",
    ]
    return draw_columns(spans, marks, " ".join(said))


def _place_marks(
    windows: Sequence[Row],
    blocks: Sequence[ServiceBlock],
    names: Mapping[str, str],
    period: Period | None,
) -> Iterator[tuple[float, str]]:
    """Where blocks begin, in windows from the start, with their words."""
    for block in blocks:
        for place, row in enumerate(windows):
            start, end = row["window_start"], row["window_end"]
            if period and start <= block.start < end:
                share = (block.start - start) / (end - start)
                day = name_day(localise(block.start, period.zone).date())
                yield place + share, f"{names.get(block.service)} blocked from {day}"


def _list_windows(windows: Sequence[Row]) -> ReportTable:
    columns = [("from, to", False), *((name, True) for name in _WINDOW_COUNTS), ("covered", True)]
    rows = [
        [
            row["label"],
            *(_DARK if _is_dark(row) else f"{row[name]:,}" for name in _WINDOW_COUNTS),
            f"{100 * row['covered_hours'] // max(row['hours'], 1)}%",
        ]
        for row in windows
    ]
    query = "windows.csv: sum over services, by window_start; covered_hours of hours"
    return ReportTable("The same in numbers", columns, rows, query)


_WINDOW_COUNTS: Final = ("hits", "blocked", "searches", "uploads")
_SERVICE_COUNTS: Final = (
    *("hits", "users", "addresses", "searches", "uploads", "results", "blocked", "sessions"),
)


def _list_services(services: pl.DataFrame, period: Period | None) -> ReportTable:
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


def _note_blocks(blocks: Sequence[ServiceBlock], services: pl.DataFrame) -> str:
    if blocks:
        return (
            "A service counts as blocked from the first blocked hit after which at least nine of "
            "ten hits on it were blocked. Blocked hits are attempts: the request was made, and "
            "stopped."
        )
    if services["blocked"].sum():
        return "Single hits were blocked, but from no day on were nine of ten hits on a service."
    return "The logs show no block: no hit was stopped by a gateway."


def _list_blocks(
    blocks: Sequence[ServiceBlock], names: Mapping[str, str], period: Period | None
) -> ReportTable:
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


def _draw_coverage(package: Package, period: Period | None) -> Any:
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


def _list_coverage(package: Package) -> ReportTable:
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


def _made_from(package: Package) -> Iterator[tuple[str, str]]:
    manifest = package.manifest
    lines, inputs = count(manifest["lines"], "line"), count(manifest["inputs"], "log file")
    yield "Logs", f"{lines} in {inputs}"
    stamps = package.table("sources.csv").select(
        first=pl.col("first_time").min(), last=pl.col("last_time").max()
    )
    first, last = stamps.collect().row(0)
    if first is not None:
        zone = (manifest["period"] or {}).get("zone", "UTC")
        yield (
            "First and last line",
            f"{name_moment(first, zone)}, {name_moment(last, zone)} ({zone})",
        )
    yield "logan", str(manifest["logan"]["version"])
    for rules in manifest["rules"]:
        said = f"{rules['pack']} {rules['version']} of {rules['date']}"
        yield f"Rules, {rules['file']}", said if rules["pack"] else "rules of another form"
    for file in (manifest.get("people") or {}).get("files", ()):
        yield f"List of {file['role']}", f"{file['file']}, SHA-256 {file['sha256']}"
    yield "Options", _say_options(manifest["asked"])


def _say_options(asked: Row) -> str:
    zones = ", ".join(f"{glob}={zone}" if glob != "*" else zone for glob, zone in asked["tz"])
    window = f", windows of {asked['window']}" if asked["window"] else ""
    return (
        f"zones {zones or 'UTC'}; sessions end after {asked['session_gap']} minutes{window}; query "
        f"strings {'kept' if asked['queries'] else 'left out'}"
    )


def _list_users(package: Package, names: Mapping[str, str], period: Period | None) -> ReportTable:
    counts = ("hits", "searches", "uploads", "blocked", "sessions", "active_days")
    users = package.table("users.csv")
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
        for row in users.head(_ROWS).collect().iter_rows(named=True)
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


def _fill_calendar(package: Package) -> HourCalendar:
    local = pl.col("time_local")
    day = local.str.slice(0, 10).str.to_date(strict=False).dt.weekday().alias("day")
    hour = local.str.slice(11, 2).cast(pl.Int64, strict=False).alias("hour")
    counted = package.sums("hits.csv", day, hour, hits=pl.len().cast(pl.Int64)).drop_nulls()
    cells = {(hour, day): hits for day, hour, hits in counted.rows()}
    most = max(cells.values(), default=0)
    grid = [[_shade(cells.get((hour, day), 0), most) for day in range(1, 8)] for hour in range(24)]
    return HourCalendar(grid, "hits.csv: day of the week and hour of time_local")


def _shade(hits: int, most: int) -> tuple[int, int]:
    return hits, -(-hits * _SHADES // most) if most else 0


def _list_gaps(package: Package, period: Period | None) -> ReportTable:
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


def _list_sources(package: Package, period: Period | None) -> ReportTable:
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


def _list_rules(package: Package, names: Mapping[str, str]) -> ReportTable:
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


def _list_lookalikes(package: Package, period: Period | None) -> ReportTable:
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
        for row in package.table("lookalikes.csv").collect().iter_rows(named=True)
    ]
    shown, left_out = _cut(rows)
    return ReportTable("Look-alike hosts", columns, shown, "lookalikes.csv: all rows", left_out)
