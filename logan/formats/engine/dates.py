"""What stamps leave open, and who answers it: the order of day and month, the year, the zone.

A question is a field of `StampLayout` whose value is `?`. The head of a file answers it where it
can; else the person is asked for it (`--date-order`, `--year`) and the file is not read until then,
because a wrong guess moves a visit to another day without a sign.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

import polars as pl

from logan.formats.engine.clock import SHARED_NAMES, naive
from logan.formats.engine.layout import Layout

Order = Literal["dmy", "mdy", "ymd"]
ORDER: Final = "date-order"
YEAR: Final = "year"
ZONE: Final = "zone-name"
OPEN: Final = "?"

_NUMBERS: Final = re.compile(r"([0-9]{1,4})[./-]([0-9]{1,2})[./-]([0-9]{1,4})")
#: Lines may be a little out of order; a day back is not the year before.
_SLACK: Final = timedelta(days=1)
_HALF_YEAR: Final = timedelta(days=182, hours=12)


class StampQuestion(NamedTuple):
    """Why a file cannot be read yet, and which option answers it."""

    failure: str
    advice: str


QUESTIONS: Final[Mapping[str, StampQuestion]] = {
    ORDER: StampQuestion(
        "its dates may be day/month or month/day, and no date in its first lines decides it",
        "say which: --date-order dmy (31/12/2024) or --date-order mdy (12/31/2024)",
    ),
    YEAR: StampQuestion(
        "its stamps carry no year",
        "say the year of its first line: --year 2024 (later lines may run into the next year)",
    ),
    ZONE: StampQuestion(
        "its stamps name a zone by a name of several: BST, CST or IST",
        "say which is meant: --tz Europe/London, --tz America/Chicago, --tz Asia/Kolkata ...",
    ),
}

#: The fields of `StampLayout` that answer them.
_FIELDS: Final = {ORDER: "order", YEAR: "year", ZONE: "zone_name"}


def question(layout: Layout) -> StampQuestion | None:
    """What must be answered before the file can be read; None where nothing is open."""
    if OPEN not in layout.stamps:
        return None
    asked = [name for name, field in _FIELDS.items() if _known(layout, field) == OPEN]
    return QUESTIONS[asked[0]] if asked else None


def answered(layout: Layout, answers: Mapping[str, str]) -> Layout:
    """The layout with its open questions answered as far as `answers` go.

    What the file itself decides stands: an answer to a question that is not open is not used.
    """
    if OPEN not in layout.stamps:
        return layout
    for name, field in _FIELDS.items():
        if _known(layout, field) == OPEN and name in answers:
            layout = layout.with_stamps(**{field: answers[name]})
    return layout


def _known(layout: Layout, field: str) -> str | None:
    found: str | None = getattr(layout.stamps, field)
    return found


#: A name of several zones behind a clock, or as the value of a key for zones; for both engines.
SHARED_ZONE: Final = (
    rf'(?:[0-9]:[0-9]{{2}}(?:[.,][0-9]+)? ?|(?i:tz|zone)"?[=:] ?"?)(?:{"|".join(SHARED_NAMES)})\b'
)


def with_zone(layout: Layout, lines: Iterable[str]) -> Layout:
    """The layout with the question of the zone, where stamps name one by a name of several."""
    return (
        layout.with_stamps(zone_name=OPEN)
        if any(re.search(SHARED_ZONE, line) for line in lines)
        else layout
    )


def order_of(stamps: Iterable[str]) -> Order | None:
    """The order in which all these stamps can be dates; None where day and month could be swapped.

    A year in front decides it (`2024/12/31`); else a number above 12 in the first or second place.
    """
    first = second = 0
    for stamp in stamps:
        found = _NUMBERS.search(stamp)
        if found is None:
            continue
        if len(found.group(1)) == 4:
            return "ymd"
        first, second = max(first, int(found.group(1))), max(second, int(found.group(2)))
    if first > 12 >= second:
        return "dmy"
    return "mdy" if second > 12 >= first else None


def with_order(layout: Layout, stamps: Iterable[str]) -> Layout:
    """The layout with the date order that the stamps decide, or the open question."""
    return layout.with_stamps(order=order_of(stamps) or OPEN)


def date_time(cell: pl.Expr, layout: Layout) -> pl.Expr:
    """A wall clock from a date in the layout's order and a time, padded or not, with AM/PM or not.

    The separator of the date may be `/`, `-` or `.`; a year of two digits is of this century. Null
    where the order is open or the cell does not fit it.
    """
    order = layout.stamps.order
    if order not in ("dmy", "mdy", "ymd"):
        return pl.lit(None, dtype=pl.Datetime("us"))
    text = cell.str.replace(r"^ *([0-9]+)[./-]([0-9]+)[./-]([0-9]+),? +", "${1}/${2}/${3} ")
    date = "/".join(f"%{letter}" for letter in order.replace("y", "Y"))
    short = date.replace("%Y", "%y")
    years = ((date, r"[0-9]{4}"), (short, r"(?:^[0-9]{2}/[0-9]+/[0-9]+ |^[0-9]+/[0-9]+/[0-9]{2} )"))
    clocks = ("%H:%M:%S%.f", "%I:%M:%S%.f %p", "%I:%M:%S%.f%p")
    return pl.coalesce(
        naive(pl.when(text.str.contains(f"{year}")).then(text), f"{form} {clock}")
        for form, year in years
        for clock in clocks
    )


_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"


def dated(cell: pl.Expr, near: pl.Expr) -> pl.Expr:
    """A stamp of RFC 3164 (`Oct  9 22:33:20.123`), in the year that brings it nearest to `near`.

    Both are naive. 29 February is looked for in leap years only. Null where the cell is no such
    stamp.
    """
    options = [
        naive(pl.concat_str(near.dt.year() + shift, pl.lit(" "), cell), "%Y %b %e %H:%M:%S%.f")
        for shift in (0, -1, 1)
    ]
    best = options[0]
    for option in options[1:]:
        nearer = (option - near).abs() < (best - near).abs()
        best = pl.when(nearer.fill_null(best.is_null())).then(option).otherwise(best)
    return best


def year_opens(layout: Layout, first: str) -> Layout:
    """The layout with the question of the year, and the stamp of the first line to count from."""
    return layout.with_stamps(year=OPEN, first=first)


def dated_from_first(cell: pl.Expr, layout: Layout) -> pl.Expr:
    """A stamp without a year, from a day before the file's first stamp to a year after it.

    The layout says the first stamp and, once it is answered, its year; null until then. A file that
    spans more than a year cannot be told from one that does not.
    """
    year, first = layout.stamps.year, layout.stamps.first
    start = _moment(year, first) if year and first and year != OPEN else None
    if start is None:
        return pl.lit(None, dtype=pl.Datetime("us"))
    middle = start - _SLACK + _HALF_YEAR
    return dated(cell, pl.lit(middle, dtype=pl.Datetime("us")))


def _moment(year: str, first: str) -> datetime | None:
    found = re.match(r"([A-Z][a-z]{2}) +([0-9]{1,2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})", first)
    at = _MONTHS.find(found.group(1)) if found else -1
    if found is None or at % 3:
        return None
    month = at // 3 + 1
    day, hour, minute, second = map(int, found.groups()[1:])
    try:
        return datetime(int(year), month, day, hour, minute, min(second, 59))  # noqa: DTZ001 - naive
    except ValueError:
        return None
