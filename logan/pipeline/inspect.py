"""What inputs are taken for, and how their first lines are read: detection made visible.

The same steps as a scan up to the first records; reads no more of an input than its head.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from logan.formats import FORMATS
from logan.formats.engine.enveloped import EnvelopedFormat
from logan.formats.engine.format import Format
from logan.formats.engine.layout import Fault, Head
from logan.intake.names import fits
from logan.intake.opening import open_source, readers_of
from logan.intake.reader import SourceReader
from logan.intake.source_search import find
from logan.intake.sources import Source
from logan.pipeline.layout_in_force import LayoutInForce
from logan.pipeline.matcher import ParsingKey, read
from logan.pipeline.recognition import RecognisedSource, recognise
from logan.pipeline.source_options import Answers, RequestedSource, Zones, request
from logan.schema import LINE, RECORD
from logan.vocabulary import ARCHIVES, Companion


@dataclass(frozen=True, slots=True)
class InspectedSource:
    """What an input is taken for, with its first lines.

    `in_force` is the layout of its first line, with its clock; `failure` says why the input cannot
    be read, and `advice` what to do about it.
    """

    recognised: RecognisedSource
    head: Head
    in_force: LayoutInForce
    failure: str | None = None
    advice: str | None = None


@dataclass(frozen=True, slots=True)
class ExplainedLine:
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


def inspect(
    paths: Sequence[str],
    *,
    formats: Sequence[Format] = FORMATS,
    zones: Zones = (),
    answers: Answers = (),
    exclude: Sequence[str] = (),
) -> Iterator[InspectedSource]:
    """What each input is taken for, in their order; those that cannot be opened come last."""
    found = find(paths, exclude=exclude)
    for at, source in enumerate(found.sources):
        with open_source(source) as archive:
            for reader in readers_of(archive):
                whole_archive = reader.container in ARCHIVES and reader.failure is None
                left_out = any(fits(reader.source.name, glob) for glob in exclude)
                if not whole_archive and not left_out:
                    yield _inspect(request(reader.source, at, zones, answers), reader, formats)
    for at, unread in enumerate(found.unread, start=len(found.sources)):
        nothing = RecognisedSource(RequestedSource(Source(unread.name, None, None), at))
        head = Head((), ())
        yield InspectedSource(nothing, head, nothing.start, unread.reason, unread.advice)


def _inspect(
    requested: RequestedSource, reader: SourceReader, formats: Sequence[Format]
) -> InspectedSource:
    recognised = recognise(requested, reader.head, formats)
    in_force = recognised.in_force_if_dated().failed(reader.failure, reader.advice)
    head = recognised.head_of(reader.head)
    return InspectedSource(recognised, head, in_force, in_force.failure, in_force.advice)


def explain(inspected: InspectedSource, *, lines: int) -> Iterator[ExplainedLine]:
    """The first lines as they are read; stops after so many that are no directives.

    Nothing where the format is not known.
    """
    recognised, in_force, left = inspected.recognised, inspected.in_force, lines
    form = recognised.format
    if form is None:
        return
    for number, text in zip(inspected.head.numbers, inspected.head.lines, strict=True):
        source = EnvelopedFormat(form, in_force.layout)
        if source.is_directive(text):
            in_force = recognised.follow(in_force, text)
            yield ExplainedLine(number, text, True, {})
            continue
        if not left:
            return
        left -= 1
        yield _explained(recognised.key(in_force), source, number, text)


def _explained(key: ParsingKey, source: EnvelopedFormat, number: int, text: str) -> ExplainedLine:
    row = {"source": [0], "line": [number], "text": [text]}
    record = read(pl.DataFrame(row, schema=LINE), key).row(0, named=True)
    fault = source.check(text)
    if record["reason"] is not None:
        return ExplainedLine(number, text, False, {}, reason=record["reason"], fault=fault)
    said = {
        name: record[name]
        for name in RECORD
        if record[name] is not None and name not in ("source", "line")
    }
    repeat = record["repeat"] or _COMPANIONS.get(record["companion"])
    return ExplainedLine(number, text, False, said, repeat=repeat)
