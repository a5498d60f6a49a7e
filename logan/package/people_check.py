"""Registers held against a package: whom its hits name that is on no list, and the other way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from logan.package.reading import Package
from logan.people.checks import RegisterFinding, bare_account
from logan.people.decisions import PeopleMatcher
from logan.people.registers import PeopleRegisters

_HITS: Final = ["time", "user", "client_ip", "service", "activity"]


def check_package(registers: PeopleRegisters, package: Package) -> list[RegisterFinding]:
    """What does not fit together in registers and a package, as findings.

    Raises what strange tables lead to; see `logan.package.reading.trusting`.
    """
    path = next(one.path for one in registers.files if one.role == "people")
    counts = _count_matches(registers, package)
    return [
        *_not_listed(counts, registers.people, path),
        *_outside_dates(counts, registers.people, path),
    ]


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
    for account, hits, lines in outside.select("account", "hits", "line").iter_rows():
        text = f"{hits:,} hits of this account before its first day, after its last, or between"
        yield RegisterFinding("outside_dates", path, tuple(lines), text, (account,))
