"""Takes out of findings what the rules say names a person or opens a result.

For copies that leave the organisation; the findings themselves keep everything.
"""

from typing import Final

import polars as pl

from logan.rules.model import Rules

REDACTED: Final = "[redacted]"


def redacted(rules: Rules) -> dict[str, pl.Expr]:
    """`path` and `query` of findings, with the parts that a signature asks to `redact` replaced.

    Nulls stay null. For `with_columns(**redacted(rules))`.
    """
    return {part: _without(part, rules) for part in ("path", "query")}


def _without(part: str, rules: Rules) -> pl.Expr:
    wanted = [one.id for one in rules.signatures.values() if part in one.redact]
    hidden = pl.col("rule").is_in(wanted).fill_null(False) & pl.col(part).is_not_null()
    kept = "/" if part == "path" else ""
    return pl.when(hidden).then(pl.lit(kept + REDACTED)).otherwise(part).alias(part)
