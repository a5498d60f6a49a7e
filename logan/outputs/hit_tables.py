"""The tables about hits: by service, by user, by address, and the busiest days."""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl
from rich.text import Text

from logan.outputs.grid import Column, lay_out
from logan.outputs.page import Page
from logan.outputs.sentences import name_service
from logan.outputs.words import name_days, name_local_day
from logan.tables.rolling import ROLLING_DAYS
from logan.tables.summary import Summary
from logan.tables.users import order_people

#: How to see the rows that a table leaves out.
_HOW: Final = "--top 0 shows all"

#: The counts of both tables, in order, and which give way first where there is no room.
_SERVICE_RANKS: Final = {
    "hits": 0,
    "users": 1,
    "addresses": 4,
    "searches": 0,
    "uploads": 0,
    "possible_uploads": 10,
    "results": 11,
    "pages": 12,
    "contacts": 13,
    "opt_outs": 11,
    "allowed": 5,
    "blocked": 2,
    "sessions": 6,
}
_PERSON_RANKS: Final = {
    name: rank for name, rank in _SERVICE_RANKS.items() if name not in ("users", "addresses")
} | {"sessions": 3, "active_days": 4}
_SELDOM: Final = ("addresses", "possible_uploads", "results", "pages", "contacts", "opt_outs")

Row = dict[str, Any]


def show_services(summary: Summary, page: Page) -> list[Text]:
    """Show hits by service; nothing when there are none."""
    rows = summary.services.to_dicts()
    if not rows:
        return []
    shown = rows[: page.top]
    names = [page.safe(name_service(summary, row["service"])) for row in shown]
    columns = [
        Column("service", names, right=False, cut="end"),
        *_count_columns(shown, _SERVICE_RANKS),
        *_day_columns(shown, summary.result.zone),
    ]
    return [
        *page.title("By service"),
        *lay_out(columns, width=page.width, marks=page.marks),
        *page.more(len(rows) - len(shown), "services", _HOW),
    ]


def show_people(summary: Summary, page: Page) -> list[Text]:
    """Show hits by user, and apart from them by address where the log names no user."""
    people, named = pl.concat(summary.people), pl.col("user").is_not_null()
    return [
        *_show_people(people.filter(named), "user", summary=summary, page=page),
        *_show_people(people.filter(~named), "address", summary=summary, page=page),
    ]


def _show_people(people: pl.LazyFrame, kind: str, *, summary: Summary, page: Page) -> list[Text]:
    total = people.select(pl.len()).collect().item()
    if not total:
        return []
    ordered = order_people(people)
    shown = (ordered if page.top is None else ordered.head(page.top)).collect().to_dicts()
    columns = [
        Column(
            kind,
            [page.safe(row[kind] or "(neither)") for row in shown],
            right=False,
            cut="end",
            least=2 * page.width // 5,
        ),
        *_count_columns(shown, _PERSON_RANKS),
        *_day_columns(shown, summary.result.zone),
    ]
    if len(summary.services) > 1:
        services = [
            page.safe(", ".join(name_service(summary, service) for service in row["services"]))
            for row in shown
        ]
        columns.append(Column("services", services, rank=7, right=False, cut="end"))
    note = "where the log names no user; an address may be shared" if kind == "address" else ""
    noun = "users" if kind == "user" else "addresses"
    return [
        *page.title(f"By {kind}", note),
        *lay_out(columns, width=page.width, marks=page.marks),
        *page.more(total - len(shown), noun, _HOW),
    ]


def _count_columns(rows: list[Row], ranks: Mapping[str, int]) -> list[Column]:
    """Make the columns of counts; those of seldom use only where they are not all zero."""
    return [
        Column(name.replace("_", " "), [f"{row[name]:,}" for row in rows], rank=rank)
        for name, rank in ranks.items()
        if name not in _SELDOM or any(row[name] for row in rows)
    ]


def _day_columns(rows: list[Row], zone: str) -> list[Column]:
    return [
        Column("first", [name_local_day(row["first_seen"], zone) for row in rows], rank=9),
        Column("last", [name_local_day(row["last_seen"], zone) for row in rows], rank=8),
    ]


def show_busiest(summary: Summary, page: Page) -> list[Text]:
    """Show the busiest rolling 90 days, where the period is longer than that."""
    rows = summary.busiest.to_dicts()
    if len(rows) == 2:  # one service: the line for all services would say the same again
        rows = rows[1:]
    if not rows:
        return []
    names = [
        page.safe(name_service(summary, row["service"])) if row["service"] else "all services"
        for row in rows
    ]
    columns = [
        Column("", names, right=False, cut="end"),
        Column("hits", [f"{row['hits']:,}" for row in rows]),
        Column("users", [f"{row['users']:,}" for row in rows]),
        Column("days", [name_days(row["first_day"], row["last_day"]) for row in rows], right=False),
    ]
    return [
        *page.title(f"Busiest {ROLLING_DAYS} days", "any run of local days"),
        *lay_out(columns, width=page.width, marks=page.marks),
    ]
