"""Settles what single lines cannot show: polling, one search over several requests, old results.

Works on all findings of a run at once, per person (user, else address) and service, in the order of
time. Which requests belong together is said in the rules, signature by signature.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import polars as pl

from logan.rules.answers import attempted
from logan.rules.count_once import count_once, implied_searches
from logan.rules.model import Rules
from logan.rules.pages import pages
from logan.schema import ACTIVITY

#: A tunnel that sent this much may have carried a photo. What surrounds a page (TLS handshakes, and
#: headers of 0.5 to 2 kB per request) stays below it for some fifty requests in one tunnel; a
#: photograph from a telephone or a cropped CCTV frame that a face search accepts rarely does.
POSSIBLE_UPLOAD_BYTES: Final = 100_000
#: Requests inside an intercepted tunnel begin this soon after its CONNECT.
SETUP_SECONDS: Final = 60

#: What `settle` adds.
MARKS: Final[dict[str, type[pl.DataType]]] = {
    "also_upload": pl.Boolean,
    "attempt": pl.Boolean,
    "possible_upload": pl.Boolean,
    "also_search": pl.Boolean,
    "beside_opt_out": pl.Boolean,
    "page": pl.String,
}
#: The columns of a finding that settling looks at or changes.
NEEDED: Final = (
    "time",
    "user",
    "client_ip",
    "scheme",
    "host",
    "status",
    "action",
    "bytes_sent",
    "evidence",
    "source",
    "line",
    "setup",
    "service",
    "activity",
    "rule",
    "request_key",
    "bin",
)

_ROW: Final = "_row"
_HIT: Final = pl.col("bin") == "hit"
_ORDER: Final = ("time", "source", "line")


def settle(found: pl.DataFrame, rules: Rules, *, session_gap_minutes: int = 30) -> pl.DataFrame:
    """Findings with their final `activity` and `bin`, and the columns of `MARKS`.

    Rows and their order stay. `also_upload`: the request carried the photo too. `attempt`: a search
    that was refused. `also_search`: results that show that a search went before them (inferred).
    `possible_upload`: a tunnel that sent at least `POSSIBLE_UPLOAD_BYTES`; size proves no photo.
    `beside_opt_out`: an upload or search in a session that also asked for removal. `page`: the page
    whose address a tracker got.
    Needs the columns of `logan.rules.per_line.tag` and `setup`. The result does not depend on the
    order of rows; ties in time go by source and line.
    """
    if found.is_empty():
        return found.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in MARKS.items())
    settled = settle_people(found, rules, session_gap_minutes=session_gap_minutes)
    return settled.with_columns(page=pages(rules))


def settle_people(
    found: pl.DataFrame,
    rules: Rules,
    *,
    session_gap_minutes: int = 30,
    answers: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Settle all but `page`, which a row shows by itself: of the columns `NEEDED`, others stay.

    `answers` are findings of others that may show a set-up to be a repeat. They do nothing else:
    one that stands among `found` too would else be the second of its kind.
    """
    numbered = found.with_row_index(_ROW).with_columns(
        _person=pl.coalesce("user", "client_ip").fill_null("")
    )
    numbered = _without_setups(numbered, found.clear() if answers is None else answers)
    counted = count_once(numbered, rules)
    marked = counted.with_columns(
        **_shown_alone(rules), also_search=implied_searches(counted, rules)
    )
    marked = marked.with_columns(beside_opt_out=_beside_opt_out(marked, session_gap_minutes))
    return marked.drop(_ROW, "_person")


def marks(rules: Rules) -> dict[str, pl.Expr]:
    """What a settled row shows by itself: all of `MARKS` but `also_search` and `beside_opt_out`."""
    return _shown_alone(rules) | {"page": pages(rules)}


def _shown_alone(rules: Rules) -> dict[str, pl.Expr]:
    both = {one.id: one.activity for one in rules.signatures.values() if one.also == "upload"}
    meant = pl.col("rule").replace_strict(both, default=None, return_dtype=ACTIVITY)
    attempt = attempted(rules)
    # A repeat carries no further photo; what was refused has carried one all the same.
    carried = pl.col("rule").is_in(list(both)) & ((pl.col("activity") == meant) | attempt)
    tunnel = pl.col("evidence") == "connect"
    large = pl.col("bytes_sent") >= POSSIBLE_UPLOAD_BYTES
    return {
        "also_upload": (_HIT & carried & ~tunnel).fill_null(False),
        "attempt": _HIT & attempt,
        "possible_upload": (_HIT & tunnel & large).fill_null(False),
    }


def _without_setups(numbered: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """A CONNECT whose inner requests are logged too is a repeat of them.

    A CONNECT without a user belongs to anybody at its address: the challenge may come after it.
    """
    # A request in the clear did not come through a tunnel.
    inside = pl.col("scheme").fill_null("https") != "http"
    answering = _HIT & (pl.col("evidence") == "url") & ~pl.col("setup") & inside
    own, others = (
        rows.filter(answering).select("time", "user", "client_ip", "host")
        for rows in (numbered, answers)
    )
    setups = numbered.filter(_HIT & pl.col("setup"))
    nameless = setups.filter(pl.col("user").is_null())
    repeats = pl.concat(
        [
            _followed(setups, own, by=("user", "client_ip", "host")),
            _followed(nameless, pl.concat([own, others]), by=("client_ip", "host")),
        ]
    )
    again = pl.col(_ROW).is_in(repeats.implode())
    return numbered.with_columns(bin=pl.when(again).then(pl.lit("repeat")).otherwise("bin"))


def _followed(setups: pl.DataFrame, inner: pl.DataFrame, *, by: Sequence[str]) -> pl.Series:
    """The row numbers of set-ups that an inner request of the same key follows in time."""
    keys = [pl.col(key).fill_null("") for key in by]
    left = setups.select(_ROW, "time", *keys).sort("time")
    right = inner.select("time", *keys, inner=pl.lit(value=True)).sort("time")
    within = timedelta(seconds=SETUP_SECONDS)
    joined = left.join_asof(
        right, on="time", by=list(by), strategy="forward", tolerance=within, check_sortedness=False
    )
    return joined.filter("inner")[_ROW]


def _beside_opt_out(marked: pl.DataFrame, gap_minutes: int) -> pl.Series:
    """True for uploads and searches in a session that has a removal request."""
    removals = marked.filter(_HIT & (pl.col("activity") == "opt_out"))
    if removals.is_empty():
        return pl.repeat(False, marked.height, dtype=pl.Boolean, eager=True)
    people = removals.select("_person", "service").unique()
    hits = marked.filter(_HIT).join(people, on=["_person", "service"], how="semi")
    pause = pl.col("time").diff() > timedelta(minutes=gap_minutes)
    session = pause.fill_null(False).cast(pl.UInt32).cum_sum().over("_person", "service")
    opted = (pl.col("activity") == "opt_out").any().over("_person", "service", "session")
    beside = (
        hits.sort("_person", "service", *_ORDER)
        .with_columns(session=session)
        .filter(opted & pl.col("activity").is_in(["upload", "search"]))
    )
    return marked[_ROW].is_in(beside[_ROW].implode())
