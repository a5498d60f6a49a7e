"""Findings of Sigma rules, for the records that no pack claims."""

from functools import cache

import polars as pl

from logan.rules.sigma.expression import holds
from logan.rules.sigma.literals import EVERY_LINE
from logan.rules.sigma.rule import SigmaRule
from logan.schema import ACTIVITY


def sigma_hits(records: pl.DataFrame, rules: tuple[SigmaRule, ...]) -> pl.DataFrame:
    """Row numbers (`_row`) and `schema.FINDING` of records that a rule finds; the first one names.

    `records` are parsed. What a tunnel shows is marked as inferred where it is more than contact.
    """
    found = records.select("_row", "evidence", found=_first(rules)).drop_nulls("found")
    number, seen = pl.col("found"), pl.col("evidence") == "url"
    activity = number.replace_strict(
        {index: rule.activity for index, rule in enumerate(rules)}, return_dtype=pl.String
    )
    bare = activity.is_in(["page", "contact"])
    contact = ~seen & (activity == "page")
    return found.select(
        "_row",
        service=_named([rule.service for rule in rules]),
        activity=pl.when(contact).then(pl.lit("contact")).otherwise(activity).cast(ACTIVITY),
        rule=_named([rule.id for rule in rules]),
        inferred=~seen & ~bare,
        request_key=pl.lit(None, dtype=pl.UInt64),
        bin=pl.lit("hit"),
    )


@cache
def _first(rules: tuple[SigmaRule, ...]) -> pl.Expr:
    """The index of the first rule that finds a record, else null."""
    return pl.coalesce(
        pl.when(holds(rule)).then(pl.lit(index, dtype=pl.UInt32))
        for index, rule in enumerate(rules)
    )


def _named(names: list[str]) -> pl.Expr:
    numbered = dict(enumerate(names))
    return pl.col("found").replace_strict(numbered, return_dtype=pl.String)


def unread(lines: pl.DataFrame, rules: tuple[SigmaRule, ...]) -> pl.Series:
    """The service of each line that could not be parsed and that a rule might find, else null.

    Needs `text` and `reason`. Such a line is a reject: nobody can say what it holds.
    """
    service: pl.Expr = pl.lit(None, dtype=pl.String)
    for rule in reversed(rules):
        named = pl.any_horizontal(
            pl.lit(one == EVERY_LINE) | pl.col("text").str.contains(f"(?i){one}")
            for one in rule.triggers
        )
        service = pl.when(named).then(pl.lit(rule.service)).otherwise(service)
    failed = pl.col("reason").is_not_null()
    return lines.select(pl.when(failed).then(service).alias("service")).to_series()
