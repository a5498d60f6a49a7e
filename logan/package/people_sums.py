"""Whether what a package says by lists of people adds up, row by row of `hits.csv`."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from logan.package.faults import PackageFault
from logan.package.group_sums import compare_groups
from logan.package.reading import Package
from logan.vocabulary import STANDINGS

#: Hits that only an address points to a person by are in no count but their own.
_NAMED: Final = pl.col("match") != "by_address"


def check_people(package: Package) -> Iterator[PackageFault]:
    """Count again what tables of people say."""
    yield from compare_groups(package, "match.csv", ("match",), {"hits": pl.len()})
    counts = _counts()
    yield from compare_groups(
        package,
        "units.csv",
        ("unit", "service"),
        {column: rows.sum() for column, rows in counts.items()},
    )
    person = pl.col("person").is_not_null()
    yield from compare_groups(
        package,
        "persons.csv",
        ("person",),
        {column: (rows & person).sum() for column, rows in counts.items()},
    )
    standing = pl.col("authorisation")
    covers = standing.is_in(["on_register", "granted_afterwards"])
    yield from compare_groups(
        package,
        "authorisations_used.csv",
        ("reference",),
        {
            "hits": (_NAMED & covers).sum(),
            "hits_outside_its_dates": (_NAMED & standing.is_in(["not_yet", "expired"])).sum(),
        },
    )


def _counts() -> dict[str, pl.Expr]:
    """The columns of units and persons that rows of hits show, and which rows they count."""
    return {
        "hits": _NAMED,
        "by_address": ~_NAMED,
        "blocked": _NAMED & (pl.col("action") == "blocked"),
        **{name: _NAMED & (pl.col("authorisation") == name) for name in STANDINGS},
    }
