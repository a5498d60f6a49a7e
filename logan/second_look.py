"""Reads every stamp of a source again, where the few that were to tell its hours had none.

A scan reads the stamps of hardly any line (`logan.coverage`). Where one of those turns out to have
none, though it is a line of its format, the hours of the source are not certain.
"""

from collections.abc import Sequence

from logan.account import HOURS_UNKNOWN, Account
from logan.coverage import Coverage, stamps
from logan.examine import split
from logan.formats.base import Format
from logan.intake.reader import open_source
from logan.lines import LineIndex


def make_sure(account: Account, formats: Sequence[Format]) -> None:
    """Put the hours of all its lines into the coverage of an account that is unsure of them.

    What was read from standard input cannot be read again: its account is incomplete.
    """
    if account.source.path is None:
        account.failure = account.failure or HOURS_UNKNOWN
        return
    again = Account(account.source, account.index, account.asked_zone, account.answers)
    with open_source(account.source) as reader:
        again.recognise(reader, formats)
        task = again.task()
        for block in again.records(reader):
            index = LineIndex(block.data)
            for first, stop, directive in split(task.directives(index), len(index)):
                if directive is not None:
                    again.follow(index.line(directive))
                if block.piece == "whole" and again.format is not None:
                    _enter(again, again.format, index, first, stop)
    account.coverage = again.coverage


def _enter(account: Account, form: Format, index: LineIndex, first: int, stop: int) -> None:
    coverage: Coverage = account.coverage
    for begin, end in index.parts(first, stop):
        lines = index.text(begin, end).alias("text")
        found = stamps(lines, form, account.layout, zone=account.zone).collect()
        coverage.add(found["time"])
