"""Findings of Sigma rules, for the records that no pack claims."""

from collections.abc import Iterator

import polars as pl

from logan.rules.sigma.expression import holds
from logan.rules.sigma.literals import EVERY_LINE
from logan.rules.sigma.rule import SigmaRule
from logan.schema import ACTIVITY


def sigma_hits(records: pl.DataFrame, rules: tuple[SigmaRule, ...]) -> Iterator[pl.DataFrame]:
    """Row numbers (`_row`) and `schema.FINDING` of records that a rule finds; the first rule names.

    `records` are parsed. What a tunnel shows is marked as inferred where it is more than contact.
    """
    rest = records
    for rule in rules:
        if not rest.height:
            return
        found = rest.filter(holds(rule))
        rest = rest.join(found, on="_row", how="anti", maintain_order="left")
        seen = pl.col("evidence") == "url"
        bare = rule.activity == "page"
        activity = pl.when(seen | pl.lit(not bare)).then(pl.lit(rule.activity))
        yield found.select(
            "_row",
            service=pl.lit(rule.service),
            activity=activity.otherwise(pl.lit("contact")).cast(ACTIVITY),
            rule=pl.lit(rule.id),
            inferred=~seen & pl.lit(rule.activity not in ("page", "contact")),
            bin=pl.lit("hit"),
        )


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
