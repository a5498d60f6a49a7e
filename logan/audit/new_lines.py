"""Reads the new lines of files, and nothing else of them, into unsettled rows and tallies."""

import hashlib
import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from logan.audit.configuration import Gateway
from logan.audit.log_files import LogFile, found_to_read
from logan.audit.log_rows import StreamRow
from logan.audit.stream_identity import Holding
from logan.evidence.evidence import Evidence
from logan.evidence.read_source import ReadSource
from logan.evidence.stored_rows import StoredRows
from logan.formats.engine import dates
from logan.intake.opening import open_source
from logan.intake.packed import is_damage
from logan.intake.reader import HEAD_SIZE
from logan.intake.sources import ByteRange
from logan.pipeline.read import read
from logan.pipeline.recognition import recognise
from logan.pipeline.settings import PartRequest, Settings
from logan.pipeline.source_options import RequestedSource
from logan.rules.compilation import CompiledPatterns
from logan.rules.model import Rules

#: Files that are read together: enough for two threads to be busy, few enough to lose little.
_TOGETHER: Final = 32


class NewLines(NamedTuple):
    """The lines [first, stop) of what a file holds, as they were read.

    Rows count lines from 1 at `first`, and have the source 0. `recognition` and `read_as` are as in
    `StreamRow`.
    """

    holding: Holding
    source: ReadSource
    findings: pl.DataFrame
    rejects: pl.DataFrame
    recognition: str
    read_as: str = ""

    @property
    def sha256(self) -> str:
        """That of the text that was read, where it was."""
        text = self.holding.text
        whole = text.file.archive is not None and text.trace is not None
        return text.trace.sha256 if whole and text.trace else self.source.content_sha256 or ""

    @property
    def failure(self) -> str | None:
        """Why the lines could not be read; None where they were, whatever they are.

        A new text from a damaged file without any time is none of a log: bzip2 garbles a whole
        block, and would give lines that count again when the file is put back whole.
        """
        holding, damage = self.holding, self.holding.text.failure
        is_garbled = damage is not None and is_damage(damage)
        if is_garbled and (holding.stream or 0) < 0 and self.source.tally.first_time is None:
            return damage
        return None if self.source.content_sha256 else self.source.failure or "could not be read"


def reading_settings(gateway: Gateway, rules: Rules) -> Settings:
    """How the logs of a gateway are read, but for which they are."""
    order = gateway.date_order
    return Settings(
        (),
        rules,
        zones=(("*", gateway.tz),) if gateway.tz else (),
        answers=(("*", dates.ORDER, order),) if order else (),
        formats=gateway.formats(),
        hashing=True,
    )


def reading_id(gateway: Gateway) -> str:
    """What changes once the logs of a gateway are read otherwise, but for their zone.

    Also where a mapping file has another content; one that cannot be read has none, and is told by
    who reads logs by it.
    """
    files = [hashlib.sha256(_content(path)).hexdigest() for path in gateway.format_files]
    said = (gateway.format, gateway.squid_logformat, gateway.date_order, files)
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def read_new_lines(
    gateway: Gateway,
    holdings: Sequence[Holding],
    streams: Mapping[int, StreamRow],
    rules: Rules,
    watched: Callable[[], CompiledPatterns],
) -> Iterator[NewLines]:
    """Read what is new in the files of one gateway; `streams` are those that they continue.

    A stream is read again from its start while its head is not whole, for what it is taken for may
    change, where a record may run over several lines, and where it is taken for another format.
    """
    settings, read_as = reading_settings(gateway, rules), reading_id(gateway)
    for some in _batch(holdings):
        recognised = [_recognise(one, settings) for one in some]
        asked = [
            _anew(one, streams.get(one.stream or 0), recognition)
            for one, recognition in zip(some, recognised, strict=True)
        ]
        parts = {one.file: _part(one, streams.get(one.stream or 0)) for one in asked}
        evidence = read_files(parts, settings, watched)
        for new in _take_apart(evidence, asked, recognised):
            yield new._replace(read_as=read_as)


