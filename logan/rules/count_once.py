"""Which of several requests for the same thing counts: polls, further pages, retries, old results.

Per person (`_person`) and signature, in the order of time. Requests that were refused, or that show
nothing by their method, take no part: they neither count nor keep another from counting. Nor do
requests that the gateway blocked keep one from counting that it let through.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import polars as pl

from logan.rules.answers import blocked, refused
from logan.rules.model import Rules
from logan.rules.signature import ImpliedSearch, Signature
from logan.schema import ACTIVITY

_ROW: Final = "_row"
#: The columns of a finding that are looked at once it is known to have done what was asked.
_LOOKED_AT: Final = (_ROW, "_person", "time", "source", "line", "rule", "request_key", "action")
#: What requests that may stand for each other have in common.
_ALIKE: Final = ["_person", "epoch", "key", "barred"]


def count_once(numbered: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Findings with the activity that other requests leave them. Needs `_row` and `_person`."""
    counted = [one for one in _present(numbered, rules) if one.is_counted_once]
    if not counted:
        return numbered
    effective = _effective(numbered, rules)
    changes = pl.concat([_settled(effective, signature) for signature in counted])
    return numbered.update(changes, on=_ROW)


def implied_searches(counted: pl.DataFrame, rules: Rules) -> pl.Series:
    """True for results that show that a search went before them: see `ImpliedSearch`.

    Takes what `count_once` gives: a further look at the same results shows nothing new.
    """
    implying = {
        signature.id: signature.implies_search
        for signature in _present(counted, rules)
        if signature.implies_search
    }
    if not implying:
        return pl.repeat(False, counted.height, dtype=pl.Boolean, eager=True)
    effective = _effective(counted, rules)
    rows = pl.concat([_implying(effective, *one) for one in implying.items()])
    return counted[_ROW].is_in(rows.implode())


def _present(numbered: pl.DataFrame, rules: Rules) -> Iterator[Signature]:
    """The signatures that decided any of these rows, in the order of their ids."""
    for rule in sorted(numbered["rule"].unique().drop_nulls()):
        if signature := rules.signatures.get(rule):
            yield signature


