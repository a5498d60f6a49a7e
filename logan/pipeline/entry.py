"""Enters examined blocks, in order: lines into the account of their source, stamps into its
coverage, candidate lines into the next batch.
"""

import polars as pl

from logan.formats.detect.other_logs import OtherLog
from logan.intake.blocks import Block
from logan.intake.line_index import Runs, decoded
from logan.pipeline.examine import Examined
from logan.pipeline.hours import Stamps, Stretch
from logan.pipeline.matcher import Judge, numbered
from logan.pipeline.source import Account
from logan.rules.prefilter import Prefilter


def enter_block(account: Account, examined: Examined, stamps: Stamps, judge: Judge) -> None:
    """Enter a block of whole lines; the layout in force changes at each of its directives."""
    index = examined.index
    account.counts["blank"] += examined.blank
    account.counts["repeat"] += examined.block.continued
    account.counts["directive"] += len(examined.directives)
    if len(examined.binary):
        account.note_binary(account.lines + 1 + int(examined.binary[0]) - examined.first)
    for first, stop, directive in examined.segments():
        if directive is not None:
            account.follow(index.line(directive))
        if stop > first:
            if account.format is not None:
                runs = _runs(account, examined, first, stop)
                stamps.add(account.key, account.coverage, Stretch(index, first, stop, runs))
            _pass_on(account, examined, judge, first=first, stop=stop)
    account.lines += examined.stop - examined.first
    if examined.room is not None:
        stamps.hold(examined.room)


def enter_piece(account: Account, block: Block, prefilter: Prefilter, judge: Judge) -> None:
    """Enter a piece of a line too long to hold: a reject if any piece names a service."""
    if block.piece == "start":
        account.lines += 1
        account.long_line, account.long_named = account.lines, None
    if account.long_named is None:
        account.long_named = prefilter.excerpt(block.data)
    if block.piece == "end" and account.other_log is not None:
        account.note_other(account.long_named is not None)
    elif block.piece == "end" and account.long_named is not None and account.long_line is not None:
        judge.add_long(account.index, account.long_line, account.long_named)


def _pass_on(account: Account, examined: Examined, judge: Judge, *, first: int, stop: int) -> None:
    """Hand the candidate lines among rows [first, stop) to the judge, with their numbers."""
    index, number = examined.index, account.lines + 1 - examined.first
    if account.other_log is not None:
        _count_other(account, account.other_log, examined, judge)
        return
    if examined.candidates is None:
        for begin, end in index.parts(first, stop):
            lines = pl.int_range(number + begin, number + end, dtype=pl.Int64, eager=True)
            text = index.text(begin, end)
            judge.add(account.key, numbered(account.index, lines, text))
        return
    rows = examined.candidates
    if not len(rows):
        return
    rows = rows[(rows >= first) & (rows < stop)].tolist()
    texts = index.texts(rows)
    judge.add_few(
        account.key,
        [(account.index, number + row, text) for row, text in zip(rows, texts, strict=True)],
    )


def _count_other(account: Account, kind: OtherLog, examined: Examined, judge: Judge) -> None:
    """Count lines of a log without requests that name a service; what is none of its lines is
    handed on, as of a format that is not known."""
    rows = examined.candidates
    every = range(examined.first, examined.stop) if rows is None else rows.tolist()
    texts = zip(every, examined.index.texts(list(every)), strict=True)
    lines = [(row, text) for row, text in texts if text.strip()]
    strange = [(row, text) for row, text in lines if not kind.fits(text)]
    account.note_other(len(lines) - len(strange))
    number = account.lines + 1 - examined.first
    judge.add_few(account.key, [(account.index, number + row, text) for row, text in strange])


def _runs(account: Account, examined: Examined, first: int, stop: int) -> Runs | None:
    """The runs of rows [first, stop), None where every stamp must be read.

    Where a block holds directives, each stretch below one has its own place for the stamp.
    """
    if not len(examined.directives):
        return examined.runs
    if account.format is None or account.format.stamp_span is None or examined.task.envelope:
        return None
    span = account.format.stamp_span(decoded(examined.index.line(first)), account.layout)
    return examined.index.runs(first, stop, span) if span else None
