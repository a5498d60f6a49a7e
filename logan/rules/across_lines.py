"""Settles what single lines cannot show: polling, one search over several requests, old results.

Works on all findings of a run at once, per person (user, else address) and service, in the order of
time. Which requests belong together is said in the rules, signature by signature.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Final

import polars as pl

from logan.rules.answers import attempted
from logan.rules.count_once import count_once, implied_searches
from logan.rules.model import Rules
from logan.rules.pages import pages
from logan.rules.repeats import REPEAT_OF
from logan.rules.same_request import without_repeats
from logan.rules.seen_twice import without_seen
from logan.schema import ACTIVITY

#: A tunnel that sent this much may have carried a photo. What surrounds a page (TLS handshakes, and
#: headers of 0.5 to 2 kB per request) stays below it for some fifty requests in one tunnel; a
#: photograph from a telephone or a cropped CCTV frame that a face search accepts rarely does.
POSSIBLE_UPLOAD_BYTES: Final = 100_000

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
    "status",
    "action",
    "bytes_sent",
    "evidence",
    "source",
    "line",
    "service",
    "activity",
    "rule",
    "request_key",
    "bin",
)

_ROW: Final = "_row"
_HIT: Final = pl.col("bin") == "hit"
_ORDER: Final = ("time", "source", "line")


def settle(
    found: pl.DataFrame,
    rules: Rules,
    *,
    session_gap_minutes: int = 30,
    logs: Sequence[int] | None = None,
    gateways: Sequence[int] | None = None,
) -> pl.DataFrame:
    """Findings with their final `activity`, `bin` and `action`, and the columns of `MARKS`.

    Rows and their order stay. `logs` numbers the logs by source, files that one gateway wrote one
    after the other, and `gateways` the gateways; without them, all sources are one.

    `also_upload`: the request carried the photo too. `attempt`: a search that was refused.
    `also_search`: results that show that a search went before them (inferred). `possible_upload`: a
    tunnel that sent at least `POSSIBLE_UPLOAD_BYTES`; size proves no photo. `beside_opt_out`: an
    upload or search in a session that also asked for removal. `page`: the page whose address a
    tracker got.
    Needs the columns of `logan.rules.per_line.tag`, and those of `same_request.COMPARED`. The
    result does not depend on the order of rows; ties in time go by source and line.
    """
    if found.is_empty():
        return found.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in MARKS.items())
    one = [0] * (int(found["source"].max() or 0) + 1)  # type: ignore[arg-type]
    once, _ = without_seen(without_repeats(found, logs or one), gateways or one)
    return settle_whole(once.drop(REPEAT_OF), rules, session_gap_minutes=session_gap_minutes)


def settle_whole(once: pl.DataFrame, rules: Rules, *, session_gap_minutes: int) -> pl.DataFrame:
    """Settle findings of which every request counts once, with all columns of `MARKS`."""
    settled = settle_people(once, rules, session_gap_minutes=session_gap_minutes)
    return settled.with_columns(page=pages(rules))


def settle_people(
    found: pl.DataFrame, rules: Rules, *, session_gap_minutes: int = 30
) -> pl.DataFrame:
    """Settle what people did, of the columns `NEEDED`; others stay.

    That is all but `page`, which a row shows by itself, and what repeats another line
    (`logan.rules.same_request`).
    """
    numbered = found.with_row_index(_ROW).with_columns(
        _person=pl.coalesce("user", "client_ip").fill_null("")
    )
    counted = count_once(numbered, rules)
    marked = counted.with_columns(
        **_shown_alone(rules), also_search=implied_searches(counted, rules)
    )
    marked = marked.with_columns(beside_opt_out=_beside_opt_out(marked, session_gap_minutes))
    return marked.drop(_ROW, "_person")


def marks(rules: Rules) -> dict[str, pl.Expr]:
    """What a settled row shows by itself: all of `MARKS` but `also_search` and `beside_opt_out`."""
    return _shown_alone(rules) | {"page": pages(rules)}


@lru_cache(maxsize=8)
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