def _effective(numbered: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The hits that did what their signature says."""
    meant = {one.id: one.activity for one in rules.signatures.values()}
    by_rule = pl.col("rule").replace_strict(meant, default=None, return_dtype=ACTIVITY)
    did = (pl.col("bin") == "hit") & (pl.col("activity") == by_rule) & ~refused()
    return numbered.filter(did).select(_LOOKED_AT)


def _settled(effective: pl.DataFrame, signature: Signature) -> pl.DataFrame:
    """Row numbers and final activities of one signature's requests."""
    if signature.new_by_path:
        # A page that the gateway blocked was not seen: each try to open it is its own.
        effective = effective.filter(~blocked())
    spans = _spans(effective, signature)
    length = timedelta(seconds=signature.dedupe_s or 0)
    starts = _pauses(spans, length) if signature.extends else _starts(spans, length)
    asked = spans.with_columns(start=starts).with_columns(
        first=pl.col("start").cum_sum().over(_ALIKE, order_by="position") == 1
    )
    again = pl.lit(signature.again)
    counted = pl.lit(signature.activity)
    later = pl.lit(signature.otherwise or signature.again)
    settled = pl.when("start").then(pl.when(_counts(signature)).then(counted).otherwise(later))
    final = settled.otherwise(again).cast(ACTIVITY)
    return asked.filter("own").select(_ROW, activity=final)


def _counts(signature: Signature) -> pl.Expr:
    """True where the beginning of a span counts as what the signature says."""
    if signature.requires_prior:
        recent = pl.col("since_prior") <= timedelta(seconds=signature.within_s or 0)
        return recent & pl.col("first")
    # Once something has renewed it, nothing else does: not even a long pause.
    renewed = (pl.col("epoch") > 0) & bool(signature.renewed_by)
    return ~renewed | pl.col("first")


def _spans(effective: pl.DataFrame, signature: Signature) -> pl.DataFrame:
    """The requests that matter to a signature, ordered, with what they mean to it.

    An `epoch` is what lies between two requests that begin or end a span; at the same time these
    stand before the signature's own, so that equal stamps need no order among files.
    """
    rule = pl.col("rule")
    breaks = [*signature.follows, *signature.renewed_by]
    wanted = [signature.id, *breaks, *signature.requires_prior]
    prior_time = pl.when(rule.is_in(list(signature.requires_prior))).then("time")
    opens = rule.is_in(list(signature.follows))
    # What begins a span stands for the first request in it, whatever its key.
    key = pl.when(rule == signature.id).then("request_key").backward_fill()
    return (
        effective.filter(rule.is_in(wanted))
        .with_columns(own=rule == signature.id, opens=opens, barred=blocked())
        .sort("_person", "time", "own", "source", "line")
        .with_row_index("position")
        .with_columns(
            epoch=rule.is_in(breaks).cast(pl.UInt32).cum_sum().over("_person"),
            since_prior=pl.col("time") - prior_time.forward_fill().over("_person"),
        )
        .with_columns(key=key.over("_person", "epoch").fill_null(0))
        .filter(pl.col("own") | pl.col("opens"))
    )


def _pauses(spans: pl.DataFrame, length: timedelta) -> pl.Series:
    """True for requests that begin a span which every further request makes last as long again."""
    pause = pl.col("time").diff().over(_ALIKE, order_by="position")
    return spans.select(start=(pause > length).fill_null(True))["start"]


def _starts(spans: pl.DataFrame, length: timedelta) -> pl.Series:
    """True for requests that begin a span: the first of an epoch, then each first one later than
    `length` after the last beginning.

    Every request knows the first one too late for its own span; following these links from the
    first, in steps that double, reaches all beginnings in a logarithmic number of passes.
    """
    by = _ALIKE
    rows = spans.select(*by, "time", node=pl.int_range(pl.len(), dtype=pl.Int64))
    ends = rows.with_columns(pl.col("time") + length)
    later = rows.unique([*by, "time"], keep="first", maintain_order=True)
    linked = ends.sort("time").join_asof(
        later.sort("time").rename({"node": "next"}),
        on="time",
        by=by,
        strategy="forward",
        allow_exact_matches=False,
        check_sortedness=False,
    )
    jump = linked.sort("node")["next"]
    reached = rows.select(pl.int_range(pl.len()).over(by) == 0).to_series()
    while jump.is_not_null().any():
        targets = jump.filter(reached).drop_nulls().unique()
        reached = reached | rows["node"].is_in(targets.implode())
        jump = jump.gather(jump)
    return reached


def _implying(effective: pl.DataFrame, own_id: str, implied: ImpliedSearch) -> pl.Series:
    """Row numbers of one signature's results that show a search which nothing else shows."""
    rule = pl.col("rule")
    sent, known = rule.is_in(list(implied.after)), rule.is_in(list(implied.unless))
    sent_at = pl.when(sent).then("time").forward_fill().over("_person")
    within = timedelta(seconds=implied.within_s)
    return (
        effective.filter(sent | known | (rule == own_id), ~blocked())
        .with_columns(own=rule == own_id)
        .sort("_person", "time", "own", "source", "line")
        .with_columns(
            epoch=(sent | known).cast(pl.UInt32).cum_sum().over("_person"),
            asked=pl.when(sent).then(True).when(known).then(False).forward_fill().over("_person"),
            recent=pl.col("time") - sent_at <= within,
            new=pl.int_range(pl.len()).over("_person", "own", "request_key") == 0,
        )
        .filter("own", "asked", "recent", pl.col("new") | pl.col("request_key").is_null())
        .filter(pl.int_range(pl.len()).over("_person", "epoch") == 0)[_ROW]
    )
