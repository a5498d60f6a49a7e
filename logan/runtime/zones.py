"""Time zones by the names that people give: `Europe/London`, or an offset such as `+01:00`."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from logan.errors import UsageError

_OFFSET: Final = re.compile(r"(?:UTC|GMT)?([+-])([0-9]{1,2}):?([0-9]{2})?")
#: No clock was ever further from UTC (IANA time zone database: +14:00 in Kiribati).
_FURTHEST: Final = timedelta(hours=14)

_EXAMPLES: Final = "Use a name such as Europe/London, or +01:00"


def offset_of(name: str) -> timedelta | None:
    """What a zone given as an offset is ahead of UTC; None for any other name."""
    found = _OFFSET.fullmatch(name)
    if found is None:
        return None
    size = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return -size if found[1] == "-" else size


def zone_info(name: str) -> tzinfo:
    """The zone of a name that `require_zone` has passed."""
    offset = offset_of(name)
    return ZoneInfo(name) if offset is None else timezone(offset)


def local_date(instant: pl.Expr, zone: str) -> pl.Expr:
    """The local day of an instant in UTC."""
    offset = offset_of(zone)
    if offset is None:
        return instant.dt.convert_time_zone(zone).dt.date()
    return (instant + offset).dt.date()


def write_local(instant: pl.Expr, zone: str) -> pl.Expr:
    """An instant in UTC as the clocks of a zone show it, with their offset, in ISO 8601."""
    offset, form = offset_of(zone), "%Y-%m-%dT%H:%M:%S%.f"
    if offset is None:
        return instant.dt.convert_time_zone(zone).dt.strftime(f"{form}%:z")
    ahead = datetime.min.replace(tzinfo=timezone(offset)).isoformat()[-6:]
    return (instant + offset).dt.strftime(form + ahead)


def day_start(day: date, zone: str) -> datetime:
    """The first instant of a local day, in UTC.

    Midnight is not always in it: clocks that go forward at midnight begin the day at one. A day
    that a zone left out (Apia, 30 December 2011) begins with the next.
    """
    midnight = datetime.combine(day, time(), zone_info(zone))
    first, last = midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC)
    if first <= last:  # it stands once, or twice and the first counts
        return first
    before, after = last, first  # it lies in a gap: the clocks change between these two
    while after - before > timedelta(seconds=1):
        between = before + (after - before) // 2
        if between.astimezone(midnight.tzinfo).date() < day:
            before = between
        else:
            after = between
    return after.replace(microsecond=0)


def require_zone(name: str) -> str:
    """The zone's name, checked: an IANA name or an offset such as `+01:00`. Else UsageError."""
    offset = offset_of(name)
    if offset is not None and abs(offset) <= _FURTHEST:
        return name
    try:
        ZoneInfo(name)
        # A system's own zones (`localtime`, `posixrules`) have names that Polars does not know.
        pl.Series([datetime(2024, 1, 1)]).dt.replace_time_zone(name)  # noqa: DTZ001
    except (KeyError, ValueError, OSError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"--tz {name}: no such time zone. {_advise(name)}") from error
    return name


def _advise(name: str) -> str:
    """The zone that a misspelt name is nearest to, or the city of which it is."""
    from difflib import get_close_matches  # only mistakes need these
    from zoneinfo import available_timezones

    by_word: dict[str, str] = {}
    for zone in sorted(one for one in available_timezones() if "/" in one):
        by_word.setdefault(zone.lower(), zone)
        by_word.setdefault(zone.rpartition("/")[2].lower(), zone)
    near = get_close_matches(name.strip().lower().replace(" ", "_"), by_word, n=1, cutoff=0.8)
    return f"Did you mean {by_word[near[0]]}?" if near else _EXAMPLES
