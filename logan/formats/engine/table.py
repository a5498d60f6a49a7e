"""Lines of one format as a table of raw columns, with the envelope around them taken off.

The `text` of a row stays the whole physical line. A format whose log has no time of its own (its
columns name neither `time` nor `local_time`) has the envelope's.
"""

import re
from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Final

import polars as pl

from logan.formats.engine import clock, dates
from logan.formats.engine.envelope import inside, stamps
from logan.formats.engine.format import Format, raw_columns
from logan.formats.engine.joined_records import with_several_rejected
from logan.formats.engine.json_keys import stands_twice
from logan.formats.engine.json_lines import JsonObject
from logan.formats.engine.layout import TEXT, Expressions, Layout

_WHOLE: Final = "whole line"
#: Columns of lines and of `schema.RAW`; what `Format.steps` adds begins with another character.
_NOT_PREPARED: Final = "^[a-z].*$"
_CLOCK: Final = {"time": pl.Datetime("us", "UTC"), "local_time": pl.Datetime("us")}


def raw(
    lines: pl.DataFrame,
    form: Format,
    layout: Layout,
    *,
    without: Collection[str] = (),
    several: bool = True,
) -> pl.DataFrame:
    """The raw columns of lines (a column `text`; others are kept), one row each, in order; all but
    those `without` which whoever asks can do. Without `several` a line that holds several records
    is the record that its format reads of it; to find those costs as much as all else."""
    # Lazy: what several columns of a format share is then computed once, up to 12 times faster,
    # and what a format prepares for all its layouts, only where this one uses it.
    # In memory: the streaming engine would start its own threads for each batch, a fifth slower.
    wanted = pl.col(_NOT_PREPARED).exclude(*without) if without else pl.col(_NOT_PREPARED)
    table = _frame(lines.lazy(), form, layout, several=several).select(wanted)
    return table.collect(engine="in-memory")


def without_guesses(table: pl.DataFrame) -> pl.DataFrame:
    """Raw columns of lines of which nobody said the zone: wall clocks that do name one are null.

    For formats whose stamps name their zone, by a name of several (`clock.SHARED_NAMES`): to read
    such a one in UTC, as if no zone were named, would be a wrong clock that nobody notices.
    """
    if not set(_CLOCK) <= set(table.columns):
        return table
    unsettled = table["time"].is_null() & table["local_time"].is_not_null()
    if not unsettled.any():
        return table
    named = unsettled & table["text"].str.contains(dates.SHARED_ZONE)
    return table.with_columns(local_time=pl.when(~named).then("local_time"))


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


def names_times(lines: Sequence[str], form: Format, layout: Layout) -> bool:
    """True where any of the lines has a time that can be read."""
    found = clock_of(pl.Series(lines, dtype=pl.String), form, layout).collect()
    return any(not found[name].is_null().all() for name in _CLOCK)


@lru_cache(maxsize=256)
def _clock_steps(form: Format, layout: Layout) -> tuple[list[pl.Expr], ...]:
    """The steps from lines to their time. Kept: making them costs more than a few lines."""
    wrapped = layout.envelope
    opening: Expressions = {"text": inside(TEXT, wrapped), _WHOLE: TEXT} if wrapped else {}
    columns = {**form.expressions(layout), **_clock_columns(form, layout)}
    clock = {name: columns.get(name, pl.lit(None, dtype=kind)) for name, kind in _CLOCK.items()}
    steps = (opening, *form.steps(layout), clock)
    return tuple([cell.alias(name) for name, cell in step.items()] for step in steps)


def _frame(lines: pl.LazyFrame, form: Format, layout: Layout, *, several: bool) -> pl.LazyFrame:
    envelope = layout.envelope
    reason = pl.col("reason")
    if several:
        whole = TEXT if envelope is None else pl.col(_WHOLE)
        reason = with_several_rejected(reason, form, layout, whole)
    if envelope is None:
        return raw_columns(lines, form, layout).with_columns(reason=reason)
    if _holds_object(form, envelope):
        # Taken out of the object around it, it has each key once.
        reason = pl.coalesce(reason, stands_twice(pl.col(_WHOLE)))
    opened = lines.with_columns(text=inside(TEXT, envelope), **{_WHOLE: TEXT})
    frame = raw_columns(opened, form, layout)
    frame = frame.with_columns(**_clock_columns(form, layout), reason=reason)
    return frame.with_columns(text=pl.col(_WHOLE)).drop(_WHOLE)


