"""What happened before and after each event: attempts, what still went through, where people went.

A person is the one that a list names, else an account, else an address.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from logan.intake.names import fits
from logan.people.spans import BEGINNING, END
from logan.schema import TIME
from logan.tables.period import Period, localise
from logan.tables.table_fields import table_types

_TABLE: Final = "after_event.csv"
_HOUR: Final = timedelta(hours=1)
_TICK: Final = timedelta(microseconds=1)
_COUNTED: Final = ("service", "slot", "gateway", "hits", "allowed", "blocked")


def _who() -> pl.Expr:
    """A number for whoever it was: that of the category, and of which column it is."""
    number = {
        name: pl.col(name).to_physical().cast(pl.Int64) * 3 + place
        for place, name in enumerate(("person", "account", "address"))
    }
    is_person = pl.col("match") == "one_person"
    return pl.coalesce(
        pl.when(is_person).then(number["person"]), number["account"], number["address"]
    )


def list_bounds(events: pl.DataFrame | None) -> pl.Series:
    """The instants (UTC) at which an event begins or ends, in order."""
    if events is None:
        return pl.Series(dtype=TIME)
    return pl.concat([events["from"], events["until"]]).drop_nulls().unique().sort()


def count_after_events(
    cells: pl.DataFrame, events: pl.DataFrame | None, period: Period | None, runs: pl.DataFrame
) -> pl.DataFrame:
    """Count before and after each event (`registers.EVENTS`): `schema.AFTER_EVENT_CSV`, as listed.

    `cells` are those of `count_cells` with the bounds of `list_bounds`; `runs` say which hours of
    each gateway have lines. Maintenance is a gap that was declared: how many of its hours are one.
    """
    bounds = list_bounds(events)
    whose = cells.select(*_COUNTED, who=_who())
    listed = [] if events is None else events.iter_rows(named=True)
    rows = [
        _count_event(whose, event, bounds, period) | _measure_declared(event, runs)
        for event in listed
    ]
    return pl.DataFrame(rows, schema=table_types(_TABLE))


def _count_event(
    cells: pl.DataFrame, event: Mapping[str, Any], bounds: pl.Series, period: Period | None
) -> dict[str, Any]:
    # What staff were told they still know when the notice is taken down.
    until = None if event["event"] == "notice_to_staff" else event["until"]
    start, end = event["from"] or BEGINNING, until or END
    first, last = (int((bounds <= bound).sum()) for bound in (start, end))
    rows = _at_gateway(cells, event["gateway"])
    own = _of_service(event["service"])
    before = pl.col("slot") < first
    after = ~before & ((pl.col("slot") < last) | (until is None))
    used, came = rows.filter(own & before), rows.filter(own & after)
    others = rows.filter(~own & pl.col("who").is_in(used["who"].unique().implode()))
    return {
        "event": event["event"],
        "service": event["service"],
        "before_days": _count_days(period, BEGINNING, start),
        "before_hits": used["hits"].sum(),
        "after_days": _count_days(period, start, end),
        "after_allowed": came["allowed"].sum(),
        "after_blocked": came["blocked"].sum(),
        "after_people": came["who"].drop_nulls().n_unique(),
        "people_only_after": len(set(came["who"].drop_nulls()) - set(used["who"])),
        "other_services_before": others.filter(before)["hits"].sum(),
        "other_services_after": others.filter(after)["hits"].sum(),
        "from": event["from"],
        "until": event["until"],
        "gateway": event["gateway"],
        "after_hits": came["hits"].sum(),
        "note": event["note"],
        "row": event["line"],
    }


def _of_service(service: str | None) -> pl.Expr:
    if service is None:
        return pl.lit(value=True)
    return (pl.col("service") == service).fill_null(value=False)


def _at_gateway(rows: pl.DataFrame, gateway: str | None) -> pl.DataFrame:
    """The rows of a gateway; None: all. It may be named by any part of its path, or by a glob."""
    if gateway is None:
        return rows
    known = rows["gateway"].drop_nulls().unique()
    named = known.filter(pl.Series([fits(one, gateway) for one in known], dtype=pl.Boolean))
    return rows.filter(pl.col("gateway").is_in(named.implode()))


def _measure_declared(event: Mapping[str, Any], runs: pl.DataFrame) -> dict[str, int]:
    """The gateway hours of a declared gap, and how many of them have no lines."""
    if event["event"] != "maintenance":
        return {}
    start, end = event["from"] or BEGINNING, event["until"] or END
    length = pl.min_horizontal("end", pl.lit(end + _HOUR - _TICK).dt.truncate("1h"))
    first = pl.max_horizontal("start", pl.lit(start).dt.truncate("1h"))
    hours = _at_gateway(runs, event["gateway"]).select(
        "state", hours=(length - first).dt.total_hours().clip(0)
    )
    dark = hours.filter(pl.col("state") != "lines")
    return {"hours": int(hours["hours"].sum()), "hours_without_lines": int(dark["hours"].sum())}


def _count_days(period: Period | None, start: datetime, end: datetime) -> int:
    """The local days of a period from `start` to `end`, begun ones too."""
    if period is None:
        return 0
    first, stop = max(start, period.start), min(end, period.end)
    if first >= stop:
        return 0
    days = [localise(one, period.zone).date() for one in (first, stop - _TICK)]
    return (days[1] - days[0]).days + 1


def find_gateways(events: pl.DataFrame | None, gateways: Mapping[str, str]) -> Iterator[str]:
    """The gateways that events name and no source is of: what they are about cannot be counted."""
    known = set(gateways.values())
    named = pl.Series(dtype=pl.String) if events is None else events["gateway"]
    for gateway in named.drop_nulls().unique().sort():
        if not any(fits(one, gateway) for one in known):
            yield gateway
