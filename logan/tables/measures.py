"""What is counted about a group of hits, as expressions: every table counts with these.

A blocked request is a hit, and is counted as blocked, but proves nothing more: no page was opened,
no photo left, no search was started. So the counts of activities leave blocked hits out, and
`blocked_searches` and `blocked_uploads` say what was tried. A search that the service refused is
one of the `attempts`, and no search. `inferred_searches` are those of the `searches` that no
request shows: results show that one went before, or the rules deduce it.
"""

from typing import Final

import polars as pl

_BLOCKED: Final = pl.col("action").eq_missing(pl.lit("blocked"))
_IS_UPLOAD: Final = (pl.col("activity") == "upload") | pl.col("also_upload")
_IS_SEARCH: Final = (pl.col("activity") == "search") | pl.col("also_search")
_IS_INFERRED: Final = pl.col("inferred") | pl.col("also_search")

#: The client address where the log names no user: the nearest thing to a person there is.
ADDRESS: Final = pl.when(pl.col("user").is_null()).then(pl.col("client_ip")).alias("address")


def _count(condition: pl.Expr) -> pl.Expr:
    return condition.fill_null(value=False).sum().cast(pl.Int64)


def _let_through(activity: str) -> pl.Expr:
    return _count((pl.col("activity") == activity) & ~_BLOCKED)


#: Counts that add up: a group's number is the sum over its parts.
SUMS: Final[dict[str, pl.Expr]] = {
    "hits": pl.len().cast(pl.Int64),
    "pages": _let_through("page"),
    "searches": _count(_IS_SEARCH & ~_BLOCKED),
    "uploads": _count(_IS_UPLOAD & ~_BLOCKED),
    "possible_uploads": _count(pl.col("possible_upload") & ~_BLOCKED),
    "results": _let_through("results"),
    "contacts": _let_through("contact"),
    "opt_outs": _let_through("opt_out"),
    "beside_opt_out": _count(pl.col("beside_opt_out") & ~_BLOCKED),
    "allowed": _count(pl.col("action") == "allowed"),
    "blocked": _count(_BLOCKED),
    "blocked_searches": _count((pl.col("activity") == "search") & _BLOCKED),
    "blocked_uploads": _count(_IS_UPLOAD & _BLOCKED),
    "inferred_searches": _count(_IS_SEARCH & _IS_INFERRED & ~_BLOCKED),
    "attempts": _count(pl.col("attempt")),
}

#: Distinct people, as far as the log names them. Never add these up over groups.
PEOPLE: Final[dict[str, pl.Expr]] = {
    "users": pl.col("user").drop_nulls().n_unique().cast(pl.Int64),
    "addresses": ADDRESS.drop_nulls().n_unique().cast(pl.Int64),
}

#: Earliest and latest hit, UTC.
SPAN: Final[dict[str, pl.Expr]] = {
    "first_seen": pl.col("time").min(),
    "last_seen": pl.col("time").max(),
}
