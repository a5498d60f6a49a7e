"""The rows tables are made of: the findings of one bin, within what the reader asked to see."""

from typing import Final

import polars as pl

from logan.result import Selection
from logan.vocabulary import Bin

#: Marks a hit may bring along; absent columns mean that the scan set none.
#: `also_upload`: this request carried the photo too. `possible_upload`: a tunnel that sent much.
#: `beside_opt_out`: an upload or search in a session that also asked for removal. `also_search`:
#: results that show that a search went before them. `attempt`: a search that was refused.
MARKS: Final = ("also_upload", "possible_upload", "beside_opt_out", "also_search", "attempt")


def select(found: pl.LazyFrame, selection: Selection, *, outcome: Bin = "hit") -> pl.LazyFrame:
    """Keep the findings of one bin that the selection asks for, in no particular order.

    A finding without a time is dropped as soon as `since` or `until` is given: it cannot be shown
    to lie inside. Services are compared exactly, users without regard to case, as accounts are
    (`logan.records.accounts`).
    """
    rows = with_marks(found).filter(pl.col("bin") == outcome)
    if selection.since is not None:
        rows = rows.filter(pl.col("time") >= selection.since)
    if selection.until is not None:
        rows = rows.filter(pl.col("time") < selection.until)
    if selection.services:
        rows = rows.filter(pl.col("service").is_in(selection.services))
    if selection.users:
        asked = [user.lower() for user in selection.users]
        rows = rows.filter(pl.col("user").str.to_lowercase().is_in(asked))
    return rows


def with_marks(found: pl.LazyFrame) -> pl.LazyFrame:
    """Give every row the columns of `MARKS`, false where the scan did not set them."""
    present = found.collect_schema().names()
    return found.with_columns(
        pl.col(mark).fill_null(value=False) if mark in present else pl.lit(value=False).alias(mark)
        for mark in MARKS
    )
