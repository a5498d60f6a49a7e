"""Which answers and remarks repeat the line of the request that they are about."""

from datetime import timedelta
from functools import partial
from typing import Final

import polars as pl

from logan.rules.repeats import DECIDED, ORDER, ROW, Strategy, find_nearest, repeats, verdicts

#: An answer or remark is written so many seconds before or after the line of its request.
COMPANION_SECONDS: Final = 10
#: What is written so soon before or after a line is about its request, not about the next one.
CLOSE_SECONDS: Final = 2
#: What is said of a session comes when it ends: so long after a line about one of its requests.
SESSION_SECONDS: Final = 3600
#: When a session began is the same in all that is said of it, but for durations in whole seconds.
BEGAN_SECONDS: Final = 1

#: Rows are compared with those of their place only.
PLACE: Final = "_place"
#: A row that also stands in a place of others, to be compared with them.
GUEST: Final = "_guest"


def is_hit() -> pl.Expr:
    return pl.col("bin") == "hit"


def is_companion() -> pl.Expr:
    return pl.col("companion").is_not_null()


def names_nobody() -> pl.Expr:
    return pl.col("user").is_null() & pl.col("client_ip").is_null()


def decide_companions(rows: pl.DataFrame) -> pl.DataFrame:
    """An answer or remark is a repeat of the nearest line about the same; else it counts.

    Of several remarks about a request that has no line of its own, the first counts.
    """
    companions = rows.filter(is_hit() & is_companion() & ~pl.col(GUEST))
    if companions.is_empty():
        return pl.DataFrame(schema=DECIDED)
    lines = rows.filter(~is_companion())
    near = _partners(companions, lines, within=COMPANION_SECONDS)
    ends = companions.filter(pl.col("companion") == "session").join(near, on=ROW, how="anti")
    started = ends.with_columns(time="began").drop_nulls("time")
    began = _partners(started, lines, within=COMPANION_SECONDS)
    ends = ends.join(began, on=ROW, how="anti")
    before = _partners(ends, lines, within=SESSION_SECONDS, strategy="backward")
    partners = pl.concat([near, began, before])
    alone = companions.join(partners, on=ROW, how="anti")
    # What names the host only may tell of a request whose address another remark has.
    seen = alone.filter(pl.col("evidence") == "url")
    vague = _partners(alone.filter(pl.col("evidence") != "url"), seen, within=CLOSE_SECONDS)
    further = _further(alone.join(vague, on=ROW, how="anti"))
    found = pl.concat([partners, vague, further])
    close = pl.col("apart") <= timedelta(seconds=CLOSE_SECONDS)
    telling = found.filter(
        (pl.col("theirs") == "unknown") | (close & (pl.col("action") == "blocked"))
    )
    return pl.concat(
        [
            repeats(found, "answer_or_remark"),
            verdicts(telling, "partner", "action"),
            _of_close_remarks(companions, rows),
        ]
    )


def _of_close_remarks(companions: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The verdict of a remark for each line so close to it that both tell of the same.

    Two look-ups of one moment (both kinds of address) have their remarks in any order.
    """
    deciding = companions.filter(pl.col("action").is_in(["allowed", "blocked"]))
    unsaid = rows.filter(is_hit() & ~is_companion() & (pl.col("action") == "unknown"))
    return verdicts(_partners(unsaid, deciding, within=CLOSE_SECONDS), ROW, "theirs")


def _partners(
    some: pl.DataFrame, others: pl.DataFrame, *, within: int, strategy: Strategy = "nearest"
) -> pl.DataFrame:
    """The nearest of the others in the same place, about the same host, of no other user.

    In a place of nobody (`placed`) hosts need not agree: an answer names what the asked name stands
    for.
    """
    here = pl.col(PLACE).str.starts_with("at ")
    nearest = partial(find_nearest, within=within, strategy=strategy)
    known, lost = some.filter(~here), some.filter(here)
    named, nameless = (
        known.filter(~pl.col("user").is_null()),
        known.filter(pl.col("user").is_null()),
    )
    same = nearest(named, others, by=(PLACE, "user", "host"))
    rest = named.join(same, on=ROW, how="anti")
    unnamed = others.filter(pl.col("user").is_null())
    return pl.concat(
        [
            same,
            nearest(rest, unnamed, by=(PLACE, "host")),
            nearest(nameless, others.filter(~here), by=(PLACE, "host")),
            nearest(lost, others.filter(here), by=(PLACE, "service")),
        ]
    )


def _further(alone: pl.DataFrame) -> pl.DataFrame:
    """Remarks that follow another about the same, with the first of them as `partner`.

    Of answers each stands for a look-up of its own. What is said of a session while it goes on, and
    when it ends, is about the same where it tells when the session began.
    """
    by = (PLACE, "user", "host", "request")
    here = pl.col(PLACE).str.starts_with("at ")
    lines = alone.filter(pl.col("companion") != "answer").with_columns(
        host=pl.when(here).then("service").otherwise("host")
    )
    dated = (pl.col("companion") == "session") & pl.col("began").is_not_null()
    lines = lines.with_columns(dated=dated, about=pl.when(dated).then("began").otherwise("time"))
    group = (*by, "dated")
    lines = lines.sort(*group, "about", *ORDER)
    close = pl.when("dated").then(BEGAN_SECONDS).otherwise(CLOSE_SECONDS)
    pause = pl.col("about").diff() > pl.duration(seconds=close)
    burst = pause.fill_null(value=True).cum_sum().over(group)
    lines = lines.with_columns(burst=burst).sort(*group, "burst", *ORDER)
    first = pl.col(ROW, "action", "time").first().over(*group, "burst").name.prefix("first ")
    apart = (pl.col("time") - pl.col("first time")).abs()
    return (
        lines.with_columns(first)
        .filter(pl.col(ROW) != pl.col(f"first {ROW}"))
        .select(ROW, "action", partner=f"first {ROW}", theirs="first action", apart=apart)
    )
