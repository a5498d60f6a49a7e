"""Rows in order, in frames that are small enough to be sorted, whatever there is in all."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

import polars as pl

from logan.result import Run

#: Rows that are sorted and written at once: what bounds the memory of an export.
_CHUNK: Final = 12_000
#: One text in so many, by its hash, says where rows of equal numbers are parted.
_SAMPLED: Final = 16


def in_sorted_frames(
    runs: Sequence[Run],
    order: Sequence[str | pl.Expr],
    *,
    by: str,
    step: timedelta | None = None,
    ties: str | None = None,
    descending: bool = False,
) -> Iterator[pl.LazyFrame]:
    """Give all rows in order, in frames of about `_CHUNK` rows, so that none must hold them all.

    `by` is the column that the order begins with; rows of equal `by` (of times: within one `step`)
    come together, unless a column of text that follows in the order parts `ties`. Nulls come last.
    """
    column = pl.col(by)
    part = column if step is None else column.dt.truncate(step)
    sizes = pl.concat([run.rows for run in runs]).group_by(part.alias("part")).len()
    ordered = sizes.sort("part", descending=descending, nulls_last=True)
    group: list[Any] = []
    held = 0
    listed = ordered.collect(engine="streaming").rows()
    for (value, size), (following, _) in pairwise([*listed, (None, 0)]):
        group.append(value)
        held += size
        if held >= _CHUNK or following is None:
            if value is None:
                rows = _near(runs).filter(column.is_null())
            else:
                low, high = min(group), max(group)
                rows = _near(runs, low, high, step).filter(_within(column, low, high, step))
            for within in _part(rows, ties) if ties and len(group) == 1 else [True]:
                yield rows.filter(within).sort(order, nulls_last=True)
            group, held = [], 0


def _near(
    runs: Sequence[Run], low: Any = None, high: Any = None, step: timedelta | None = None
) -> pl.LazyFrame:
    """The runs that may have rows from `low` to the end of what `high` begins; None: all."""
    near = [
        run.rows
        for run in runs
        if None in (run.first, run.last, low, step) or (run.first < high + step and low <= run.last)
    ]
    return pl.concat(near)


def _part(rows: pl.LazyFrame, text: str) -> Iterator[pl.Expr]:
    """Give conditions that part rows into about `_CHUNK` each, in order of a column; nulls last."""
    column = pl.col(text)
    # Bounds are found among some of the texts: all of them may be more than memory should hold.
    some = rows.select(column).filter(column.hash() % _SAMPLED == 0).collect(engine="streaming")
    ordered = some.to_series().drop_nulls().sort()
    step = max(_CHUNK // _SAMPLED, 1)
    bounds = ordered.gather_every(step, offset=step).unique(maintain_order=True)
    for low, high in pairwise([None, *bounds, None]):
        from_low = pl.lit(value=True) if low is None else column >= low
        to_high = pl.lit(value=True) if high is None else column < high
        within = from_low & to_high
        yield within | column.is_null() if high is None else within


def _within(column: pl.Expr, low: Any, high: Any, step: timedelta | None) -> pl.Expr:
    """True from `low` to the end of what `high` begins; plain bounds, so that files can skip."""
    if step is None:
        return column.is_between(pl.lit(low), pl.lit(high))
    return column.is_between(pl.lit(low), pl.lit(high + step), closed="left")
