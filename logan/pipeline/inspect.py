"""What inputs are taken for, and how their first lines are read: detection made visible.

The same steps as a scan up to the first records; reads no more of an input than its head.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from logan.formats import FORMATS
from logan.formats.detect.detection import head_of, is_directive
from logan.formats.engine import envelope
from logan.formats.engine.base import Fault, Format, Head
from logan.formats.engine.table import ENVELOPE
from logan.intake.reader import HEAD_SIZE, open_source
from logan.intake.sources import find
from logan.pipeline.matcher import read
from logan.pipeline.source import Account, Answers, Zones, answers_of, zone_of
from logan.schema import LINE, RECORD
from logan.vocabulary import Companion


@dataclass(frozen=True, slots=True)
class Recognised:
    """An input, by its account (format, clock, failure), and its first lines."""

    account: Account
    head: Head


@dataclass(frozen=True, slots=True)
class Explained:
    """A line of a head as its format reads it.

    `record` holds the columns of `schema.RECORD` that the line says something about, by name, and
    is empty for a line that is no record: a directive, or one with a `reason` and a `fault`.
    """

    number: int
    text: str
    directive: bool
    record: dict[str, Any]
    repeat: str | None = None
    reason: str | None = None
    fault: Fault | None = None


#: What a line is that counts only where the request it tells of has no line of its own.
_COMPANIONS: Final[Mapping[Companion | None, str]] = {
    "answer": "the answer to a request, unless the request has no line of its own",
    "remark": "a remark about a request, unless the request has no line of its own",
    "session": "a line about a session, unless its requests have no lines of their own",
}


def recognise(
    paths: Sequence[str],
    *,
    formats: Sequence[Format] = FORMATS,
    zones: Zones = (),
    answers: Answers = (),
) -> Iterator[Recognised]:
    """What each input is taken for, in their order; those that cannot be opened come last."""
    found = find(paths)
    for at, source in enumerate(found.sources):
        zone, answer = zone_of(source.name, zones), answers_of(source.name, answers)
        account = Account(source, at, zone, answer)
        with open_source(source) as reader:
            account.recognise(reader, formats)
            account.settle_clock()
            if reader.failure and account.failure is None:
                account.failure, account.advice = reader.failure, reader.advice
            head = head_of(reader.head, whole=len(reader.head) < HEAD_SIZE)
        yield Recognised(account, head)
    for at, unread in enumerate(found.unread, start=len(found.sources)):
        yield Recognised(Account.of_unread(unread, at), Head((), ()))


def explain(recognised: Recognised, *, lines: int) -> Iterator[Explained]:
    """The first lines as they are read; stops after so many that are no directives.

    Nothing where the format is not known.
    """
    account, left = recognised.account, lines
    form = account.format
    if form is None:
        return
    for number, text in zip(recognised.head.numbers, recognised.head.lines, strict=True):
        inner = envelope.strip(text, account.layout.option(ENVELOPE))
        if is_directive(inner, form, account.layout):
            account.follow(text.encode())
            yield Explained(number, text, True, {})
            continue
        if not left:
            return
        left -= 1
        yield _explained(account, form, number, text, inner)


def _explained(account: Account, form: Format, number: int, text: str, inner: str) -> Explained:
    row = {"source": [account.index], "line": [number], "text": [text]}
    record = read(pl.DataFrame(row, schema=LINE), account.key).row(0, named=True)
    fault = form.check(inner, account.layout)
    if record["reason"] is not None:
        return Explained(number, text, False, {}, reason=record["reason"], fault=fault)
    said = {
        name: record[name]
        for name in RECORD
        if record[name] is not None and name not in ("source", "line")
    }
    repeat = record["repeat"] or _COMPANIONS.get(record["companion"])
    return Explained(number, text, False, said, repeat=repeat)
