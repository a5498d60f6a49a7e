"""Whose an account is at an instant: spans of time in which a list says one thing of it.

Instants are UTC, spans half-open: `start` belongs to them, `stop` does not.
"""

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final

import polars as pl

from logan.runtime.cell_text import safe_text
from logan.schema import TIME
from logan.vocabulary import MATCHES

#: Before and after every time that a record may have.
BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)
END: Final = datetime(9999, 12, 31, tzinfo=UTC)
#: No local day is longer; a clock that goes back makes 25 hours, one that changes zone 26.
ONE_DAY: Final = timedelta(hours=26)

#: What a list says of an account in one span. `match` is one of `one_person`, `shared`,
#: `ambiguous`; `person` is given for the first alone, `unit` where there is one. Where several rows
#: meet, `persons` and `units` are all that they name.
SPANS: Final[dict[str, pl.DataType]] = {
    "account": pl.String(),
    "start": TIME,
    "stop": TIME,
    "match": pl.Enum(MATCHES),
    "person": pl.Categorical(),
    "unit": pl.Categorical(),
    "persons": pl.List(pl.String()),
    "units": pl.List(pl.String()),
}
_SPAN: Final = ("account", "start", "stop")


def match_key(account: pl.Expr) -> pl.Expr:
    """What an account or address of a list, a log and a package's table have in common.

    As a cell of a table holds it, for a package has nothing else, and in lower case.
    """
    return safe_text(account).str.to_lowercase()


def cut_spans(rows: pl.DataFrame) -> pl.DataFrame:
    """Cut the rows of a list (`account`, `person`, `unit`, `kind`, `from`, `until`) into `SPANS`.

    They are in order of account and start, and those of one account do not overlap. On the day that
    one person's row ends and another one begins, the new one holds: a day of transfer belongs to
    the new unit. Two persons on one day stay two.
    """
    bounded = _without_transfer_days(
        rows.select(
            match_key(pl.col("account")).alias("account"),
            pl.col("from").fill_null(BEGINNING).alias("start"),
            pl.col("until").fill_null(END).alias("stop"),
            *("person", "unit", "kind"),
        ).filter(pl.col("start") < pl.col("stop"))
    )
    last = pl.col("stop").cum_max().over("account").shift(1)
    apart = (pl.col("account") != pl.col("account").shift(1)) | (pl.col("start") >= last)
    grouped = bounded.with_columns(group=apart.fill_null(value=True).cum_sum())
    meets = grouped["group"].is_duplicated()
    pieces = _cut_apart(grouped.filter(meets))
    several = pieces.select(*_SPAN).is_duplicated()
    one = pl.concat([grouped.filter(~meets), pieces.filter(~several)])
    spans = pl.concat([_tell_one(one), _tell_all(pieces.filter(several))], how="diagonal")
    return spans.sort("account", "start").select(
        pl.col(name).cast(kind) for name, kind in SPANS.items()
    )


def _without_transfer_days(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows in order of account and start; those that a next one of the person ends, ended there."""
    whose = ("account", "person")
    ordered = rows.sort(*whose, "start", "stop", maintain_order=True)
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(-1)) for name in whose)
    after = pl.col("start").shift(-1)
    later = pl.when(~same | after.is_null()).then(END).when(after > pl.col("start")).then(after)
    following = later.backward_fill()
    late = pl.col("stop") - following
    passes = (pl.col("start") < following) & late.is_between(timedelta(0), ONE_DAY)
    ended = ordered.with_columns(stop=pl.when(passes).then(following).otherwise("stop"))
    return ended.sort("account", "start", "stop", maintain_order=True)


def _cut_apart(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of which each `group` overlaps, cut at all its bounds: one for each that holds there."""
    bounds = pl.concat([rows.select("group", bound=name) for name in ("start", "stop")])
    pieces = (
        bounds.unique()
        .sort("group", "bound")
        .select("group", "bound", end=pl.col("bound").shift(-1).over("group"))
        .drop_nulls("end")
    )
    held = pieces.join(rows, on="group").filter(
        pl.col("start") <= pl.col("bound"), pl.col("end") <= pl.col("stop")
    )
    return held.with_columns(start="bound", stop="end").select(rows.columns)


def _tell_one(rows: pl.DataFrame) -> pl.DataFrame:
    """What the one row of each span says."""
    shared = pl.col("kind").is_not_null()
    return rows.select(
        *_SPAN,
        match=pl.when(shared).then(pl.lit("shared")).otherwise(pl.lit("one_person")),
        person=pl.when(~shared).then("person"),
        unit="unit",
    )


def _tell_all(rows: pl.DataFrame) -> pl.DataFrame:
    """What the rows of each span say together."""
    spans = rows.group_by(*_SPAN).agg(
        persons=pl.col("person").drop_nulls().unique().sort(),
        units=pl.col("unit").drop_nulls().unique().sort(),
        shared=pl.col("kind").is_not_null().any(),
    )
    several = pl.col("persons").list.len() > 1
    match = pl.when("shared").then(pl.lit("shared")).when(several).then(pl.lit("ambiguous"))
    return spans.with_columns(match=match.otherwise(pl.lit("one_person"))).select(
        *_SPAN,
        "match",
        person=pl.when(pl.col("match") == "one_person").then(pl.col("persons").list.first()),
        unit=pl.when(pl.col("units").list.len() == 1).then(pl.col("units").list.first()),
        persons="persons",
        units="units",
    )


class SpanIndex:
    """Finds the span of an account at an instant, for many at once.

    By search in sorted columns: no table of accounts is built anew for every batch of hits.
    """

    def __init__(self, spans: pl.DataFrame) -> None:
        """Take the spans of `cut_spans`."""
        self.spans = spans
        self._accounts = spans["account"].unique().sort()
        self._bounds = spans["start"].unique().sort()

    def find(self, accounts: pl.Series, times: pl.Series) -> pl.DataFrame:
        """Find for each account (see `match_key`) and time (UTC) the span, as its row in `spans`.

        Columns: `span`, null where the account has none then; `listed`, whether it has any at all.
        Nulls are on no list.
        """
        if self.spans.is_empty():
            none = pl.repeat(None, len(accounts), dtype=pl.Int64, eager=True)
            return pl.DataFrame({"span": none, "listed": none.is_not_null()})
        number = self._number(accounts)
        listed = (self._accounts.gather(number) == accounts).fill_null(value=False)
        before = self._codes.search_sorted(self._code(number, times), side="right").cast(pl.Int64)
        place = (before - 1).clip(0)
        span = self.spans.select("stop").with_columns(number=self._numbers)[place]
        holds = (
            listed
            & (before > 0)
            & (span["number"] == number)
            & (times < span["stop"]).fill_null(value=False)
        )
        return pl.DataFrame({"span": place.set(~holds, None), "listed": listed})

    def _number(self, accounts: pl.Series) -> pl.Series:
        """The number of each account among those listed, or of one beside which it would stand."""
        found = self._accounts.search_sorted(accounts.fill_null("")).cast(pl.Int64)
        return found.clip(0, len(self._accounts) - 1)

    def _code(self, number: pl.Series, times: pl.Series) -> pl.Series:
        """One number for an account and the bounds that it has passed, in order of both."""
        passed = self._bounds.search_sorted(times.fill_null(BEGINNING), side="right")
        return number * (len(self._bounds) + 1) + passed.cast(pl.Int64)

    @cached_property
    def _numbers(self) -> pl.Series:
        return self._number(self.spans["account"])

    @cached_property
    def _codes(self) -> pl.Series:
        return self._code(self._numbers, self.spans["start"])
