"""The files that are there now, and what of the ledger's streams each holds, proved by their bytes.

Runs pass over files that nobody wrote to. Who vouches for what a file holds reads it: each here is
read once, in full, and compared with every hash that the ledger has of its stream.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from logan.audit.configuration import Gateway
from logan.audit.file_survey import PlaceIndex, as_log_files, find_files
from logan.audit.ledger import Ledger
from logan.audit.log_files import LogFile
from logan.audit.log_rows import PlaceRow, PrefixRow, StreamRow
from logan.audit.stream_identity import StreamIdentification
from logan.audit.text_trace import KnownPrefix, TracedText, trace_text
from logan.intake.blocks import Block
from logan.intake.names import NOTHING_THERE
from logan.intake.opening import open_source, readers_of
from logan.intake.reader import SourceReader
from logan.intake.sources import FoundSources, UnreadInput
from logan.runtime.ordered_map import map_in_order

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

    @property
    def stored_size(self) -> int:
        """The stored bytes of a file; 0 for a member of an archive, as a scan has it."""
        return self.file.stamp.size if self.file.archive is None else 0


@dataclass(frozen=True, slots=True)
class LogSurvey:
    """All files of the gateways; `found` is what lies under the paths of each."""

    found: tuple[FoundSources, ...]
    logs: tuple[HeldLog, ...]

    @property
    def unread(self) -> tuple[UnreadInput, ...]:
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
    index = PlaceIndex(ledger, gateways)
    files = [
        file
        for gateway, some in zip(gateways, found, strict=True)
        for file in as_log_files(gateway, some, index)
    ]
    known = ((file, index.unchanged(file)) for file in files)
    unchanged = {
        one: its_place
        for file, place in known
        if place is not None
        for one, its_place in index.with_members(file, place).items()
    }
    logs = [HeldLog(file, place.stream, place.length) for file, place in unchanged.items()]
    logs += _identified(ledger, gateways, files, index.places, unchanged)
    return LogSurvey(found, tuple(sorted(_measure_all(ledger, logs), key=lambda log: log.name)))


def _find(gateway: Gateway) -> FoundSources:
    """What lies under a gateway's paths; nothing where all of it is gone."""
    found = find_files(gateway)
    return found if found.sources else FoundSources((), _still_asked(found), (), ())


def _still_asked(found: FoundSources) -> tuple[UnreadInput, ...]:
    """What cannot be looked at; not what is there no more."""
    return tuple(one for one in found.unread if one.reason != NOTHING_THERE)


def _identified(
    ledger: Ledger,
    gateways: Sequence[Gateway],
    files: Sequence[LogFile],
    places: Sequence[PlaceRow],
    unchanged: dict[LogFile, PlaceRow],
) -> Iterator[HeldLog]:
    """The files that changed since the last run, by their content."""
    others = [file for file in files if file not in unchanged]
    # A damaged file that was put back whole has its size and is no log that was altered.
    whole = (one for one in places if one.stream is not None and not one.failure)
    sizes = {(one.path, one.size) for one in whole}
    exclude = {gateway.name: gateway.exclude for gateway in gateways}
    identification = StreamIdentification(ledger, unchanged, exclude=exclude)
    for held in identification.identify(others, places):
        text, file = held.text, held.text.file
        if held.stream is None or held.stream < 0:
            log = HeldLog(file, None, 0, bool(text.stop), None, text.failure, text.advice)
            # Rotation hardly ever leaves another log of the same size, to the byte, in a place.
            in_place = text.failure is None and (log.name, file.stamp.size) in sizes
            yield _as_altered(log) if in_place else log
        else:
            length = held.first if held.is_new else text.stop
            yield HeldLog(file, held.stream, length, held.is_new, None, text.failure, text.advice)


def _known(ledger: Ledger, stream: int | None) -> list[KnownPrefix]:
    rows = ledger.select(PrefixRow, "WHERE stream = ?", stream) if stream is not None else []
    return [KnownPrefix(one.stream, one.from_byte, one.length, one.sha256) for one in rows]


def _measure_all(ledger: Ledger, logs: Sequence[HeldLog]) -> Iterator[HeldLog]:
    """Read all logs and compare them with what is known of their streams; each archive once."""
    opened: dict[tuple[str, str], dict[tuple[int, ...], HeldLog]] = defaultdict(dict)
    for log in logs:
        opened[log.file.gateway, log.file.opened.name][log.file.stamp.member] = log
    for some in map_in_order(lambda held: [*_measure(ledger, held)], opened.values()):
        yield from some


def _measure(ledger: Ledger, held: dict[tuple[int, ...], HeldLog]) -> Iterator[HeldLog]:
    """The same of a file, or of an archive with its members, by their numbers in it."""
    source = next(iter(held.values())).file.opened
    left = dict(held)
    with open_source(source, hashing=True) as outer:
        for reader in readers_of(outer):
            log = left.pop(reader.source.member, None)
            if log is not None:
                yield _compare(reader, log, _known(ledger, log.stream))
    yield from map(_as_altered, left.values())


def _compare(reader: SourceReader, log: HeldLog, known: Sequence[KnownPrefix]) -> HeldLog:
    """Compare what a reader gives with what is known of the stream of a log."""
    digest = hashlib.sha256()
    trace = trace_text(_hashed(reader.blocks(), log.length, digest), known)
    if reader.failure is not None:
        return log._replace(failure=reader.failure, advice=reader.advice)
    if log.stream is None:
        return log
    if not _has(trace, known, log):
        return _as_altered(log)
    if trace.length == log.length or not reader.is_stored_as_text:
        size, sha256, content = log.stored_size, reader.sha256, reader.content_sha256
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
