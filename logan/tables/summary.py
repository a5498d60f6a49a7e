"""Every table of a result, computed once, so that no two outputs can differ."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from logan.result import ScanResult
from logan.runtime.ordered_map import map_in_order
from logan.tables.accounts import check_accounts, count_by_gateway, count_lines, list_sources
from logan.tables.asked import AskedUser, check_users
from logan.tables.by_person import count_by_person
from logan.tables.caveats import Caveat, find_caveats
from logan.tables.coverage import Coverage, list_hours, measure_coverage
from logan.tables.headline import Totals, totals
from logan.tables.lookalikes import find_lookalikes
from logan.tables.pages import count_pages
from logan.tables.parts import add_up, select_parts
from logan.tables.period import Period, find_period
from logan.tables.rolling import BUSIEST, find_busiest
from logan.tables.spans import Window, cut, pick_window
from logan.tables.usage import USUAL_GAPS
from logan.tables.windows import (
    OVER_ALL,
    PER_SERVICE,
    add_hours,
    count_in_windows,
    list_all_windows,
    list_windows,
)
from logan.vocabulary import Bin

if TYPE_CHECKING:
    from logan.people.decisions import PeopleMatcher
    from logan.tables.people_counts import PeopleCounts

#: What a table of hits needs; the rest (paths, referrers ...) stays where it is.
_NEEDED = (
    "time",
    "user",
    "client_ip",
    "service",
    "activity",
    "action",
    "also_upload",
    "possible_upload",
    "beside_opt_out",
    "also_search",
    "attempt",
    "inferred",
)


class Summary(NamedTuple):
    """All that is said about a result; tables cover the selection, accounts the whole input.

    `period` and `window` are None if no line has a time; the tables by window are empty then.
    `sessions` maps a gap in minutes to the number of sessions, the chosen gap included;
    `session_rows` are as `users`, and None where they were not asked for. `bins`
    sums the lines of all sources, `gateways` those of each gateway, by name. For the columns of a
    frame see the module that makes it. `unknown_searches` are those of the services with hits, most
    hits first. `users` and `people` can be as many as a force has, `lookalikes` as many as there
    are lines: lazy, in small pieces, in no order, and on disk if the findings are. `by_list` is
    what lists of people say of the hits; None where none was given.
    """

    result: ScanResult
    totals: Totals
    period: Period | None
    window: Window | None
    services: pl.DataFrame
    users: tuple[pl.LazyFrame, ...]
    people: tuple[pl.LazyFrame, ...]
    windows: pl.DataFrame
    all_windows: pl.DataFrame
    busiest: pl.DataFrame
    lookalikes: tuple[pl.LazyFrame, ...]
    tracked_pages: pl.DataFrame
    sessions: Mapping[int, int]
    coverage: tuple[Coverage, ...]
    bins: Mapping[Bin, int]
    gateways: Mapping[str, Mapping[Bin, int]]
    sources: pl.DataFrame
    caveats: tuple[Caveat, ...]
    asked: tuple[AskedUser, ...]
    unknown_searches: Mapping[str, str]
    session_rows: tuple[pl.LazyFrame, ...] | None = None
    by_list: "PeopleCounts | None" = None


def summarise(
    result: ScanResult,
    *,
    window: Window | None = None,
    people: "PeopleMatcher | None" = None,
    base: Path | str | None = None,
    list_sessions: bool = False,
) -> Summary:
    """Compute all tables. Without a window, one is picked that suits the period.

    With `people`, hits are also counted by what lists of people say of them; these name gateways as
    a package does whose sources are named below `base` (`logan.tables.source_paths`). With
    `list_sessions`, each session is a row, too, as packages have them: nowhere is that cheaper.

    Raises `UnbalancedError` if lines, bins and findings do not add up, for then nothing that could
    be said would be worth anything; `UsageError` for windows too short for the period.
    """
    check_accounts(result)
    counted = totals(result)
    period = find_period(result, [counted.first_seen, counted.last_seen])
    hits = [part.select(_NEEDED) for part in select_parts(result)]
    by_person = count_by_person(result, hits, list_sessions=list_sessions)
    coverage = measure_coverage(result.sources, period) if period else ()
    window = (window or pick_window(period)) if period else None
    windows, all_windows, busiest = _follow_time(
        result,
        hits,
        period=period,
        window=window,
        services=_list_services(result, by_person.services),
    )
    unknown = _list_unknown_searches(result, by_person.services)
    by_list = None
    if people:
        from logan.tables.by_list import count_by_list  # most scans have no lists of people

        by_list = count_by_list(result, people, period, by_person.services, base)
    return Summary(
        result=result,
        totals=counted,
        period=period,
        window=window,
        services=by_person.services,
        users=by_person.users,
        people=by_person.people,
        windows=windows,
        all_windows=all_windows,
        busiest=busiest,
        lookalikes=find_lookalikes(result),
        tracked_pages=count_pages(result),
        sessions=_name_gaps(by_person.sessions, result.session_gap_minutes),
        coverage=coverage,
        bins=count_lines(result.sources),
        gateways=count_by_gateway(result.sources),
        sources=list_sources(result.sources),
        caveats=find_caveats(result, counted, coverage, tuple(unknown)),
        asked=check_users(result),
        unknown_searches=unknown,
        session_rows=by_person.session_rows,
        by_list=by_list,
    )


def _list_unknown_searches(result: ScanResult, services: pl.DataFrame) -> dict[str, str]:
    """What is not known of the searches of services with hits, in the order of these."""
    found = {}
    for name, last_seen in services.select("service", "last_seen").iter_rows():
        unknown = result.unknown_searches.get(name)
        if unknown and (not unknown.since or not last_seen or last_seen.date() >= unknown.since):
            found[name] = unknown.what
    return found


def _list_services(result: ScanResult, services: pl.DataFrame) -> list[str]:
    """List the services that windows are counted for: those asked for, or else those with hits."""
    seen = set(services["service"].drop_nulls()) | set(result.selection.services)
    return sorted(seen)


def _follow_time(
    result: ScanResult,
    hits: Sequence[pl.LazyFrame],
    *,
    period: Period | None,
    window: Window | None,
    services: list[str],
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    if period is None or window is None:
        return (
            pl.DataFrame(schema=PER_SERVICE),
            pl.DataFrame(schema=OVER_ALL),
            pl.DataFrame(schema=BUSIEST),
        )
    spans = cut(period, window)
    gateways = len({source.gateway for source in result.sources if source.other_log is None})
    hours = list_hours(result.sources)

    parts = [*map_in_order(partial(count_in_windows, spans=spans), hits)]
    per_service = list_windows(
        add_up([part.per_service for part in parts], ["window_start", "service"]),
        spans,
        services=services,
    )
    over_all = list_all_windows(
        add_up([part.over_all for part in parts], ["window_start"]),
        spans,
        period=period,
        hours=hours,
        gateways=gateways,
    )
    busiest = find_busiest(hits, period=period, services=services)
    return add_hours(per_service, over_all), over_all, busiest


def _name_gaps(counted: pl.DataFrame, chosen: int) -> dict[int, int]:
    gaps = {gap: int(counted[f"sessions_{gap}"].item()) for gap in USUAL_GAPS}
    return dict(sorted((gaps | {chosen: int(counted["sessions"].item())}).items()))
