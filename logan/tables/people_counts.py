"""Hits by person, unit, authorisation and event, as a force's own lists tell them.

Hits that only an address points to a person by stand in columns of their own, and in no other
count: an address proves less than an account, and an account less than a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import polars as pl

from logan.people.decisions import PeopleMatcher
from logan.people.spans import BEGINNING, END
from logan.schema import PEOPLE_TABLES
from logan.tables.after_event import count_after_events, find_gateways, list_bounds
from logan.tables.people_cells import count_cells
from logan.tables.people_totals import PeopleTotals, total_people
from logan.tables.people_used import find_used
from logan.tables.period import Period
from logan.tables.table_fields import table_types
from logan.vocabulary import MATCHES, STANDINGS

_NAMED: Final = pl.col("match") != "by_address"
_SUMS: Final = ("hits", "searches", "uploads", "blocked")
_BETWEEN: Final = "; "
#: Keys of cells as text: only the order of letters may decide anything.
_TEXTS: Final[Mapping[Any, type[pl.String]]] = {pl.Categorical: pl.String, pl.Enum: pl.String}


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """All that lists of people say of the selected hits, in sums.

    `tables` are those of `schema.PEOPLE_TABLES` by file, with columns, types and order of the file,
    `totals` what they sum up to. `two_units` are hits of a person whom the list has in several
    units at once, `two_accounts` those without a user whose address was several accounts' at once;
    `unknown_gateways` are gateways of events that no source is of. `zone` is that of local days,
    `names` those of the services with hits.
    """

    matcher: PeopleMatcher
    zone: str
    names: Mapping[str, str]
    tables: Mapping[str, pl.DataFrame]
    totals: PeopleTotals
    two_units: int
    two_accounts: int
    unknown_gateways: tuple[str, ...]

    @property
    def with_register(self) -> bool:
        """Whether a register of authorisations was given."""
        return self.matcher.registers.authorisations is not None


class LogScope(NamedTuple):
    """What hits are of: the period and the zone of local days, and the `names` of services.

    `gateways` gives the gateway of each source, `runs` which hours of each have lines
    (`schema.COVERAGE_CSV`).
    """

    period: Period | None
    zone: str
    names: Mapping[str, str]
    gateways: Mapping[str, str]
    runs: pl.DataFrame


def count_people(
    batches: Iterable[pl.DataFrame],
    mentions: Iterable[pl.DataFrame],
    matcher: PeopleMatcher,
    scope: LogScope,
    *,
    apart: bool = False,
) -> PeopleCounts:
    """Count hits by what is decided of them, and find the rows of lists that this rests on.

    `batches` are hits with the columns `people_cells.COUNTED`, `mentions` those with the columns
    `people_used.NAMED`; both in any order. `apart`: see `people_cells.count_cells`.
    """
    events, gateways = matcher.registers.events, scope.gateways
    concerned = events is not None and events["gateway"].is_not_null().any()
    named = gateways if concerned else {}
    cells = count_cells(batches, matcher, list_bounds(events), named, apart=apart)
    tables = {
        "match.csv": _count_matches(cells),
        "units.csv": _count_units(cells),
        "persons.csv": _count_persons(cells),
        "authorisations_used.csv": _count_authorisations(cells, matcher.registers.authorisations),
        "after_event.csv": count_after_events(cells, events, scope.period, scope.runs),
        "people_ambiguous.csv": _list_ambiguous(cells, matcher),
        **find_used(cells, mentions, matcher.registers),
    }
    tables = {name: _shape(tables[name], name) for name in PEOPLE_TABLES}
    return PeopleCounts(
        matcher=matcher,
        zone=scope.zone,
        names=scope.names,
        tables=tables,
        totals=total_people(tables),
        two_units=_count_two_units(cells, matcher.spans),
        two_accounts=int(cells.filter(pl.col("lease").is_not_null())["hits"].sum()),
        unknown_gateways=tuple(find_gateways(events, gateways)) if concerned else (),
    )


def _count_two_units(cells: pl.DataFrame, spans: pl.DataFrame) -> int:
    number = pl.int_range(pl.len(), dtype=pl.Int32)
    several = spans.select(number.filter(pl.col("units").list.len() > 1)).to_series()
    own = cells.filter(pl.col("match") == "one_person", pl.col("span").is_in(several.implode()))
    return int(own["hits"].sum())


def _count_matches(cells: pl.DataFrame) -> pl.DataFrame:
    """A row for each word of `match`, also where it has no hits."""
    counted = cells.group_by("match").agg(
        hits=pl.col("hits").sum(), users=pl.col("account").drop_nulls().n_unique().cast(pl.Int64)
    )
    words = pl.DataFrame({"match": MATCHES}, schema={"match": pl.String})
    counted = counted.cast({"match": pl.String})
    joined = words.join(counted, on="match", how="left", maintain_order="left")
    return joined.with_columns(pl.col("hits", "users").fill_null(0))


def _shape(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """The rows with columns and types of their file; what it lacks is null."""
    types = table_types(table)
    there = {name: pl.col(name) if name in rows.columns else pl.lit(None) for name in types}
    return rows.select(there[name].cast(kind).alias(name) for name, kind in types.items())


def _sums() -> dict[str, pl.Expr]:
    """What is counted of units and persons alike."""
    standing = {name: _NAMED & (pl.col("authorisation") == name) for name in STANDINGS}
    return {
        **{name: _sum_where(name, _NAMED) for name in _SUMS},
        **{name: _sum_where("hits", rows) for name, rows in standing.items()},
        "permitted": _sum_where("hits", _NAMED & pl.col("permitted")),
        "by_address": _sum_where("hits", ~_NAMED),
        "first_seen": pl.col("first_seen").min(),
        "last_seen": pl.col("last_seen").max(),
    }


def _sum_where(name: str, rows: pl.Expr) -> pl.Expr:
    # Not by a filter: within groups that would copy them once for each sum.
    return pl.when(rows).then(name).otherwise(0).sum()


def _different(name: str) -> pl.Expr:
    return pl.col(name).filter(_NAMED).drop_nulls().n_unique()


def _count_units(cells: pl.DataFrame) -> pl.DataFrame:
    """By unit and service, most hits first; the unit is null where none is known."""
    counted = cells.group_by("unit", "service").agg(
        people=_different("person"), accounts=_different("account"), **_sums()
    )
    order = (pl.col("unit").is_null(), -pl.col("hits"), "unit", "service")
    return counted.cast(_TEXTS).sort(*order, nulls_last=True)


def _count_persons(cells: pl.DataFrame) -> pl.DataFrame:
    """By person, whatever the accounts, most hits first."""
    counted = (
        cells.drop_nulls("person")
        .group_by("person")
        .agg(
            units=_join(pl.col("unit")),
            accounts=_different("account"),
            account_names=_join(pl.col("name").filter(_NAMED)),
            services=pl.col("service").n_unique(),
            **_sums(),
        )
    )
    empty = pl.col("units", "account_names").replace("", None)
    order = (-pl.col("hits"), -pl.col("by_address"), "person")
    return counted.cast(_TEXTS).with_columns(empty).sort(*order)


def _join(names: pl.Expr) -> pl.Expr:
    """Different names in order of their letters, as one text."""
    return names.drop_nulls().unique().cast(pl.String).sort().str.join(_BETWEEN)


def _count_authorisations(cells: pl.DataFrame, register: pl.DataFrame | None) -> pl.DataFrame:
    """Every row of the register in its order, used or not."""
    if register is None:
        return pl.DataFrame(schema=table_types("authorisations_used.csv"))
    covering = _NAMED & pl.col("authorisation").is_in(["on_register", "granted_afterwards"])
    outside = _NAMED & pl.col("authorisation").is_in(["not_yet", "expired"])
    counted = (
        cells.drop_nulls("grant")
        .group_by("grant")
        .agg(
            hits=pl.col("hits").filter(covering).sum(),
            searches=pl.col("searches").filter(covering).sum(),
            people=pl.col("person").filter(covering).drop_nulls().n_unique().cast(pl.Int64),
            first_seen=pl.col("first_seen").filter(covering).min(),
            last_seen=pl.col("last_seen").filter(covering).max(),
            hits_outside_its_dates=pl.col("hits").filter(outside).sum(),
            by_address=pl.col("hits").filter(~_NAMED).sum(),
        )
    )
    numbers = ("hits", "searches", "people", "hits_outside_its_dates", "by_address")
    listed = register.with_columns(
        grant=pl.int_range(pl.len(), dtype=pl.Int32),
        who=pl.format("{}:{}", "who_kind", "who"),
        row="line",
    ).join(counted, on="grant", how="left", maintain_order="left")
    return listed.with_columns(pl.col(numbers).fill_null(0))


def _list_ambiguous(cells: pl.DataFrame, matcher: PeopleMatcher) -> pl.DataFrame:
    """The persons whose account it was at once, then the accounts whose address it was, a row each.

    Hits are those of all of them.
    """
    by_span = _count_by(cells.filter(pl.col("match") == "ambiguous"), "span", account="name")
    by_lease = _count_by(cells, "lease", address="address")
    persons = _each_of(by_span, matcher.spans, "span", "person")
    accounts = _each_of(by_lease, matcher.leases, "lease", "account")
    return pl.concat([persons, accounts], how="diagonal")


def _count_by(cells: pl.DataFrame, number: str, **whose: str) -> pl.DataFrame:
    """Hits by the number of a span, with whose they are as a table names them."""
    return (
        cells.drop_nulls(number)
        .group_by(number)
        .agg(
            hits=pl.col("hits").sum(),
            first_seen=pl.col("first_seen").min(),
            last_seen=pl.col("last_seen").max(),
            **{name: pl.col(column).cast(pl.String).min() for name, column in whose.items()},
        )
    )


def _each_of(counted: pl.DataFrame, spans: pl.DataFrame, number: str, column: str) -> pl.DataFrame:
    """Each that a span names at once (`column`), with its bounds and the hits in it."""
    named = spans.select(
        pl.int_range(pl.len(), dtype=pl.Int32).alias(number),
        pl.col("persons").alias(column),
        **{
            "from": pl.when(pl.col("start") > BEGINNING).then("start"),
            "until": pl.when(pl.col("stop") < END).then("stop"),
        },
    )
    return counted.join(named, on=number).explode(column).sort(number, column)
