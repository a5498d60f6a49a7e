"""What lists of people say, in words that no output changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import polars as pl

from logan.outputs.words import count, name_hours, name_moment
from logan.tables.people_totals import PeopleTotals
from logan.vocabulary import Match, Standing

MATCH_WORDS: Final[Mapping[Match, str]] = {
    "one_person": "of one listed person",
    "shared": "of an account that is nobody's own",
    "ambiguous": "of an account that was two persons' at that instant",
    "outside_dates": "of an account that was nobody's on that day: a leaver's, or before joining",
    "not_listed": "of an account that is on no list",
    "by_address": "no user named; the address points to an account",
    "no_user": "no user named, and no list says whose the address was",
}
STANDING_WORDS: Final[Mapping[Standing, str]] = {
    "on_register": "an authorisation was in force",
    "granted_afterwards": "one covers it that was granted later",
    "not_yet": "one began later",
    "expired": "one had ended",
    "other_service": "one is for another service",
    "none_on_register": "none is on the register for it",
    "cannot_tell": "no person is known, or the line shows too little",
}


#: Standings that are neither `on_register` nor `none_on_register`, as one column of a table.
OTHERWISE: Final[tuple[Standing, ...]] = (
    *("granted_afterwards", "not_yet", "expired", "other_service"),
)
OTHERWISE_NOTE: Final = "otherwise: granted afterwards, outside its days, or for another service"


def sum_otherwise() -> pl.Expr:
    """The hits of a row of units or persons that the register names otherwise."""
    return pl.sum_horizontal(OTHERWISE).alias("otherwise")


def write_persons(totals: PeopleTotals) -> str:
    """Say how many hits are of listed persons, and how many of none; the parts make up all hits."""
    known = totals.by_match["one_person"]
    pointed = totals.hits - known - totals.nobody
    all_hits = f"{count(totals.hits, 'hit')} {'is' if totals.hits == 1 else 'are'}"
    parts = [
        f"{known:,} of {all_hits} of {count(totals.persons, 'listed person')}",
        *([f"{pointed:,} point to one by an address alone"] if pointed else []),
        f"{totals.nobody:,} belong to no listed person",
    ]
    return "; ".join(parts)


def write_permitted(totals: PeopleTotals) -> str | None:
    """Say how many hits are of units that the register names; None where it names none."""
    if totals.permitted is None:
        return None
    pointed = totals.by_match["by_address"]
    inside = "inside the units that the register names for the service and the time"
    parts = [
        f"{count(totals.permitted, 'hit')} {inside}",
        f"{totals.other_units:,} from other units",
        f"{totals.no_unit:,} from no known unit",
        *([f"{pointed:,} known by an address alone"] if pointed else []),
    ]
    return "; ".join(parts)


def write_declared(row: Mapping[str, Any], zone: str) -> str:
    """Say of a declared gap (a row of `after_event.csv`) whether the logs have it."""
    where = row["gateway"] or "all gateways"
    when = _name_span(row["from"], row["until"], zone)
    hours = f"{row['hours_without_lines']:,} of {count(row['hours'], 'gateway hour')}"
    hits = f"; {count(row['after_hits'], 'hit')} in it" if row["after_hits"] else ""
    return f"{where}, {when}: {hours} without a line{hits}"


def _name_span(start: datetime | None, end: datetime | None, zone: str) -> str:
    if start and end:
        return name_hours(start, end, zone)
    begin = f"from {name_moment(start, zone)}" if start else "always"
    return f"until {name_moment(end, zone)}" if end else begin
