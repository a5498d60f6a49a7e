"""A report's content, counted from the tables of a package alone, so that anybody can repeat it."""

from collections.abc import Iterator, Mapping
from typing import Final

import polars as pl

from logan.outputs.report.content import ReportContent, ReportFigure
from logan.outputs.words import count, name_moment, name_period
from logan.package.blocking import find_blocks
from logan.package.files import hash_file
from logan.package.names import MANIFEST
from logan.package.people_report import list_people
from logan.package.reading import Package
from logan.package.report_tables import (
    draw_gateways,
    fill_calendar,
    list_blocks,
    list_coverage,
    list_gaps,
    list_lookalikes,
    list_rules,
    list_services,
    list_sources,
    list_users,
    note_blocks,
)
from logan.package.report_windows import Row, draw_windows, list_windows, read_windows
from logan.tables.hit_counts import HitCounts, hit_counts, hour_query, person_query
from logan.tables.period import Period

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


def make_content(
    package: Package, *, title: str | None = None, by_hours: pl.DataFrame | None = None
) -> ReportContent:
    """Count everything that a report says of a package.

    `by_hours` are the sums of `hour_query` over its hits, where they are known.
    """
    manifest, period = package.manifest, package.period
    services = package.table("services.csv").collect()
    names: Mapping[str, str] = dict(services.select("service", "name").rows())
    hits = count_hits(package, by_hours)
    blocks = find_blocks(package, hits.by_hour)
    windows = read_windows(package, period)
    limits = package.table("limits.csv").collect()
    answer, *more = manifest["headline"]
    return ReportContent(
        title=title or _title(manifest),
        reference=manifest.get("reference"),
        period=_name_period(period),
        warnings=[*_warn(package, limits)],
        answer=answer,
        more=more,
        figures=[*_list_figures(package, hits, services, limits)],
        windows_chart=draw_windows(windows, blocks, names, period),
        windows=list_windows(windows) if windows else None,
        services=list_services(services, period),
        after_block=list_blocks(blocks, names, period) if blocks else None,
        block_note=note_blocks(blocks, services),
        people=list_people(package, names) if package.with_people else None,
        coverage_chart=draw_gateways(package, period),
        coverage=list_coverage(package),
        limits=limits["text"].to_list(),
        made_from=[*_made_from(package)],
        manifest_sha256=hash_file(package.folder / MANIFEST),
        users=list_users(package, names, period),
        calendar=fill_calendar(hits.by_local_hour),
        gaps=list_gaps(package, period),
        sources=list_sources(package, period),
        rules=list_rules(package, names),
        lookalikes=list_lookalikes(package, period),
        words=[*_WORDS.items()],
    )


def count_hits(package: Package, by_hours: pl.DataFrame | None = None) -> HitCounts:
    """Count the hits of a package, in one reading of their table.

    With `by_hours`, the sums of `hour_query`, that need not be read: whose hits they are stands in
    a shorter table as well.
    """
    if by_hours is not None:
        query = person_query("address")
        return hit_counts(by_hours, *package.all_sums("users.csv", [query]))
    queries = [hour_query(), person_query("client_ip")]
    return hit_counts(*package.all_sums("hits.csv", queries))


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


def _list_figures(
    package: Package, hits: HitCounts, services: pl.DataFrame, limits: pl.DataFrame
) -> Iterator[ReportFigure]:
    """Six numbers, each with its query."""
    meaning = "requests to watched services; one visit makes many"
    yield ReportFigure(package.rows()["hits.csv"], "hits", meaning, "hits.csv: all rows")
    if hits.users or not hits.addresses:
        query = "hits.csv: different values of user"
        yield ReportFigure(hits.users, "users", "accounts that the logs name", query)
    else:
        query = "hits.csv: different values of client_ip where user is empty"
        yield ReportFigure(hits.addresses, "addresses", "the logs name no user", query)
    least = _say_if_least(limits)
    for column, meaning in (
        ("searches", "face searches started, not blocked"),
        ("uploads", "photos sent, not blocked"),
    ):
        query = f"services.csv: sum of {column}"
        yield ReportFigure(int(services[column].sum()), column, meaning + least, query)
    query = "hits.csv: action = blocked"
    yield ReportFigure(hits.blocked, "blocked", "hits that the gateway stopped", query)
    sessions = int(services["sessions"].sum())
    yield ReportFigure(sessions, "sessions", "of one user on one service", "sessions.csv: all rows")


def _say_if_least(limits: pl.DataFrame) -> str:
    """That a number of searches or uploads is the least there can be; nothing where it is not."""
    counts = limits.filter(pl.col("limit").is_in(["connect", "dns"]))["count"].to_list()
    hits = sum(map(int, counts))
    return f"; at least: {count(hits, 'hit')} with no more than a host" if hits else ""


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
