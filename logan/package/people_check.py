"""Registers held against a package: whom its hits name that is on no list, and the other way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from logan.package.reading import Package
from logan.people.checks import RegisterFinding, bare_account
from logan.people.decisions import PeopleMatcher
from logan.people.registers import PeopleRegisters
from logan.tables.after_event import find_gateways

_HITS: Final = ["time", "user", "client_ip", "service", "activity"]


def check_package(registers: PeopleRegisters, package: Package) -> list[RegisterFinding]:
    """What does not fit together in registers and a package, as findings.

    Raises what strange tables lead to; see `logan.package.reading.trusting`.
    """
    paths = {one.role: one.path for one in registers.files}
    counts = _count_matches(registers, package)
    found = [
        *_not_listed(counts, registers.people, paths["people"]),
        *_outside_dates(counts, registers.people, paths["people"]),
    ]
    if registers.events is not None:
        found += _unknown_gateways(registers.events, package, paths["events"])
    return found


def _count_matches(registers: PeopleRegisters, package: Package) -> pl.DataFrame:
    """Hits of the package by account and what is decided of them: `account`, `match`, `hits`."""
    matcher = PeopleMatcher(registers)
    parts = [
        matcher.decide(batch.select(_HITS)).group_by("account", "match").agg(hits=pl.len())
        for batch in package.typed_batches("hits.csv")
    ]
    total = pl.concat(parts).group_by("account", "match").agg(pl.col("hits").sum())
    return total.sort("hits", "account", descending=[True, False])


def _not_listed(
    counts: pl.DataFrame, people: pl.DataFrame, path: Path
) -> Iterator[RegisterFinding]:
    """Accounts with hits that are on no list, and those of them that are nearly on it."""
    missing = counts.filter(pl.col("match") == "not_listed")
    if missing.is_empty():
        return
    names = missing["account"].to_list()
    text = (
        f"has no row for {len(names):,} of the accounts with hits: {missing['hits'].sum():,} of"
        f" {counts['hits'].sum():,} hits are theirs"
    )
    yield RegisterFinding("not_listed", path, (), text, tuple(names))
    lines: dict[str, int] = {}
    for account, line in people.select("account", "line").iter_rows():
        lines.setdefault(bare_account(account), line)
    for name in names:
        if (line := lines.get(bare_account(name))) is not None:
            text = (
                "the name of an account with hits in another domain than the log gives it, or in"
                " none: the two are not taken for one. Is a row missing?"
            )
            yield RegisterFinding("without_domain", path, (line,), text, (name,))


def _outside_dates(
    counts: pl.DataFrame, people: pl.DataFrame, path: Path
) -> Iterator[RegisterFinding]:
    """Accounts with hits at times that none of their rows has."""
    outside = counts.filter(pl.col("match") == "outside_dates").join(
        people.group_by("account").agg(pl.col("line").unique().sort()), on="account"
    )
    in_order = outside.select("account", "hits", "line").sort(pl.col("line").list.first())
    for account, hits, lines in in_order.iter_rows():
        text = "an account has hits before its first day, after its last, or between two rows"
        yield RegisterFinding("outside_dates", path, tuple(lines), text, (account,), hits)


def _unknown_gateways(
    events: pl.DataFrame, package: Package, path: Path
) -> Iterator[RegisterFinding]:
    """Events at gateways of which the package has no log."""
    gateways = {str(one["source"]): str(one["gateway"]) for one in package.sources()}
    for gateway in find_gateways(events, gateways):
        lines = events.filter(pl.col("gateway") == gateway)["line"]
        text = "names a gateway of which the package has no log: nothing is counted for it"
        yield RegisterFinding("unknown_gateway", path, tuple(lines), text)
