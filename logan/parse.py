"""Every line of a log as a canonical record: how a user checks that a format is read rightly.

The same steps as a scan, without prefilter and rules.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from logan.account import Account, Answers, Zones, answers_of, zone_of
from logan.examine import Task, split
from logan.formats import FORMATS
from logan.formats.base import Format
from logan.intake.blocks import Block
from logan.intake.reader import open_source
from logan.intake.sources import find
from logan.lines import LineIndex
from logan.reading import Key, numbered, read
from logan.schema import RECORD

#: As much of a rejected line as is shown.
REJECT_CHARS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Parsed:
    """Records and rejects of one block: `schema.RECORD`, and source, line, reason, text.

    `source` is the name in both.
    """

    records: pl.DataFrame
    rejects: pl.DataFrame


@dataclass(slots=True)
class Parsing:
    """The inputs of a parse, read block by block as `blocks` is iterated.

    Afterwards `failures` says what could not be read: (source, reason, advice).
    """

    paths: Sequence[str]
    zones: Zones = ()
    formats: Sequence[Format] = FORMATS
    answers: Answers = ()
    failures: list[tuple[str, str, str | None]] = field(default_factory=list)

    def blocks(self) -> Iterator[Parsed]:
        """The records of all inputs, in the order of their lines."""
        found = find(self.paths)
        for at, source in enumerate(found.sources):
            answers = answers_of(source.name, self.answers)
            account = Account(source, at, zone_of(source.name, self.zones), answers)
            with open_source(source) as reader:
                account.recognise(reader, self.formats)
                task = account.task()
                for block in account.records(reader):
                    yield from _parse_block(account, block, task)
                account.close(reader)
            # A log without hosts can still be parsed: only an unread one has failed here.
            if account.failure and account.failure != account.layout.blind:
                self.failures.append((source.name, account.failure, account.advice))
        self.failures += [(one.name, one.reason, one.advice) for one in found.unread]


def _parse_block(account: Account, block: Block, task: Task) -> Iterator[Parsed]:
    index = LineIndex(block.data)
    if block.piece != "whole":
        if block.piece == "start":
            yield _too_long(account, block)
        return
    for first, stop, row in split(task.directives(index), len(index)):
        if row is not None:
            account.follow(index.line(row))
        if stop > first:
            number = block.first_line
            lines = pl.int_range(number + first, number + stop, dtype=pl.Int64, eager=True)
            text = index.text().slice(first, stop - first)
            yield _parsed(numbered(account.index, lines, text), account.key, account.source.name)


def _parsed(lines: pl.DataFrame, key: Key, name: str) -> Parsed:
    frame = read(lines, key).with_columns(source=pl.lit(name))
    fits = pl.col("reason").is_null()
    text = pl.col("text").str.slice(0, REJECT_CHARS)
    return Parsed(
        frame.filter(fits).select(*RECORD),
        frame.filter(~fits).select("source", "line", "reason", text),
    )


def _too_long(account: Account, block: Block) -> Parsed:
    text = block.data[:REJECT_CHARS].decode("utf-8", "backslashreplace")
    reject = {
        "source": [account.source.name],
        "line": [block.first_line],
        "reason": ["the line is longer than 1 MiB"],
        "text": [text],
    }
    return Parsed(pl.DataFrame(schema=RECORD), pl.DataFrame(reject))
