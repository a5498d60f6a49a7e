"""Enters examined blocks, in order: lines into the account of their source, stamps into its
coverage, candidate lines into the next batch.
"""

from collections.abc import Sequence

import polars as pl

from logan.account import Account
from logan.coverage import stamps
from logan.examine import Examined
from logan.intake.blocks import Block
from logan.lines import Runs, decoded
from logan.prefilter import Prefilter
from logan.reading import Judge, numbered


def enter_block(account: Account, examined: Examined, judge: Judge) -> None:
    """Enter a block of whole lines; the layout in force changes at each of its directives."""
    index = examined.index
    account.lines += len(index)
    account.counts["blank"] += examined.blank
    account.counts["repeat"] += examined.block.continued
    account.counts["directive"] += len(examined.directives)
    for first, stop, directive in examined.segments():
        if directive is not None:
            account.follow(index.line(directive))
        if stop > first:
            _cover(account, examined, first, stop)
            _pass_on(account, examined, judge, first=first, stop=stop)


def enter_piece(account: Account, block: Block, prefilter: Prefilter, judge: Judge) -> None:
    """Enter a piece of a line too long to hold: a reject if any piece names a service."""
    account.lines += block.lines
    if block.piece == "start":
        account.long_line, account.long_named = block.first_line, None
    if account.long_named is None:
        account.long_named = prefilter.excerpt(block.data)
    if block.piece == "end" and account.long_named is not None and account.long_line is not None:
        judge.add_long(account.index, account.long_line, account.long_named)


def _pass_on(account: Account, examined: Examined, judge: Judge, *, first: int, stop: int) -> None:
    """Hand the candidate lines among rows [first, stop) to the judge, with their numbers."""
    index, number = examined.index, examined.block.first_line
    if examined.candidates is None:
        lines = pl.int_range(number + first, number + stop, dtype=pl.Int64, eager=True)
        text = index.text().slice(first, stop - first)
        judge.add(account.key, numbered(account.index, lines, text))
        return
    rows = examined.candidates
    rows = rows[(rows >= first) & (rows < stop)].tolist()
    texts = index.texts(rows)
    judge.add_few(
        account.key,
        [(account.index, number + row, text) for row, text in zip(rows, texts, strict=True)],
    )


def _cover(account: Account, examined: Examined, first: int, stop: int) -> None:
    """Enter the hours of rows [first, stop) into the coverage, by as few stamps as will do."""
    if account.format is None:
        return
    index, runs = examined.index, examined.runs
    if len(examined.directives):
        runs = _runs(account, examined, first, stop)
    if runs is None:
        account.coverage.add(_stamps(account, index.text().slice(first, stop - first)))
        return
    ends = _stamps(account, index.texts([*runs.lowest.tolist(), *runs.highest.tolist()]))
    account.coverage.add(ends)
    if ends.null_count():
        # A line that is no record stands at an end of these runs, or is all there is of them.
        low, high = ends.is_null().to_numpy().reshape(2, -1)
        members = runs.members(low | high).tolist()
        account.coverage.add(_stamps(account, index.texts(members)))


def _stamps(account: Account, lines: pl.Series | Sequence[str]) -> pl.Series:
    text = lines if isinstance(lines, pl.Series) else pl.Series("text", lines, dtype=pl.String)
    assert account.format is not None  # noqa: S101 - narrows the type
    return stamps(text, account.format, account.layout, zone=account.zone)


def _runs(account: Account, examined: Examined, first: int, stop: int) -> Runs | None:
    """Where a block holds directives, each stretch below one has its own place for the stamp."""
    if account.format is None or account.format.stamp_span is None or examined.task.envelope:
        return None
    span = account.format.stamp_span(decoded(examined.index.line(first)), account.layout)
    return examined.index.runs(first, stop, span) if span else None
