"""Cells in which gateways say that there is nothing."""

from typing import Final

import polars as pl

NOTHING: Final = ("", "-")


def filled(cell: pl.Expr) -> pl.Expr:
    """The cell, null where it says that there is nothing."""
    return pl.when(cell.is_in(list(NOTHING))).then(None).otherwise(cell)
