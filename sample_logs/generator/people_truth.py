"""Whose each planted hit is, and what stands on the register: decided row by row, from the plan.

London keeps UTC until 31 March, so that a local day of the quarter is one of UTC.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

from generator.people import GRANTS, LEASES, Account, Grant, list_accounts
from generator.plan import BLOCKED_FROM, SERVICES
from generator.truth import Planted

MATCHES: Final = (
    *("one_person", "shared", "ambiguous", "outside_dates", "not_listed", "by_address", "no_user"),
)
#: From what settles most to what settles least.
STANDINGS: Final = (
    *("on_register", "granted_afterwards", "not_yet", "expired", "other_service"),
    *("none_on_register", "cannot_tell"),
)
#: The only machine without a user, as planted in `generator.boroughs`.
_NAMELESS: Final = "10.60.0.174"
#: What a register's `search` is about: its steps, and what pages bring with them.
_SEARCH: Final = {"search", "upload", "results", "click_out", "page", "asset", "poll", "api"}
_IDS: Final = {name: service for service, name in SERVICES.items()}
_SUMS: Final = ("hits", "searches", "uploads", "blocked")


class Decided(NamedTuple):
    """A planted hit and what the force's files say of it; empty where they say nothing."""

    hit: Planted
    match: str
    account: str
    person: str
    unit: str
    authorisation: str
    reference: str


def decide_all(hits: Iterable[Planted]) -> list[Decided]:
    """Decide about every hit, in order."""
    rows: dict[str, list[Account]] = {}
    for row in list_accounts():
        rows.setdefault(row.account.lower(), []).append(row)
    return [_decide(hit, rows) for hit in hits]


def _decide(hit: Planted, rows: dict[str, list[Account]]) -> Decided:
    at = datetime.fromtimestamp(hit.line.at / 1000, tz=UTC)
    account, by_address = hit.fact.user.lower(), False
    if not account:
        account = next((o.account.lower() for o in LEASES if o.start <= at < o.end), "")
        by_address = bool(account)
    if not account:
        return Decided(hit, "no_user", "", "", "", "cannot_tell", "")
    listed = rows.get(account, [])
    held = _newest([row for row in listed if _in(at.date(), row.first, row.last)])
    persons = {row.person for row in held}
    units = {row.unit for row in held if row.unit}
    match = _match(listed, held, persons)
    person = persons.pop() if match == "one_person" else ""
    unit = units.pop() if len(units) == 1 else ""
    standing = _standing(hit, at.date(), account, person, unit)
    return Decided(hit, "by_address" if by_address else match, account, person, unit, *standing)


def _newest(rows: list[Account]) -> list[Account]:
    """Of the rows of one person, that which began last: the day of a transfer is the new unit's."""
    return [
        row
        for row in rows
        if not any(
            other.person == row.person and (other.first or date.min) > (row.first or date.min)
            for other in rows
        )
    ]


def _match(listed: list[Account], held: list[Account], persons: set[str]) -> str:
    if not listed:
        return "not_listed"
    if not held:
        return "outside_dates"
    if any(row.kind for row in held):
        return "shared"
    return "ambiguous" if len(persons) > 1 else "one_person"


def _in(day: date, first: date | None, last: date | None) -> bool:
    return (first or date.min) <= day <= (last or date.max)


def _standing(hit: Planted, day: date, account: str, person: str, unit: str) -> tuple[str, str]:
    """The best that a row of the register says, and its reference."""
    found = []
    for grant in GRANTS:
        kind, _, who = grant.who.partition(":")
        if who.lower() == {"person": person, "account": account, "unit": unit.lower()}[kind]:
            standing = _of_grant(hit, day, grant)
            if standing and (person or (kind == "account" and standing == "on_register")):
                found.append((STANDINGS.index(standing), grant.reference))
    if found:
        rank, reference = min(found, key=lambda one: one[0])
        return STANDINGS[rank], reference
    return ("none_on_register" if person else "cannot_tell"), ""


def _of_grant(hit: Planted, day: date, grant: Grant) -> str:
    if grant.service and _IDS[grant.service] != hit.fact.service:
        return "other_service"
    if grant.activity and hit.fact.activity not in _SEARCH:
        return ""
    if day < grant.first:
        return "not_yet"
    if grant.last and day > grant.last:
        return "expired"
    if grant.granted_on and day < grant.granted_on:
        return "granted_afterwards"
    return "on_register"


def make_people_truth(decided: list[Decided]) -> dict[str, Any]:
    """What a reader of logs and files should find. `by_address` hits stand in `match` alone."""
    named = [one for one in decided if one.match != "by_address"]
    return {
        "hits": len(decided),
        "of_a_person": sum(bool(one.person) for one in named),
        "match": {match: _matched(decided, match) for match in MATCHES},
        "authorisation": {
            standing: sum(one.authorisation == standing for one in named) for standing in STANDINGS
        },
        "units": {
            unit: _sums(named, "unit", unit) | {"people": _people(named, unit)}
            for unit in sorted({one.unit for one in named} - {""})
        },
        "persons": {
            person: _sums(named, "person", person) | {"accounts": _accounts(named, person)}
            for person in sorted({one.person for one in named} - {""})
        },
        "register": dict(_register(named)),
        "pimeyes_blocked": _after_block([one.hit for one in decided]),
    }


def _matched(decided: list[Decided], match: str) -> dict[str, int]:
    found = [one for one in decided if one.match == match]
    users = {one.hit.fact.user.lower() for one in found} - {""}
    return {"hits": len(found), "users": len(users)}


def _sums(decided: list[Decided], field: str, value: str) -> dict[str, int]:
    facts = [one.hit.fact for one in decided if getattr(one, field) == value]
    allowed = [fact for fact in facts if fact.action == "allowed"]
    activities = Counter(fact.activity for fact in allowed)
    counts = len(facts), activities["search"], activities["upload"], len(facts) - len(allowed)
    return dict(zip(_SUMS, counts, strict=True))


def _people(decided: list[Decided], unit: str) -> int:
    return len({one.person for one in decided if one.unit == unit} - {""})


def _accounts(decided: list[Decided], person: str) -> int:
    return len({one.account for one in decided if one.person == person})


def _register(decided: list[Decided]) -> Iterator[tuple[str, dict[str, int]]]:
    """Every row of the register: the hits that it is for, and those outside its dates."""
    for grant in GRANTS:
        own = [one.authorisation for one in decided if one.reference == grant.reference]
        covered = own.count("on_register") + own.count("granted_afterwards")
        outside = own.count("not_yet") + own.count("expired")
        yield grant.reference, {"hits": covered, "hits_outside_its_dates": outside}


def _after_block(hits: list[Planted]) -> dict[str, int]:
    pimeyes = [hit for hit in hits if hit.fact.service == "pimeyes"]
    before = [hit for hit in pimeyes if hit.line.at < BLOCKED_FROM]
    after = [hit for hit in pimeyes if hit.line.at >= BLOCKED_FROM]
    return {
        "before_hits": len(before),
        "after_allowed": sum(hit.fact.action == "allowed" for hit in after),
        "after_blocked": sum(hit.fact.action == "blocked" for hit in after),
    }
