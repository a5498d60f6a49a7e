"""The totals that sentences about lists of people are made of, from the tables themselves."""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from logan.vocabulary import MATCHES, STANDINGS, Match, Standing


class PeopleTotals(NamedTuple):
    """Hits by what lists say of them. `by_match` are all hits; the rest leaves out those that only
    an address points to a person by.

    `persons` are different ones with hits, `nobody` the hits with no person at all. `permitted` are
    hits of units that the register names for the service and the time, `other_units` those of any
    other unit, `no_unit` the rest; None where the register names no unit.
    """

    hits: int
    by_match: Mapping[Match, int]
    by_standing: Mapping[Standing, int]
    persons: int
    nobody: int
    permitted: int | None
    other_units: int
    no_unit: int


def total_people(tables: Mapping[str, pl.DataFrame]) -> PeopleTotals:
    """Sum the tables of people (`schema.PEOPLE_TABLES`) by file."""
    matches = dict(tables["match.csv"].select("match", "hits").rows())
    units, persons = tables["units.csv"], tables["persons.csv"]
    hits = sum(matches.values())
    known = units.filter(pl.col("unit").is_not_null())
    permitted = _sum(units, "permitted")
    other = _sum(known, "hits") - _sum(known, "permitted")
    who = tables["authorisations_used.csv"]["who"]
    return PeopleTotals(
        hits=hits,
        by_match={name: matches.get(name, 0) for name in MATCHES},
        by_standing={name: _sum(units, name) for name in STANDINGS},
        persons=persons.filter(pl.col("hits") > 0).height,
        nobody=hits - _sum(persons, "hits") - _sum(persons, "by_address"),
        permitted=permitted if who.str.starts_with("unit:").any() else None,
        other_units=other,
        no_unit=_sum(units, "hits") - permitted - other,
    )


def _sum(rows: pl.DataFrame, column: str) -> int:
    return int(rows[column].sum())
