"""Lines of one format as a table of raw columns, with the envelope around them taken off.

The `text` of a row stays the whole physical line. A format whose log has no time of its own (its
columns name neither `time` nor `local_time`) is lent the envelope's.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import polars as pl

from logan.formats.engine import clock, dates
from logan.formats.engine.base import TEXT, Columns, Format, Layout, raw_columns
from logan.formats.engine.envelope import inside, stamps

#: The option of a layout that names the envelope.
ENVELOPE: Final = "envelope"
#: Set to "local" or "offset" where the envelope lends its clock.
CLOCK: Final = "clock"
#: A format sets it to "some" where only some lines carry their own time, to "none" where none do.
STAMPS: Final = "stamps"
_WHOLE: Final = "whole line"
#: Columns of lines and of `schema.RAW`; what `Format.prepare` adds begins with another character.
_NOT_PREPARED: Final = "^[a-z].*$"
_CLOCK: Final = {"time": pl.Datetime("us", "UTC"), "local_time": pl.Datetime("us")}


def raw(lines: pl.DataFrame, form: Format, layout: Layout) -> pl.DataFrame:
    """The raw columns of lines (a column `text`; others are kept), one row each, in order."""
    # Lazy: what several columns of a format share is then computed once, up to 12 times faster,
    # and what a format prepares for all its layouts, only where this one uses it.
    # In memory: the streaming engine would start its own threads for each batch, a fifth slower.
    table = _frame(lines.lazy(), form, layout).select(pl.col(_NOT_PREPARED))
    return table.collect(engine="in-memory")


def clock_of(lines: pl.Series, form: Format, layout: Layout) -> pl.LazyFrame:
    """The columns `time` (UTC) and `local_time` (naive) of lines; null where they have none."""
    frame = lines.to_frame("text").lazy()
    for step in _clock_steps(form, layout):
        frame = frame.with_columns(step)
    return frame.select("time", "local_time")


def names_zones(lines: Sequence[str], form: Format, layout: Layout) -> bool:
    """True where lines may name the zone of their stamps, and all that have a stamp do."""
    if len(_own_clock(form, layout)) < len(_CLOCK):
        return False
    found = clock_of(pl.Series(lines, dtype=pl.String), form, layout).collect()
    return found["local_time"].is_null().all() and not found["time"].is_null().all()


@lru_cache(maxsize=256)
def _clock_steps(form: Format, layout: Layout) -> tuple[list[pl.Expr], ...]:
    """The steps from lines to their time. Kept: making them costs more than a few lines."""
    wrapped = layout.option(ENVELOPE)
    opening: Columns = {"text": inside(TEXT, wrapped), _WHOLE: TEXT} if wrapped else {}
    columns = {**form.expressions(layout), **_lent_clock(form, layout)}
    clock = {name: columns.get(name, pl.lit(None, dtype=kind)) for name, kind in _CLOCK.items()}
    steps = (opening, *form.steps(layout), clock)
    return tuple([cell.alias(name) for name, cell in step.items()] for step in steps)


def _frame(lines: pl.LazyFrame, form: Format, layout: Layout) -> pl.LazyFrame:
    envelope = layout.option(ENVELOPE)
    if envelope is None:
        return raw_columns(lines, form, layout)
    opened = lines.with_columns(text=inside(TEXT, envelope), **{_WHOLE: TEXT})
    frame = raw_columns(opened, form, layout)
    frame = frame.with_columns(**_lent_clock(form, layout))
    return frame.with_columns(text=pl.col(_WHOLE)).drop(_WHOLE)


def needs_clock(form: Format, layout: Layout) -> bool:
    """True where lines have no time of their own, all of them or (option `STAMPS`) some."""
    return not _own_clock(form, layout) or layout.option(STAMPS) == "some"


@lru_cache(maxsize=256)
def _own_clock(form: Format, layout: Layout) -> frozenset[str]:
    """The columns of time that a format reads. Kept: making all columns costs more than a file."""
    return frozenset(set(_CLOCK) & set(form.expressions(layout)))


def _lent_clock(form: Format, layout: Layout) -> Columns:
    """The columns of time, from the envelope where a line has none itself."""
    if layout.option(ENVELOPE) is None or layout.option(CLOCK) is None:
        return {}
    lent = _lent(pl.col(_WHOLE), layout)
    columns = form.expressions(layout)
    own = {name: columns[name] for name in _CLOCK if name in columns}
    if not own:
        return lent
    there = pl.any_horizontal(cell.is_not_null() for cell in own.values())
    return {
        name: pl.when(there).then(own.get(name, pl.lit(None, dtype=kind))).otherwise(lent[name])
        for name, kind in _CLOCK.items()
    }


def _instant(stamp: pl.Expr) -> pl.Expr:
    """A stamp with its offset, or an epoch; null for any other."""
    number = pl.when(stamp.str.contains(r"^[0-9]{9,}(?:\.[0-9]+)?$")).then(stamp)
    return pl.coalesce(clock.iso_offset(stamp.str.replace(",", ".")), clock.epoch(number))


def _wall(stamp: pl.Expr) -> pl.Expr:
    """A stamp with its year and without a zone; null for any other."""
    forms = (
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%b %e %Y %H:%M:%S%.f",
        "%b %e %H:%M:%S%.f %Y",
    )
    return pl.coalesce(clock.naive(stamp.str.replace(",", "."), form) for form in forms)


def _lent(whole: pl.Expr, layout: Layout) -> Columns:
    """The envelope's time: its innermost stamp, which the origin set.

    Where that has no year, a stamp further out gives it (a relay is never half a year late);
    else the layout must.
    """
    found = stamps(whole, layout.option(ENVELOPE))
    inner = pl.coalesce(found)
    if len(found) > 1:
        outer = pl.coalesce(found[1:])
        near = pl.coalesce(_instant(outer).dt.replace_time_zone(None), _wall(outer))
        yearless = dates.dated(inner, near)
    else:
        yearless = dates.dated_from_first(inner, layout)
    return {"time": _instant(inner), "local_time": pl.coalesce(_wall(inner), yearless)}


def lent_layout(layout: Layout, line: str) -> Layout | None:
    """The layout with what its envelope's clock needs, by one whole line; None without a stamp."""
    found = stamps(TEXT, layout.option(ENVELOPE))
    if not found:
        return None
    row = pl.DataFrame({"text": [line]}, schema={"text": pl.String})
    texts = row.select(found[at].alias(str(at)) for at in range(len(found))).row(0)
    there = [text for text in texts if text is not None]
    if not there:
        return None
    stamp = pl.lit(there[0])
    instant, wall = pl.select(_instant(stamp).alias("instant"), _wall(stamp).alias("wall")).row(0)
    layout = layout.with_option(CLOCK, "local" if instant is None else "offset")
    if instant is None and wall is None and len(there) == 1:
        return dates.year_opens(layout, there[0])
    return layout
