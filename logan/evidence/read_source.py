"""What reading found out about a source, or about a part of one."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from logan.errors import LoganError
from logan.evidence.failures import (
    FailureCause,
    SourceFailure,
)
from logan.evidence.tally import SourceTally
from logan.evidence.target_trend import NO_TREND, TargetTrend
from logan.evidence.unread_lines import NONE_UNREAD, UnreadLines
from logan.result import ZoneOrigin


class EvidenceError(LoganError):
    """Evidence that cannot be loaded, merged or settled; says which, why, and what to do."""


class SourcePart(NamedTuple):
    """The lines of a source that were read: those at bytes [first_byte, stop_byte) of it.

    Their rows count them from 1 within the part. `lines_before` says how many stand before them in
    the source; None: not known, and found out when all that stands before is there too.
    `directives_before` are the directives before the part that changed how lines are read, by which
    it was read; `directives` are those within it.
    """

    first_byte: int
    stop_byte: int
    lines_before: int | None = None
    directives_before: tuple[str, ...] = ()
    directives: tuple[str, ...] = ()


class ReadText(NamedTuple):
    """The text of a source as it was read, as far as it tells what it may be a copy of.

    `checksums` are those of `logan.intake.beginnings`, `size` in bytes. `sha256` is that of the
    text, where it was taken while it was read. `member` and `read_once`: as in
    `logan.intake.sources.Source`. `prefixes` are the digests of its beginnings that
    `logan.intake.prefix_digests` takes; empty: nobody asked for them.
    """

    checksums: tuple[int, ...]
    size: int
    sha256: str | None = None
    member: tuple[int, ...] = ()
    read_once: bool = False
    prefixes: str = ""


class ReadSource(NamedTuple):
    """A source, or a part of one, as it was read: what it was taken for, and its tally.

    `format` None: not recognised, or empty. `proves` are the kinds of evidence that its format can
    give. Names, zones, failures and notes as in `SourceAccount`; `size` in stored bytes, of the
    whole source. `part` None: all of it was read, as far as `failure` does not say otherwise.
    `failed_by` and `failed_at` are the cause and the line of a `SourceFailure`; `named`: a line
    of it names a watched service, and `unread` says of which of them the format reads nothing.
    `trend` says whether lines from all over it name hosts.
    `text` None: it was not read, or only a part of it; of a part for which `prefix_digests` was
    asked, that of its source up to where the part ends.
    `whole_sha256`, of a part: the SHA-256 of all bytes of its source, where it was taken.
    """

    name: str
    size: int = 0
    format: str | None = None
    other_log: str | None = None
    other_named: int = 0
    confidence: float | None = None
    runner_up: str | None = None
    proves: tuple[str, ...] = ()
    zone: str = "UTC"
    zone_origin: ZoneOrigin = "record"
    tally: SourceTally = SourceTally()
    failure: str | None = None
    advice: str | None = None
    notes: tuple[str, ...] = ()
    sha256: str | None = None
    content_sha256: str | None = None
    copy_of: str | None = None
    encoding: str | None = None
    part: SourcePart | None = None
    failed_by: FailureCause | None = None
    failed_at: int = 0
    named: bool = False
    unread: UnreadLines = NONE_UNREAD
    trend: TargetTrend = NO_TREND
    text: ReadText | None = None
    whole_sha256: str | None = None

    @property
    def has_records(self) -> bool:
        """False where there are headers and blank lines alone, which are no copy of anything."""
        bins = self.tally.bins
        return self.tally.lines > bins.get("blank", 0) + bins.get("directive", 0)

    @property
    def source_failure(self) -> SourceFailure | None:
        """Why it is not complete, as a value."""
        if self.failure is None:
            return None
        return SourceFailure(self.failure, self.advice, self.failed_by, self.failed_at)

    def failing(self, failure: SourceFailure | None) -> "ReadSource":
        """The same, incomplete for this reason alone; None: complete."""
        if failure == self.source_failure:
            return self
        reason, advice, cause, line = failure or (None, None, None, 0)
        return self._replace(failure=reason, advice=advice, failed_by=cause, failed_at=line)

    def as_copy(self, original: str) -> "ReadSource":
        """The same as a copy of the source of that name: all of its lines are repeats.

        That its format or clock is not certain is of no matter then, only what was not read.
        """
        failure = self.source_failure
        unread = failure if failure is not None and failure.cause in ("end", "line") else None
        tally = replace(self.tally, bins={"repeat": self.tally.lines}, ambiguous=0)
        return self._replace(copy_of=original, tally=tally).failing(unread)

    def concluded(self) -> "ReadSource":
        """The same with the note and the failure that follow from all its lines, or all of a part.

        A part has no note; what is incomplete already, or a copy, gets no other failure.
        """
        if self.unread is NONE_UNREAD and self.trend is NO_TREND:
            return self
        note = self.trend.note() if self.part is None else None
        noted = self._replace(notes=(*self.notes, note)) if note else self
        if self.failure is not None or self.copy_of is not None:
            return noted
        timed = self.tally.first_time is not None
        unread = self.unread.failure(self.format, timed=timed)
        return noted.failing(unread or self.trend.failure())

    def below(self, folder: str) -> "ReadSource":
        """The same, named as if it lay in `folder`."""
        copy_of = None if self.copy_of is None else f"{folder}/{self.copy_of}"
        return self._replace(name=f"{folder}/{self.name}", copy_of=copy_of)


def check_apart(sources: Sequence[ReadSource], readings: Sequence[int]) -> None:
    """Raise `EvidenceError` where lines of one source would be counted twice.

    `readings` number the readings that sources come from. Sources of one name are one source read
    in parts; whole ones of one name are two readings of one file, or files of two machines, and
    nobody can tell which. Only within one reading they are two: an archive may hold such files.
    """
    numbered = sorted(zip(sources, readings, strict=True), key=lambda one: place_of(one[0]))
    for (before, reading), (after, other) in pairwise(numbered):
        apart = reading == other and before.part is None and after.part is None
        if before.name != after.name or apart or are_empty_alike(before, after):
            continue
        if before.part is None or after.part is None:
            raise EvidenceError(
                f"{after.name}: is in two of what is to be put together, so that its lines would "
                "count twice. Leave one of them out; if they are files of two machines, put each "
                "below a folder of its own name first."
            )
        if after.part.first_byte < before.part.stop_byte:
            raise EvidenceError(
                f"{after.name}: its bytes {after.part.first_byte:,} to {before.part.stop_byte:,} "
                "are in two of what is to be put together, so that their lines would count twice. "
                "Leave one of them out."
            )


def place_of(source: ReadSource) -> tuple[object, ...]:
    part = source.part[:2] if source.part else (-1, -1)
    return (source.name, part, source.size, source.tally.lines, source.sha256 or "", repr(source))


def are_empty_alike(before: ReadSource, source: ReadSource) -> bool:
    """True for an input without a line that came twice: named twice where nothing is, for one."""
    return before == source and not source.tally.lines
