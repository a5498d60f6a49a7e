"""The files that are there now, and what of the ledger's streams each holds, proved by their bytes.

Runs pass over files that nobody wrote to. Who vouches for what a file holds reads it: each here is
read once, in full, and compared with every hash that the ledger has of its stream.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from logan.audit.configuration import Gateway
from logan.audit.file_survey import PlaceIndex
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import PlaceRow, PrefixRow, StreamRow
from logan.audit.log_files import LogFile
from logan.audit.stream_identity import StreamIdentification
from logan.audit.text_trace import KnownPrefix, TracedText, trace_text
from logan.errors import UsageError
from logan.intake.blocks import Block
from logan.intake.reader import open_source
from logan.intake.sources import Found, Unread, find
from logan.runtime.ordered_map import ahead

_OTHER: Final = "is not the log that was read: its content is another"
_VERIFY: Final = "run `logan audit verify`; if it was put back from a copy, take another one"


class LogText(NamedTuple):
    """What a file is, as far as the ledger has read it: hashes as in `ReadSource`."""

    size: int
    sha256: str | None
    content_sha256: str | None
    encoding: str


class HeldLog(NamedTuple):
    """A file, and how much of a stream it holds.

    `stream` None: nothing of it was ever read. `length` of the stream's bytes are in it; `unread`:
    more stands there that no run has read. `text` None, with a `failure`: it could not be read, or
    (`altered`) is not what was read, though nothing but its bytes tells.
    """

    file: LogFile
    stream: int | None
    length: int = 0
    unread: bool = False
    text: LogText | None = None
    failure: str | None = None
    advice: str | None = None
    altered: bool = False

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.file.source.name


@dataclass(frozen=True, slots=True)
class LogSurvey:
    """All files of the gateways; `found` is what lies under the paths of each."""

    found: tuple[Found, ...]
    logs: tuple[HeldLog, ...]

    @property
    def unread(self) -> tuple[Unread, ...]:
        """What is there, or was asked for, and cannot be opened."""
        return tuple(one for found in self.found for one in found.unread)

    def holders(self, streams: Iterable[StreamRow]) -> dict[int, HeldLog]:
        """For each stream the file that has all of it, if one has: the one that a scan would take.

        That is the longest, then a file that is its text, then the name that comes first.
        """
        lengths = {stream.id: stream.length for stream in streams}
        holders: dict[int, HeldLog] = {}
        for log in sorted(self.logs, key=lambda log: (not log.unread, log.name)):
            if log.stream is not None and log.text is not None:
                whole = log.length == lengths.get(log.stream)
                if whole and not log.failure:
                    holders.setdefault(log.stream, log)
        return holders


def survey_logs(ledger: Ledger, gateways: Sequence[Gateway]) -> LogSurvey:
    """Read all files that the gateways' paths name now. Never raises for what is in them."""
    found = tuple(_find(gateway) for gateway in gateways)
    files = [
        LogFile(gateway.name, source, source.identity)
        for gateway, some in zip(gateways, found, strict=True)
        for source in some.sources
        if source.identity is not None
    ]
    index = PlaceIndex(ledger.select(PlaceRow), gateways)
    known = ((file, index.unchanged(file)) for file in files)
    unchanged = {file: place for file, place in known if place is not None}
    logs = [HeldLog(file, place.stream, place.length) for file, place in unchanged.items()]
    logs += _identified(ledger, files, index.places, unchanged)
    measured = ahead(lambda log: _measure(log, _known(ledger, log.stream)), logs)
    return LogSurvey(found, tuple(sorted(measured, key=lambda log: log.name)))


def _find(gateway: Gateway) -> Found:
    """What lies under a gateway's paths; nothing where all of it is gone."""
    try:
        return find(gateway.paths, exclude=gateway.exclude)
    except UsageError:
        return Found((), (), (), ())


def _identified(
    ledger: Ledger,
    files: Sequence[LogFile],
    places: Sequence[PlaceRow],
    unchanged: dict[LogFile, PlaceRow],
) -> Iterator[HeldLog]:
    """The files that changed since the last run, by their content."""
    others = [file for file in files if file not in unchanged]
    sizes = {(one.path, one.size) for one in places if one.stream is not None}
    for held in StreamIdentification(ledger, unchanged).identify(others, places):
        text, file = held.text, held.text.file
        if held.stream is None or held.stream < 0:
            log = HeldLog(file, None, 0, bool(text.stop), None, text.failure, text.advice)
            # Rotation hardly ever leaves another log of the same size, to the byte, in a place.
            in_place = text.failure is None and (log.name, file.identity.size) in sizes
            yield _as_altered(log) if in_place else log
        else:
            length = held.first if held.is_new else text.stop
            yield HeldLog(file, held.stream, length, held.is_new, None, text.failure, text.advice)


def _known(ledger: Ledger, stream: int | None) -> list[KnownPrefix]:
    rows = ledger.select(PrefixRow, "WHERE stream = ?", stream) if stream is not None else []
    return [KnownPrefix(one.stream, one.from_byte, one.length, one.sha256) for one in rows]


def _measure(log: HeldLog, known: Sequence[KnownPrefix]) -> HeldLog:
    """Read a file and compare it with what is known of its stream."""
    digest = hashlib.sha256()
    with open_source(log.file.source, hashing=True) as reader:
        trace = trace_text(_hashed(reader.blocks(), log.length, digest), known)
        if reader.failure is not None:
            return log._replace(failure=reader.failure, advice=reader.advice)
        if log.stream is None:
            return log
        if not _has(trace, known, log):
            return _as_altered(log)
        if trace.length == log.length or not reader.is_stored_as_text:
            size, sha256, content = log.file.identity.size, reader.sha256, reader.content_sha256
        else:  # it has grown since, and is told as it was read
            size, sha256 = log.length, digest.hexdigest()
            content = sha256
        return log._replace(text=LogText(size, sha256, content, reader.encoding))


def _as_altered(log: HeldLog) -> HeldLog:
    return log._replace(failure=_OTHER, advice=_VERIFY, altered=True)


def _hashed(blocks: Iterable[Block], length: int, digest: "hashlib._Hash") -> Iterator[bytes]:
    """The text of blocks, of which the first `length` bytes are hashed on the way."""
    position = 0
    for block in blocks:
        digest.update(block.data[: max(0, length - position)])
        position += len(block.data)
        yield block.data


def _has(trace: TracedText, known: Sequence[KnownPrefix], log: HeldLog) -> bool:
    """Whether a text has all that is known of its stream up to the length that it is to hold."""
    lengths = {one.length for one in known if one.length <= log.length}
    reached = {length for length, streams in trace.reached.items() if log.stream in streams}
    return trace.length >= log.length and lengths <= reached
