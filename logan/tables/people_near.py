"""Holders of authorisations that are nearly those of hits: a register that lost zeros or domains.

Whoever is meant by such a row would stand as somebody without an authorisation.
"""

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from logan.people.authorisations import unit_key

#: Where the holders of each kind that have hits stand: table and column.
_WITH_HITS: Final[Mapping[str, tuple[str, str]]] = {
    "person": ("persons.csv", "person"),
    "account": ("people_used.csv", "account"),
    "unit": ("units.csv", "unit"),
}
#: What is left of a name where it is written another way.
_LEFT: Final[Mapping[str, Callable[[pl.Expr], pl.Expr]]] = {
    "person": lambda name: name.str.to_lowercase().str.strip_chars_start("0"),
    "account": lambda name: name.str.replace(r"^.*\\", "").str.replace("@.*$", ""),
    "unit": lambda name: name.str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", ""),
}


def find_near_holders(tables: Mapping[str, pl.DataFrame]) -> list[int]:
    """The lines of the register with such a holder, in order.

    `tables` are those of `schema.PEOPLE_TABLES`: what is found rests on them alone.
    """
    register = (
        tables["authorisations_used.csv"]
        .select("row", parts=pl.col("who").str.splitn(":", 2))
        .unnest("parts")
    )
    lines = {
        line
        for kind in _WITH_HITS
        for line in _find_near(register.filter(pl.col("field_0") == kind), kind, tables)
    }
    return sorted(lines)


def _find_near(register: pl.DataFrame, kind: str, tables: Mapping[str, pl.DataFrame]) -> pl.Series:
    table, column = _WITH_HITS[kind]
    left, same = _LEFT[kind], unit_key if kind == "unit" else _as_it_is
    known = tables[table].select(pl.col(column)).drop_nulls().unique()
    exact = known.select(same(pl.col(column))).to_series()
    near = known.select(left(pl.col(column))).to_series()
    who = pl.col("field_1")
    is_near = left(who).is_in(near.implode()) & (left(who) != "")
    return register.filter(~same(who).is_in(exact.implode()) & is_near)["row"]


def _as_it_is(name: pl.Expr) -> pl.Expr:
    return name
