"""Days and times as spreadsheets, PowerShell and HR systems write them.

Text to what was written, then to instants of a zone. The order of day and month is decided by the
dates of a file, or by the person who gives it, and by nothing else.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final, Literal, NamedTuple

from logan.runtime.zones import day_start, zone_info

DayOrder = Literal["dmy", "mdy"]

_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NUMBERS: Final = (
    r"(?P<first>[0-9]{1,2})(?P<sign>[./-])(?P<second>[0-9]{1,2})(?P=sign)(?P<year>[0-9]{4})"
)
_CLOCK: Final = (
    r"(?:[T ]|, ?)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<seconds>[0-9]{2})(?:[.,](?P<micros>[0-9]{1,6})[0-9]*)?)?"
    r"(?: ?(?P<half>[AP])\.?M\.?)?"
)
_ZONE: Final = r" ?(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})"
_DATES: Final = tuple(
    re.compile(f"(?:{one})(?:{_CLOCK})?(?:{_ZONE})?", re.IGNORECASE)
    for one in (
        r"(?P<year>[0-9]{4})(?P<sign>[./-])(?P<month>[0-9]{1,2})(?P=sign)(?P<day>[0-9]{1,2})",
        r"(?P<year>(?:19|20)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        r"(?P<day>[0-9]{1,2})[ -](?P<name>[a-z]{3,9})\.?,?[ -](?P<year>[0-9]{4}|[0-9]{2})",
        r"(?P<name>[a-z]{3,9})\.? (?P<day>[0-9]{1,2}),? (?P<year>[0-9]{4})",
        _NUMBERS,
    )
)
_UNDECIDED: Final = re.compile(rf"{_NUMBERS}(?![0-9])")
#: What HR systems write for "no end"; and what comes before any account.
_NEVER: Final = 9999
_EVER: Final = 1900
#: 100 ns since 1601 (Microsoft: FILETIME); 0 and the greatest number mean never (accountExpires).
_FILETIME: Final = re.compile("[0-9]{17,19}|0")
_NO_FILETIME: Final = (0, 2**63 - 1)
_FIRST_FILETIME: Final = datetime(1601, 1, 1, tzinfo=UTC)
#: A day as Excel counts them, where a cell has lost its format.
EXCEL_DAY: Final = re.compile(r"[0-9]{5}(?:[.][0-9]+)?")


class WrittenTime(NamedTuple):
    """What a cell says: a day, perhaps a time of day, perhaps how far its clock is from UTC."""

    day: date
    clock: time | None
    offset: timedelta | None

    def is_open(self) -> bool:
        """True for the days that mean that there is no first or last one."""
        return not _EVER <= self.day.year < _NEVER


class UnreadableTimeError(ValueError):
    """Why a cell is no day or time here: words for the person who wrote it."""


def read_time(text: str, order: DayOrder | None) -> WrittenTime:
    """What a cell says. `order` is that of dates such as 05/03/2024.

    Raises UnreadableTimeError.
    """
    text = text.replace("\u202f", " ").replace("\u00a0", " ")
    found = next((found for one in _DATES if (found := one.fullmatch(text))), None)
    if found is None:
        number = "a number, for Excel lost its format as a day" if EXCEL_DAY.fullmatch(text) else ""
        raise UnreadableTimeError(number or "no day that is understood")
    parts = {name: value for name, value in found.groupdict().items() if value is not None}
    try:
        return WrittenTime(_day(parts, order), _clock(parts), _offset(parts.get("zone")))
    except ValueError as error:
        raise UnreadableTimeError(f"no day of the calendar ({error})") from error


def _day(parts: dict[str, str], order: DayOrder | None) -> date:
    year = int(parts["year"])
    if "name" in parts:
        return date(year + 2000 if year < 100 else year, _month(parts["name"]), int(parts["day"]))
    if "first" in parts:
        one, two = int(parts["first"]), int(parts["second"])
        return date(year, one, two) if order == "mdy" else date(year, two, one)
    return date(year, int(parts["month"]), int(parts["day"]))


def _month(name: str) -> int:
    found = [at for at, full in enumerate(_MONTHS, 1) if full.startswith(name.lower())]
    if not found:
        raise ValueError(f"{name} is no month")
    return found[0]


def _clock(parts: dict[str, str]) -> time | None:
    if "hour" not in parts:
        return None
    hour = int(parts["hour"])
    if half := parts.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError("hours with AM or PM are 1 to 12")
        hour = hour % 12 + (12 if half in "pP" else 0)
    micros = parts.get("micros", "0").ljust(6, "0")
    return time(hour, int(parts["minute"]), int(parts.get("seconds", "0")), int(micros))


def _offset(zone: str | None) -> timedelta | None:
    if zone is None:
        return None
    if zone[0] not in "+-":
        return timedelta()
    size = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    timezone(size)  # refuses a day and more
    return -size if zone[0] == "-" else size


class DatedLine(NamedTuple):
    """A date that can be read in one order only, and where it stands."""

    line: int
    text: str


class OrderSigns(NamedTuple):
    """What the dates of a file say of their order: a line for each, and how many decide nothing."""

    dmy: DatedLine | None
    mdy: DatedLine | None
    undecided: DatedLine | None


def order_signs(cells: Iterable[tuple[str, int]]) -> OrderSigns:
    """What dates, each with its line, say of the order of day and month."""
    dmy = mdy = undecided = None
    for text, line in cells:
        found = _UNDECIDED.match(text)
        if found is None:
            continue
        one, two = int(found["first"]), int(found["second"])
        if one > 12 >= two:
            dmy = dmy or DatedLine(line, text)
        elif two > 12 >= one:
            mdy = mdy or DatedLine(line, text)
        elif one != two:
            undecided = undecided or DatedLine(line, text)
    return OrderSigns(dmy, mdy, undecided)


def first_day(written: WrittenTime, zone: str) -> datetime | None:
    """Where a day begins, UTC; None where it is open. Raises UnreadableTimeError."""
    return None if written.is_open() else day_start(_local_day(written, zone), zone)


def last_day(written: WrittenTime, zone: str) -> datetime | None:
    """Where the day after a day begins, UTC; None where it is open. Raises UnreadableTimeError."""
    if written.is_open():
        return None
    return day_start(_local_day(written, zone) + timedelta(days=1), zone)


def day(written: WrittenTime, zone: str) -> date:
    """The local day itself. Raises UnreadableTimeError."""
    return _local_day(written, zone)


def first_moment(written: WrittenTime, zone: str) -> datetime | None:
    """A moment, or where a day begins, UTC; None where it is open. Raises UnreadableTimeError."""
    return first_day(written, zone) if _is_day(written) else instant(written, zone)


def last_moment(written: WrittenTime, zone: str) -> datetime | None:
    """A moment, or where the day after a day begins, UTC; None where it is open.

    Raises UnreadableTimeError.
    """
    return last_day(written, zone) if _is_day(written) else instant(written, zone)


def _is_day(written: WrittenTime) -> bool:
    return written.clock is None or written.is_open()


def _local_day(written: WrittenTime, zone: str) -> date:
    """The day that is meant. A time with an offset must be midnight there: else it is two days."""
    if written.offset is None or written.clock is None:
        return written.day
    local = instant(written, zone).astimezone(zone_info(zone))
    if local.time() != time():
        raise UnreadableTimeError(f"a time, and no midnight in {zone}: a day is wanted")
    return local.date()


def instant(written: WrittenTime, zone: str) -> datetime:
    """A time as UTC; without an offset it is one of the zone, and must have stood there once.

    A day without a time of day is its first instant. Raises UnreadableTimeError.
    """
    if written.clock is None:
        return day_start(written.day, zone)
    naive = datetime.combine(written.day, written.clock)
    if written.offset is not None:
        return naive.replace(tzinfo=timezone(written.offset)).astimezone(UTC)
    local = naive.replace(tzinfo=zone_info(zone))
    first, second = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    if first < second:
        raise UnreadableTimeError(f"an hour that stood twice in {zone}: write its offset behind it")
    if first > second:
        raise UnreadableTimeError(f"a time that {zone} left out that day")
    return first


def expiry(text: str, order: DayOrder | None, zone: str) -> datetime | None:
    """When an account of Active Directory expires: FILETIME, or the first instant it is expired.

    The console shows the day before (`End of`). None: never. Raises UnreadableTimeError.
    """
    if _FILETIME.fullmatch(text):
        ticks = int(text)
        if ticks in _NO_FILETIME:
            return None
        try:
            return _FIRST_FILETIME + timedelta(microseconds=ticks // 10)
        except OverflowError:
            return None
    written = read_time(text, order)
    if written.is_open():
        return None
    if written.clock == time() and written.offset is None:
        return day_start(written.day, zone)
    return instant(written, zone)
