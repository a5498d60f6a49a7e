"""The text of files, looked at as far as is needed to find out which stream each holds.

A file that grew is looked at from where it ended; one that begins as nothing else does is not read
at all; every other one is read once. An archive is read once, whatever is in it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from logan.audit.known_streams import KnownStreams
from logan.audit.log_files import (
    FileHead,
    LogFile,
    find_line_end,
    head_of,
    read_head,
    tail_sha256,
)
from logan.audit.log_rows import PlaceRow
from logan.audit.text_trace import KnownPrefix, TracedText, trace_source, trace_text
from logan.intake.names import fits
from logan.intake.opening import open_source, readers_of
from logan.intake.reader import SourceReader
from logan.intake.unreadable import UnreadableError
from logan.runtime.ordered_map import map_in_order
from logan.vocabulary import ARCHIVES


class FileText(NamedTuple):
    """The text of a file, as far as it had to be looked at.

    `stop` is the end of what may be read: of its last whole line, or of all of it where that line
    waits no longer (`unfinished`). `waiting` bytes follow. `grown_from`: it is known to continue
    this place, as it grew since. `trace` None: nothing begins alike, or it grew.
    """

    file: LogFile
    head: FileHead
    stop: int
    waiting: int = 0
    unfinished: bool = False
    grown_from: PlaceRow | None = None
    trace: TracedText | None = None
    failure: str | None = None
    advice: str | None = None

    @property
    def sha256(self) -> str | None:
        """That of the text up to `stop`, if it was taken."""
        if self.trace is None:
            return None
        whole = self.stop == self.trace.length
        return self.trace.sha256 if whole else self.trace.lines_sha256


@dataclass(frozen=True, slots=True)
class FileTexts:
    """Looks at files. Never raises for what became of one.

    `ripe` are files whose last line, without an end, is read now. `exclude` are the globs of each
    gateway for what is left out: they hold for members of archives as for files.
    """

    streams: KnownStreams
    ripe: frozenset[LogFile]
    exclude: Mapping[str, Sequence[str]]

    def read_all(self, files: Sequence[LogFile], places: Sequence[PlaceRow]) -> list[FileText]:
        """The texts of files, in any order. `places` are what the last run saw, and where."""
        by_file = {one.stamp.place: one for one in places if one.inode and not one.member}
        texts: list[FileText] = []
        others: list[LogFile] = []
        for file in files:
            grown = self._as_grown(file, by_file.get(file.stamp.place))
            if grown is None:
                others.append(file)
            else:
                texts.append(grown)
        return texts + self._read_others(others, texts)

    def read_again(self, text: FileText) -> FileText:
        """The same text, read from its start."""
        prefixes = self.streams.prefixes(text.head.beginning)
        return self._read_text(text.file, text.head, prefixes, True)

    def _as_grown(self, file: LogFile, place: PlaceRow | None) -> FileText | None:
        """A file that is its text and grew since a run saw it; None for any other."""
        if place is None or place.tail_sha256 is None or place.stream is None:
            return None
        if file.stamp.size <= place.length or place.gateway != file.gateway:
            return None
        try:
            head = read_head(file)
            same = head.is_text and tail_sha256(file, place.length) == place.tail_sha256
            if not same or self.streams.stream(place.stream).length != place.length:
                return None
            stop = find_line_end(file, place.length)
        except UnreadableError:
            return None
        return self._finish_line(FileText(file, head, stop, grown_from=place), file.stamp.size)

    def _finish_line(self, text: FileText, length: int) -> FileText:
        """The text with its last line, if that has waited long enough for its end."""
        waiting = length - text.stop
        if waiting and text.file in self.ripe and not text.failure:
            return text._replace(stop=length, unfinished=True)
        return text._replace(waiting=waiting)

    def _read_others(self, files: Sequence[LogFile], grown: Sequence[FileText]) -> list[FileText]:
        heads = dict(zip(files, map_in_order(read_head, files), strict=True))
        archives = [file for file, head in heads.items() if head.is_archive]
        heads = {file: head for file, head in heads.items() if not head.is_archive}
        alike = _begin_as_another([*heads.items(), *((one.file, one.head) for one in grown)])
        known = [self.streams.prefixes(head.beginning) for head in heads.values()]
        looks = [
            (file, head, prefixes, file in alike or bool(archives))
            for (file, head), prefixes in zip(heads.items(), known, strict=True)
        ]
        texts = list(map_in_order(lambda look: self._read_text(*look), looks))
        return texts + [text for archive in archives for text in self._read_members(archive)]

    def _read_text(
        self, file: LogFile, head: FileHead, prefixes: Sequence[KnownPrefix], is_alike: bool
    ) -> FileText:
        """Look at a file as far as is needed: not beyond its end where nothing begins alike."""
        if head.failure is not None:
            return FileText(file, head, 0, failure=head.failure, advice=head.advice)
        if head.is_text and not prefixes and not is_alike:
            try:
                stop = find_line_end(file, 0)
            except UnreadableError as error:
                return FileText(file, head, 0, failure=error.reason, advice=error.advice)
            return self._finish_line(FileText(file, head, stop), file.stamp.size)
        trace = trace_source(file.source, prefixes)
        text = FileText(
            file, head, trace.lines_length, trace=trace, failure=trace.failure, advice=trace.advice
        )
        return self._finish_line(text, trace.length)

    # --- Archives

    def _read_members(self, archive: LogFile) -> Iterator[FileText]:
        """The files in an archive, however deep, each read once; the archive itself last."""
        with open_source(archive.source) as outer:
            for reader in readers_of(outer):
                if reader is outer:
                    yield _without_text(archive, reader)
                elif not self._is_excluded(archive.gateway, reader.source.name):
                    stamp = archive.stamp._replace(member=reader.source.member)
                    file = LogFile(archive.gateway, reader.source, stamp, archive.source)
                    yield self._read_member(file, reader)

    def _is_excluded(self, gateway: str, name: str) -> bool:
        return any(fits(name, glob) for glob in self.exclude.get(gateway, ()))

    def _read_member(self, file: LogFile, reader: SourceReader) -> FileText:
        """A file in an archive: nobody writes to it any more, so its last line waits for no end.

        Of one that cannot be read to its end nothing is read: no part of it can be asked for.
        """
        if reader.container in ARCHIVES:
            return _without_text(file, reader)
        head = head_of(reader)._replace(is_text=False)
        trace = trace_text(reader.chunks(), self.streams.prefixes(head.beginning))
        if reader.failure is not None:
            return FileText(file, head, 0, failure=reader.failure, advice=reader.advice)
        unfinished = trace.length > trace.lines_length
        return FileText(file, head, trace.length, unfinished=unfinished, trace=trace)


def _without_text(file: LogFile, reader: SourceReader) -> FileText:
    """An archive, as its members are through: `reader` says whether all could be read."""
    head = FileHead((), False, reader.failure, reader.advice, is_archive=True)
    return FileText(file, head, 0, failure=reader.failure, advice=reader.advice)


def _begin_as_another(heads: Sequence[tuple[LogFile, FileHead]]) -> set[LogFile]:
    """The files that begin as another one does."""
    alike: set[LogFile] = set()
    owners: dict[tuple[int, int], list[LogFile]] = defaultdict(list)
    for file, head in heads:
        if head.beginning:
            owners[len(head.beginning), head.beginning[-1]].append(file)
    for file, head in heads:
        for key in enumerate(head.beginning, 1):
            others = [one for one in owners.get(key, ()) if one is not file]
            if others:
                alike |= {file, *others}
    return alike