def _batch(holdings: Sequence[Holding]) -> Iterator[list[Holding]]:
    """Some files at a time, no two of one name: what is not UTF-8 may look like another name."""
    batches: list[dict[str, Holding]] = [{}]
    for holding in holdings:
        name = holding.file.source.name
        fitting = (one for one in batches if name not in one and len(one) < _TOGETHER)
        batch = next(fitting, None)
        if batch is None:
            batch = {}
            batches.append(batch)
        batch[name] = holding
        if len(batches) > 1 and len(batches[0]) == _TOGETHER:
            yield list(batches.pop(0).values())
    yield from (list(one.values()) for one in batches if one)


def read_files(
    parts: Mapping[LogFile, PartRequest],
    settings: Settings,
    watched: Callable[[], CompiledPatterns] | None = None,
) -> Evidence:
    """Read of each file the part that is asked of it; of members of archives it must be all.

    An archive is opened once for all of its members, and is a source beside them.
    """
    asked = settings._replace(
        parts=tuple(part for file, part in parts.items() if file.archive is None),
        members={part.name: part for file, part in parts.items() if file.archive is not None},
    )
    return read(asked, found=found_to_read(parts), watched=watched)


def is_dated(
    gateways: Iterable[Gateway],
    rules: Rules,
    watched: Callable[[], CompiledPatterns],
    file: LogFile,
    length: int,
) -> bool:
    """Whether a whole line in the first bytes of a file, so many, has a time.

    Of no member of an archive anybody can say: it is read whole.
    """
    gateway = next(one for one in gateways if one.name == file.gateway)
    with open_source(file.source) as reader:
        stop = reader.head[:length].rfind(b"\n") + 1
    if not stop or file.archive is not None:
        return False
    part = PartRequest(file.source.name, 0, stop, 0, end=stop)
    evidence = read_files({file: part}, reading_settings(gateway, rules), watched)
    return any(source.tally.first_time is not None for source in evidence.sources)


def _recognise(holding: Holding, settings: Settings) -> str:
    """What a file is taken for by a whole head, and whether its lines are read one by one.

    Of a member of an archive nothing: it is read whole, and so is what goes on with it elsewhere.
    """
    text = holding.text
    if text.stop < HEAD_SIZE or text.file.archive is not None:
        return ""
    part = ByteRange(0, text.stop, text.stop)
    source = text.file.source._replace(part=part)
    with open_source(source) as reader:
        found = recognise(RequestedSource(source, 0), reader.head, settings.formats)
    name = found.format.name if found.format is not None else "-"
    return f"{name} {'whole' if found.edits_lines else 'lines'}"


def _anew(holding: Holding, stream: StreamRow | None, recognition: str) -> Holding:
    """The holding, from its start where the stream cannot be gone on with."""
    if stream is None or not holding.first:
        return holding
    goes_on = (
        holding.file.archive is None
        and stream.length >= HEAD_SIZE
        and not stream.unfinished
        and recognition == stream.recognition
        and not recognition.endswith("whole")
    )
    return holding if goes_on else holding._replace(first=0, starts_anew=True)


def _part(holding: Holding, stream: StreamRow | None) -> PartRequest:
    stop = holding.text.stop
    name = holding.text.file.source.name
    if stream is None or not holding.first:
        return PartRequest(name, 0, stop, 0, end=stop)
    return PartRequest(name, holding.first, stop, stream.lines, stream.directives, stop)


def _take_apart(
    evidence: Evidence, holdings: Sequence[Holding], recognised: Sequence[str]
) -> Iterator[NewLines]:
    """What was read of each file, in the order of the files."""
    numbers = {source.name: number for number, source in enumerate(evidence.sources)}
    stored = [(rows, _find_sources(rows)) for rows in (evidence.findings, evidence.rejects)]
    for holding, recognition in zip(holdings, recognised, strict=True):
        number = numbers[holding.text.file.source.name]
        findings, rejects = (_rows_of(number, rows, having) for rows, having in stored)
        source = evidence.sources[number]
        yield NewLines(holding, source, findings, rejects, recognition)


def _find_sources(rows: StoredRows) -> frozenset[int]:
    """The sources that have rows: few of a night's files have any."""
    return frozenset(rows.lazy().select(pl.col("source").unique()).collect().to_series())


def _rows_of(number: int, rows: StoredRows, having: Container[int]) -> pl.DataFrame:
    """The rows of one source, as those of source 0."""
    if number not in having:
        return pl.DataFrame(schema=rows.schema)
    own = rows.lazy().filter(pl.col("source") == number)
    return own.with_columns(pl.lit(0, pl.UInt32).alias("source")).collect()
