"""Numbers, days and hours as a British reader expects them; independent of the locale."""

from datetime import date, datetime, timedelta
from typing import Final

from logan.tables.period import Period, localise
from logan.tables.spans import Window

_MONTHS: Final = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]
_DAYS: Final = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_PLURALS: Final = {"search": "searches", "address": "addresses"}
_UNITS: Final = {"h": "hour", "d": "day", "w": "week", "mo": "month", "q": "quarter", "y": "year"}


def count(number: int, noun: str) -> str:
    """Write a number with its unit: `1 hit`, `2,337 hits`. Only the last word gets the plural."""
    *before, last = noun.split(" ")
    plural = last if number == 1 else _PLURALS.get(last, f"{last}s")
    return " ".join([f"{number:,}", *before, plural])


def name_change(change: int, noun: str) -> str:
    """Write a change of a number of things: `1 more hit`, `2,337 fewer hits`."""
    return count(abs(change), f"{'more' if change > 0 else 'fewer'} {noun}")


def name_day(day: date) -> str:
    """Write a day: `1 Jan 2024`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def name_local_day(instant: datetime | None, zone: str) -> str:
    """Write the local day of an instant; nothing where there is none."""
    return name_day(localise(instant, zone).date()) if instant else ""


def name_days(first: date, last: date) -> str:
    """Write a range of days, both included: `1 Jan to 30 Mar 2024`, `1 to 7 Jan 2024`."""
    if first == last:
        return name_day(last)
    start = name_day(first).split(" ")
    while start and start[-1] == name_day(last).split(" ")[len(start) - 1]:
        start.pop()
    return f"{' '.join(start)} to {name_day(last)}"


def name_period(period: Period) -> str:
    """Write a period: `90 days, 1 Jan to 30 Mar 2024`."""
    return f"{count(period.days, 'day')}, {name_days(period.first_day, period.last_day)}"


def name_moment(instant: datetime, zone: str) -> str:
    """Write an instant in local time to the minute: `1 Jan 2024 09:30`."""
    local = localise(instant, zone)
    return f"{name_day(local.date())} {_name_time(local)}"


def name_hours(start: datetime, end: datetime, zone: str) -> str:
    """Write a range of hours: `12 Feb 2024 02:00 to 07:00`; a change of offset is named."""
    first, last = localise(start, zone), localise(end, zone)
    shifted = first.utcoffset() != last.utcoffset()
    times = [_name_time(moment, offset=shifted) for moment in (first, last)]
    day = "" if first.date() == last.date() else f"{name_day(last.date())} "
    return f"{name_day(first.date())} {times[0]} to {day}{times[1]}"


def _name_time(local: datetime, *, offset: bool = False) -> str:
    """Write a time of day, with the offset's name also where the clock shows it twice."""
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%H:%M %Z}" if offset or twice else f"{local:%H:%M}"


def name_window(window: Window) -> str:
    """Write a window length: `week`, `90 days`."""
    unit = _UNITS[window.unit]
    return unit if window.length == 1 else f"{window.length} {unit}s"


def name_span(start: datetime, end: datetime, *, window: Window, zone: str) -> str:
    """Write a window, or several in a row, as its kind is best read: hours, days, months, years."""
    if window.unit == "h":
        single = end - start <= timedelta(hours=window.length)
        return name_moment(start, zone) if single else name_hours(start, end, zone)
    first = localise(start, zone).date()
    last = localise(end - timedelta(microseconds=1), zone).date()
    if window.unit in ("mo", "q", "y"):
        return _name_months(first, last)
    if first == last:
        return f"{_DAYS[first.weekday()]} {name_day(first)}"
    return name_days(first, last)


def _name_months(first: date, last: date) -> str:
    if (first.month, last.month) == (1, 12):
        return str(first.year) if first.year == last.year else f"{first.year} to {last.year}"
    start, end = (f"{_MONTHS[day.month - 1]} {day.year}" for day in (first, last))
    if start == end:
        return end
    return f"{start if first.year != last.year else start[:3]} to {end}"


def join(parts: list[str]) -> str:
    """Join words as in a sentence: `a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)