def _holds_object(form: Format, envelope: str) -> bool:
    return "json:" in envelope and isinstance(form.reader, JsonObject)


def needs_clock(form: Format, layout: Layout) -> bool:
    """True where lines have no time of their own, all of them or (`StampLayout.own`) some."""
    return not _own_clock(form, layout) or layout.stamps.own == "some"


def may_be_local(form: Format, layout: Layout) -> bool:
    """True where stamps may be wall clocks: those of the lines, or of the envelope around them."""
    return "local_time" in _own_clock(form, layout) or layout.stamps.envelope_clock is not None


@lru_cache(maxsize=256)
def _own_clock(form: Format, layout: Layout) -> frozenset[str]:
    """The columns of time that a format reads. Kept: making all columns costs more than a file."""
    return frozenset(set(_CLOCK) & set(form.expressions(layout)))


def _clock_columns(form: Format, layout: Layout) -> Expressions:
    """The columns of time, from the envelope where a line has none itself."""
    if layout.envelope is None or layout.stamps.envelope_clock is None:
        return {}
    outer_time = _envelope_time(pl.col(_WHOLE), layout)
    columns = form.expressions(layout)
    own = {name: columns[name] for name in _CLOCK if name in columns}
    if not own:
        return outer_time
    there = pl.any_horizontal(cell.is_not_null() for cell in own.values())
    return {
        name: pl.when(there)
        .then(own.get(name, pl.lit(None, dtype=kind)))
        .otherwise(outer_time[name])
        for name, kind in _CLOCK.items()
    }


def _instant(stamp: pl.Expr) -> pl.Expr:
    """A stamp with its offset, or an epoch; null for any other."""
    number = pl.when(stamp.str.contains(r"^[0-9]{10,}(?:\.[0-9]+)?$")).then(stamp)
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


#: The name of a zone behind the clock of a stamp, and a year behind that.
_NAMED_ZONE: Final = f" ({clock.ZONE_NAME})( [0-9]{{4}})?$"


#: From a month before the relay's stamp back to seven months before it, the middle.
_HALF_A_DELAY: Final = timedelta(days=150)
#: What tells a stamp with its year, and an epoch, from one without.
_HAS_YEAR: Final = re.compile("[0-9]{4}")


def _without_zone(stamp: pl.Expr) -> pl.Expr:
    return stamp.str.replace(_NAMED_ZONE, "${2}")


def _envelope_time(whole: pl.Expr, layout: Layout) -> Expressions:
    """The envelope's time: its innermost stamp, which the origin set, in the zone it names.

    Where that has no year, a stamp further out gives it: a relay's, which is later (but for
    clocks that go wrong) and not a year late. Else the layout must.
    """
    found = stamps(whole, layout.envelope)
    inner = pl.coalesce(found)
    bare = _without_zone(inner)
    yearless = dates.dated_from_first(bare, layout)
    if len(found) > 1:
        relayed = pl.coalesce(
            pl.coalesce(_instant(outer).dt.replace_time_zone(None), _wall(_without_zone(outer)))
            for outer in found[1:]
        )
        yearless = pl.coalesce(dates.dated(bare, relayed - _HALF_A_DELAY), yearless)
    local = pl.coalesce(_wall(bare), yearless)
    placed = clock.in_zone(local, inner.str.extract(_NAMED_ZONE, 1))
    return {**placed, "time": pl.coalesce(_instant(inner), placed["time"])}


def with_envelope_clock(layout: Layout, line: str) -> Layout | None:
    """The layout with what its envelope's clock needs, by one whole line; None without a stamp."""
    found = stamps(TEXT, layout.envelope)
    if not found:
        return None
    row = pl.DataFrame({"text": [line]}, schema={"text": pl.String})
    texts = row.select(found[at].alias(str(at)) for at in range(len(found))).row(0)
    there = [text for text in texts if text is not None]
    if not there:
        return None
    zone = re.search(_NAMED_ZONE, there[0])
    bare = re.sub(_NAMED_ZONE, r"\2", there[0])
    numbered = pl.select(_instant(pl.lit(there[0]))).item() is not None
    placed = numbered or (zone is not None and zone[1] not in clock.SHARED_NAMES)
    layout = layout.with_stamps(envelope_clock="offset" if placed else "local")
    if not any(_HAS_YEAR.search(stamp) for stamp in there):
        return dates.year_opens(layout, bare)
    return layout
