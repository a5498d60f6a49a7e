"""The people of the force, their units, addresses and authorisations: what its own files say."""

from datetime import UTC, date, datetime
from typing import Final, NamedTuple

from generator.lines import BOROUGH_STAFF, HQ_STAFF


class Account(NamedTuple):
    """A row of people.csv; days are local, both belong to the span, None is open."""

    account: str
    person: str
    unit: str
    role: str = "PC"
    kind: str = ""
    first: date | None = None
    last: date | None = None


class Lease(NamedTuple):
    """A row of addresses.csv: instants in UTC, the second no longer belongs to it."""

    address: str
    account: str
    device: str
    start: datetime
    end: datetime


class Grant(NamedTuple):
    """A row of authorisations.csv; an empty service or activity is any."""

    reference: str
    who: str
    service: str
    activity: str
    first: date
    last: date | None
    granted_by: str
    granted_on: date | None
    purpose: str


class Event(NamedTuple):
    """A row of events.csv, as it is written there."""

    event: str
    service: str
    start: str
    end: str
    gateway: str
    note: str


def _day(month: int, day: int, year: int = 2024) -> date:
    return date(year, month, day)


def _at(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2024, month, day, hour, minute, tzinfo=UTC)


FIU: Final = "Facial Identification Unit"
_HQ_UNITS: Final = ("Homicide", "Fraud", "Intelligence", "Roads Policing", "Control Room")
_BOROUGH_UNITS: Final = ("CID North", "CID South", "Response North", "Response South")

# fmt: off
#: Those whose rows tell a story; days of transfer stand in both rows, as HR writes them.
_STORIES: Final = (
    Account("d.hargreave@METRO.TEST", "004711", FIU, "DS", last=_day(2, 15)),
    Account("d.hargreave@METRO.TEST", "004711", "Homicide", "DS", first=_day(2, 15)),
    Account("s.whitlock@METRO.TEST", "004802", "Fraud", "DC"),
    Account("m.adeyemi@METRO.TEST", "003977", FIU, "Analyst"),
    Account("j.corrigan@METRO.TEST", "004655", "Homicide", "DC", last=_day(1, 31)),
    Account("j.corrigan@METRO.TEST", "004655", "Intelligence", "DC", first=_day(2, 1)),
    Account("p.ravenhill@METRO.TEST", "005120", "Intelligence", "DC"),
    Account("l.tennant@METRO.TEST", "003978", FIU, "DC"),
    Account("a.okafor@METRO.TEST", "004733", "Homicide", "DI"),
    # The leaver: the account was never closed.
    Account("h.brandreth@METRO.TEST", "002406", "Fraud", "DS", last=_day(1, 31)),
    Account("c.mistry@METRO.TEST", "000318", "Professional Standards", "DI"),
    # One who joined after the account was first used.
    Account("n.achebe@METRO.TEST", "005544", FIU, "DC", first=_day(2, 12)),
    # One officer, three accounts: before and after a marriage, and one by the collar number.
    Account("o.fairweather@METRO.TEST", "001042", "Roads Policing", last=_day(2, 19)),
    Account("v.thackeray@METRO.TEST", "001042", "Roads Policing", first=_day(2, 20)),
    Account("p1042@METRO.TEST", "001042", "Roads Policing"),
    # An account that was given to another on a day that both rows have.
    Account("METRO\\t.abernathy", "006001", "CID North", last=_day(3, 5)),
    Account("METRO\\t.abernathy", "006002", "CID South", first=_day(3, 5)),
    Account("METRO\\r.castellan", "004120", "Homicide", "DS"),
    Account("cid-pool-1", "", "CID North", "", "shared"),
    Account("cid-pool-2", "", "CID South", "", "shared"),
    Account("training07", "", "", "", "test"),
)
#: On no list: two officers, a contractor; nor are the two hostile names.
_UNLISTED: Final = ("x.drummond@METRO.TEST", "u.prentice@METRO.TEST", "p1203@METRO.TEST")

#: The one machine whose gateway knew no user. The leases leave days out.
LEASES: Final = (
    Lease("10.60.0.174", "METRO\\s.holloway", "WS-60174",
          _at(1, 2, 8), _at(1, 6, 8)),
    Lease("10.60.0.174", "METRO\\l.ferreira", "WS-60174",
          _at(2, 19, 7, 30), _at(3, 14, 11)),
    Lease("10.60.0.174", "METRO\\p2031", "WS-60174",
          _at(3, 14, 11), _at(3, 15)),
)

GRANTS: Final = (
    Grant("FRS-2023-031", "person:000318", "", "", _day(6, 1, 2023), _day(12, 31, 2023),
          "Cdr Vale", _day(5, 24, 2023), "Review of open cases"),
    Grant("FRS-2024-001", f"unit:{FIU}", "PimEyes", "", _day(1, 1), _day(3, 31),
          "Cdr Vale", _day(12, 18, 2023), "Unknown suspects; operation Larch"),
    Grant("FRS-2024-002", "person:004802", "PimEyes", "", _day(2, 1), _day(2, 29),
          "D/Supt Imrie", _day(2, 20), "Romance fraud; asked for by telephone on 1 February"),
    Grant("FRS-2024-003", "person:004655", "FaceCheck.ID", "", _day(3, 1), _day(4, 30),
          "D/Supt Imrie", _day(2, 26), "Missing person"),
    Grant("FRS-2024-004", "unit:Homicide", "PimEyes", "search", _day(3, 1), None,
          "Cdr Vale", _day(2, 27), "Operation Rowan"),
    Grant("FRS-2024-005", "account:METRO\\r.castellan", "Clearview AI", "", _day(1, 1),
          _day(1, 31), "D/Supt Imrie", _day(12, 29, 2023), "Trial"),
    Grant("FRS-2024-007", "unit:Counter Terrorism", "Search4faces", "", _day(1, 1), _day(12, 31),
          "Cdr Vale", _day(12, 18, 2023), ""),
    Grant("FRS-2024-008", "account:cid-pool-1", "PimEyes", "", _day(2, 1), _day(2, 14),
          "D/Supt Imrie", _day(1, 30), "Stolen cars;\nno photographs of members of the public"),
    Grant("FRS-2024-009", "person:009999", "PimEyes", "search", _day(1, 1), _day(3, 31),
          "D/Supt Imrie", None, ""),
)

EVENTS: Final = (
    Event("policy", "", "2024-02-01", "", "", "Searches need a reference from the register"),
    Event("maintenance", "", "2024-02-06T02:00:00Z", "2024-02-06T07:00:00Z", "hq-squid",
          "CHG-0093: upgrade"),
    Event("blocked", "PimEyes", "2024-03-12", "", "", "CHG-0117"),
    Event("notice_to_staff", "", "2024-03-14", "2024-03-14", "", "Message of the Deputy"),
)
# fmt: on


def _number(account: str) -> str:
    """The collar number of everybody else: of `p1187` its own, of a name one made of it."""
    name = account.rpartition("\\")[2].partition("@")[0]
    if name[1:].isdigit():
        return f"{int(name[1:]):06d}"
    return f"{7_000 + sum(map(ord, name)):06d}"


def list_accounts() -> list[Account]:
    """All rows of people.csv: the stories, then everybody else on the gateways' books."""
    told = {account.account for account in _STORIES} | set(_UNLISTED)
    others = [
        Account(person.user, _number(person.user), units[at % len(units)])
        for staff, units in ((HQ_STAFF, _HQ_UNITS), (BOROUGH_STAFF, _BOROUGH_UNITS))
        for at, person in enumerate(staff)
        if person.user not in told
    ]
    return [*_STORIES, *others]
