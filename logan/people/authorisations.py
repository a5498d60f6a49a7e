"""What a register of authorisations says of a hit, and never more than it says.

A row is about a hit where it is made out to the person, the account or the unit. Of several rows
the best counts, in the order of `vocabulary.STANDINGS`; of equal ones the first of the file.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from logan.people.registers import WHO_KINDS, WhoKind
from logan.people.spans import BEGINNING, END, match_key
from logan.vocabulary import ACTIVITIES, STANDINGS, Activity

#: What a visit brings with it, whatever it is for.
_FURNITURE: Final[tuple[Activity, ...]] = ("page", "asset", "poll", "api")
#: The steps that an activity consists of: who may search may send the photo and see the results.
_STEPS: Final[Mapping[Activity, tuple[Activity, ...]]] = {
    "search": ("upload", "results", "click_out"),
    "results": ("click_out",),
}
#: More rows than any register has.
_ROWS: Final = 1 << 32
_RANK: Final = {name: rank for rank, name in enumerate(STANDINGS)}

#: What is decided of each hit. `grant` is the row of the register, from 0, that decided;
#: `permitted` says whether a row for the unit as such is in force for the service; null: no unit is
#: known.
DECIDED: Final = {
    "authorisation": pl.String(),
    "grant": pl.Int64(),
    "reference": pl.String(),
    "permitted": pl.Boolean(),
}


def covered_activities(activity: Activity) -> tuple[Activity, ...]:
    """The activities that an authorisation for one of them is about."""
    return tuple(dict.fromkeys((activity, *_STEPS.get(activity, ()), *_FURNITURE)))


def prepare_register(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a register (`registers.AUTHORISATIONS`) as `authorise` joins them."""
    covered = {name: [*covered_activities(name)] for name in ACTIVITIES}
    return rows.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("grant"),
        "who_kind",
        pl.when(pl.col("who_kind") == "account")
        .then(match_key(pl.col("who")))
        .when(pl.col("who_kind") == "unit")
        .then(unit_key(pl.col("who")))
        .otherwise("who")
        .alias("who"),
        pl.col("service").alias("for_service"),
        pl.col("activity").alias("for_activity"),
        pl.col("activity")
        .replace_strict(covered, default=None, return_dtype=pl.List(pl.String))
        .alias("covered"),
        pl.col("from").fill_null(BEGINNING).alias("start"),
        pl.col("until").fill_null(END).alias("stop"),
        "granted_on",
        "reference",
    )


def unit_key(unit: pl.Expr) -> pl.Expr:
    """What two ways to write the name of a unit have in common."""
    return unit.str.strip_chars().str.to_lowercase()


def authorise(rows: pl.DataFrame, register: pl.DataFrame) -> pl.DataFrame:
    """Decide for each row what stands on a register: the columns of `DECIDED`, in order of rows.

    Rows have `time`, `service`, `activity`, `person`, `account` and `units`. Without a person it
    cannot be told, unless a row for the account itself is in force.
    """
    numbered = rows.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
        *("time", "person", "account", "units"),
        pl.col("service", "activity").cast(pl.String),
    )
    pairs = _pair(numbered, register)
    decided = numbered.join(_pick_best(pairs), on="row", how="left", maintain_order="left").join(
        _find_permitted(pairs), on="row", how="left", maintain_order="left"
    )
    return _settle(decided, register["reference"])


def _pair(rows: pl.DataFrame, register: pl.DataFrame) -> pl.DataFrame:
    """Each row with every row of the register that is made out to its person, account or unit."""
    kinds = [kind for kind in WHO_KINDS if kind in register["who_kind"]] or WHO_KINDS[:1]
    pairs = [
        _with_key(rows, kind).join(register.filter(pl.col("who_kind") == kind), on="who")
        for kind in kinds
    ]
    return pl.concat(pairs)


def _with_key(rows: pl.DataFrame, kind: WhoKind) -> pl.DataFrame:
    """The rows with whom a row of the register would name, once for each unit."""
    if kind == "unit":
        named = rows.explode("units").with_columns(who=unit_key(pl.col("units")))
    else:
        named = rows.with_columns(who=pl.col(kind).cast(pl.String))
    return named.drop("units").drop_nulls("who")


def _pick_best(pairs: pl.DataFrame) -> pl.DataFrame:
    """The best standing of each hit, as a number that the row of the register is part of."""
    own = pl.col("person").is_not_null() | (
        (pl.col("who_kind") == "account") & (pl.col("standing") == _RANK["on_register"])
    )
    found = pairs.with_columns(standing=_standing()).filter(own)
    return found.group_by("row").agg(best=(pl.col("standing") * _ROWS + pl.col("grant")).min())


def _standing() -> pl.Expr:
    """What a row of the register says of a hit, as a rank; null where it is not about it."""
    time = pl.col("time")
    sure = pl.col("for_activity").is_null() | pl.col("activity").is_in("covered")
    host_only = pl.col("activity") == "contact"
    return (
        pl.when(~_is_for_service())
        .then(_RANK["other_service"])
        .when(~sure & ~host_only)
        .then(None)
        .when(time < pl.col("start"))
        .then(_RANK["not_yet"])
        .when(time >= pl.col("stop"))
        .then(_RANK["expired"])
        .when(~sure | time.is_null())
        .then(_RANK["cannot_tell"])
        .when(time < pl.col("granted_on"))
        .then(_RANK["granted_afterwards"])
        .otherwise(_RANK["on_register"])
        .cast(pl.Int64)
    )


def _is_for_service() -> pl.Expr:
    any_service = pl.col("for_service").is_null()
    return any_service | (pl.col("for_service") == pl.col("service")).fill_null(value=False)


def _find_permitted(pairs: pl.DataFrame) -> pl.DataFrame:
    """Whether a row for the hit's unit is in force for its service, whatever it did there."""
    in_force = pl.col("time").is_between("start", "stop", closed="left")
    unit = pairs.filter(pl.col("who_kind") == "unit")
    return unit.group_by("row").agg(permitted=(in_force & _is_for_service()).any())


def _settle(decided: pl.DataFrame, references: pl.Series) -> pl.DataFrame:
    nobody, best = pl.col("person").is_null(), pl.col("best")
    words = pl.lit(pl.Series(STANDINGS, dtype=pl.String))
    none = pl.when(nobody).then(pl.lit("cannot_tell")).otherwise(pl.lit("none_on_register"))
    found = decided.select(
        authorisation=pl.coalesce(words.gather(best // _ROWS), none),
        grant=best % _ROWS,
        permitted=pl.when(pl.col("units").list.len() > 0).then(
            pl.col("permitted").fill_null(value=False)
        ),
    )
    reference = references.gather(found["grant"]).alias("reference")
    return found.with_columns(reference).select(*DECIDED)
