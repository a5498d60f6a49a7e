"""What does not fit together in registers that could be read: for their writers to look at.

Each finding names lines, not people; whom it is about is beside it, for those who ask.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal

import polars as pl

from logan.people.columns import nearest_name
from logan.people.registers import PeopleRegisters
from logan.people.spans import BEGINNING, END, ONE_DAY, cut_spans, match_key

Check = Literal[
    "two_persons",
    "two_units",
    "two_accounts",
    "transfer_days",
    "unknown_unit",
    "unknown_person",
    "unknown_account",
    "unknown_service",
    "granted_late",
    "not_listed",
    "without_domain",
    "outside_dates",
    "unknown_gateway",
]
#: What is as it should be and still worth knowing.
NOTES: Final[tuple[Check, ...]] = ("transfer_days", "granted_late")
_UNKNOWN: Final[Mapping[str, Check]] = {
    "person": "unknown_person",
    "account": "unknown_account",
    "unit": "unknown_unit",
}
_A: Final = {"person": "names a person", "account": "names an account", "unit": "names a unit"}


@dataclass(frozen=True, slots=True)
class RegisterFinding:
    """Something to look at: in which file, on which lines, and what it means.

    `text` names nobody; `names` are the accounts and persons that it is about, `hits` theirs where
    a package was asked.
    """

    check: Check
    path: Path
    lines: tuple[int, ...]
    text: str
    names: tuple[str, ...] = ()
    hits: int | None = None

    @property
    def is_note(self) -> bool:
        """True where nothing needs to be fixed."""
        return self.check in NOTES


def check_registers(registers: PeopleRegisters, services: Collection[str]) -> list[RegisterFinding]:
    """All findings about registers by themselves and among each other, file by file.

    `services`: the ids that the rules know.
    """
    paths = {one.role: one.path for one in registers.files}
    people, addresses, grants = registers.people, registers.addresses, registers.authorisations
    found = [*_check_spans(people, paths["people"])]
    if addresses is not None:
        path = paths["addresses"]
        owners = addresses.drop_nulls("account").select(
            "line", who_kind=pl.lit("account"), who="account"
        )
        found += [*_check_addresses(addresses, path), *_check_holders(owners, people, path)]
    if grants is not None:
        path = paths["authorisations"]
        found += [*_check_holders(grants, people, path), *_granted_late(grants, path)]
        found += _unknown_services(grants, services, path)
    if registers.events is not None:
        found += _unknown_services(registers.events, services, paths["events"])
    return found


def _check_spans(people: pl.DataFrame, path: Path) -> Iterator[RegisterFinding]:
    """Accounts of several persons, and persons in several units, at one instant."""
    spans = cut_spans(people)
    ambiguous = spans.filter(pl.col("match") == "ambiguous")
    for account, who, lines in _lines_of(ambiguous.rename({"persons": "who"}), people):
        text = "one account of several persons at once: its hits then are nobody's"
        yield RegisterFinding("two_persons", path, lines, text, (account, *who))
    several = (pl.col("match") == "one_person") & (pl.col("units").list.len() > 1)
    for account, _, lines in _lines_of(spans.filter(several).rename({"units": "who"}), people):
        text = "one person in several units at once: its hits then count for none of them"
        yield RegisterFinding("two_units", path, lines, text, (account,))
    yield from _transfer_days(people, path)


def _check_addresses(addresses: pl.DataFrame, path: Path) -> Iterator[RegisterFinding]:
    """Addresses of several accounts at one instant."""
    nothing = pl.lit(None, pl.String)
    owned = addresses.drop_nulls("account").select(
        "from", "until", "line", account="address", person="account", unit=nothing, kind=nothing
    )
    ambiguous = cut_spans(owned).filter(pl.col("match") == "ambiguous")
    for address, who, lines in _lines_of(ambiguous.rename({"persons": "who"}), owned):
        text = "one address of several accounts at once: its hits then are nobody's"
        yield RegisterFinding("two_accounts", path, lines, text, (address, *who))


def _lines_of(
    spans: pl.DataFrame, rows: pl.DataFrame
) -> Iterator[tuple[str, list[str], tuple[int, ...]]]:
    """For each of some spans its account, who it is of (`who`), and the lines that meet in it.

    Of spans in which the same lines meet, the first.
    """
    held = (
        spans.select("account", "start", "stop", "who")
        .join(rows.with_columns(match_key(pl.col("account"))), on="account")
        .filter(
            pl.col("from").fill_null(BEGINNING) < pl.col("stop"),
            pl.col("until").fill_null(END) > pl.col("start"),
        )
    )
    found = held.group_by("account", "start", maintain_order=True).agg(
        pl.col("who").first(), lines=pl.col("line").unique().sort()
    )
    first = found.unique("lines", keep="first", maintain_order=True).sort("lines")
    for account, who, lines in first.select("account", "who", "lines").iter_rows():
        yield account, who, tuple(lines)


def _transfer_days(people: pl.DataFrame, path: Path) -> Iterator[RegisterFinding]:
    """A note where the last day of one row is the first of the next."""
    whose = ("account", "person")
    ordered = people.sort(*whose, "from")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in whose)
    both = (pl.col("until").shift(1) - pl.col("from")).is_between(
        timedelta(0), ONE_DAY, closed="right"
    )
    moved = pl.col("unit").ne_missing(pl.col("unit").shift(1))
    lines = ordered.filter(same & both & moved)["line"].unique().sort()
    if len(lines):
        text = "begins on the last day of another row: that day belongs to the new unit"
        yield RegisterFinding("transfer_days", path, tuple(lines), text)


def _check_holders(
    holders: pl.DataFrame, people: pl.DataFrame, path: Path
) -> Iterator[RegisterFinding]:
    """Those of `holders` (`who_kind`, `who`, `line`) whom the list of people does not have."""
    by_kind = holders.group_by("who_kind", "who", maintain_order=True).agg("line")
    known = {
        "person": _by_key(people["person"], _without_zeros),
        "account": _by_key(people["account"], bare_account),
        "unit": _by_key(people["unit"], str.lower),
    }
    units = {unit: unit for unit in people["unit"].drop_nulls().unique().sort()}
    for kind, who, lines in by_kind.iter_rows():
        names, near = known[kind]
        if who in names or (kind == "unit" and who.lower() in near):
            continue
        text = f"{_A[kind]} that is on no row of the list of people{_meant(kind, who, near, units)}"
        yield RegisterFinding(_UNKNOWN[kind], path, tuple(lines), text, (who,))


def _by_key(names: pl.Series, key: Callable[[str], str]) -> tuple[frozenset[str], frozenset[str]]:
    """All names of a column, and what is left of them where they are written another way."""
    known = names.drop_nulls().unique().to_list()
    return frozenset(known), frozenset(map(key, known))


def _meant(kind: str, who: str, near: frozenset[str], units: Mapping[str, str]) -> str:
    """What may be meant by a holder that is on no list."""
    if kind == "unit":
        unit = nearest_name(who, list(units))
        return f"; `{unit}` may be meant" if unit else ""
    if kind == "person" and _without_zeros(who) in near:
        return "; it has the same number with other zeros in front"
    if kind == "account" and bare_account(who) in near:
        return "; it has the same name in another domain, or without one"
    return ""


def _without_zeros(person: str) -> str:
    return person.lstrip("0")


def bare_account(account: str) -> str:
    """The name of an account without its domain or realm."""
    return account.rpartition("\\")[2].partition("@")[0]


def _unknown_services(
    rows: pl.DataFrame, services: Collection[str], path: Path
) -> Iterator[RegisterFinding]:
    """Rows about a service that no rule knows."""
    named = rows.drop_nulls("service").group_by("service", maintain_order=True).agg("line")
    for service, lines in named.iter_rows():
        if service not in services:
            near = nearest_name(service, [*services])
            meant = f"; `{near}` may be meant" if near else ""
            text = f"names a service that no rule knows, so that no hit is of it{meant}"
            yield RegisterFinding("unknown_service", path, tuple(lines), text)


def _granted_late(grants: pl.DataFrame, path: Path) -> Iterator[RegisterFinding]:
    lines = grants.filter(pl.col("granted_on") > pl.col("from"))["line"]
    if len(lines):
        text = "was granted after its first day: hits before that are `granted_afterwards`"
        yield RegisterFinding("granted_late", path, tuple(lines), text)
