"""Reads every stamp of a source again, where the few that were to tell its hours had none.

A scan reads the stamps of hardly any line (`logan.pipeline.hours`). Where one of those turns out to
have none, though it is a line of its format, the hours of the source are not certain.
"""

from collections.abc import Sequence

from logan.formats.engine.base import Format
from logan.intake.line_index import LineIndex
from logan.intake.reader import open_source
from logan.pipeline.examine import split
from logan.pipeline.hours import Coverage, stamps
from logan.pipeline.source import HOURS_UNKNOWN, Account


def make_sure(account: Account, formats: Sequence[Format]) -> None:
    """Put the hours of all its lines into the coverage of an account that is unsure of them.

    What was read from standard input, or has gone since, cannot be read again: its account keeps
    the hours it has, and is incomplete.
    """
    if account.source.path is None:
        _give_up(account, HOURS_UNKNOWN, "write it to a file and scan that")
        return
    again = Account(
        account.source,
        account.index,
        account.asked_zone,
        account.answers,
        directives_before=account.directives_before,
    )
    with open_source(account.source) as reader:
        again.recognise(reader, formats)
        task = again.task()
        for block in again.records(reader):
            if block.piece != "whole":
                continue
            index = LineIndex(block.data)
            for first, stop, directive in split(task.directives(index), len(index)):
                if directive is not None:
                    again.follow(index.line(directive))
                if again.format is not None:
                    _enter(again, again.format, index, first, stop)
        if reader.failure and account.failure is None:
            _give_up(account, f"on the second reading: {reader.failure}", reader.advice)
            return
    account.coverage = again.coverage


def _give_up(account: Account, failure: str, advice: str | None) -> None:
    if account.failure is None:
        account.failure, account.advice = failure, advice


def _enter(account: Account, form: Format, index: LineIndex, first: int, stop: int) -> None:
    coverage: Coverage = account.coverage
    for begin, end in index.parts(first, stop):
        lines = index.text(begin, end).alias("text")
        found = stamps(lines, form, account.layout, zone=account.zone).collect()
        coverage.add(found["time"])
