"""A source while it is being read: what is in force, and the running tally of its lines."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from logan.evidence.failures import (
    WITHOUT_REQUESTS,
    SourceFailure,
    line_without_text,
    uncompared,
)
from logan.evidence.read_source import ReadSource, ReadText, SourcePart
from logan.evidence.tally import SourceTally
from logan.evidence.target_trend import NO_TREND, TargetTrend
from logan.evidence.unread_lines import NONE_UNREAD, UnreadLines
from logan.formats.engine.packing import note_of
from logan.intake.reader import SourceReader
from logan.pipeline.copies import SourceText
from logan.pipeline.hours import HourCoverage
from logan.pipeline.layout_in_force import LayoutInForce
from logan.pipeline.matcher import ParsingKey
from logan.pipeline.recognition import NOT_RECOGNISED, RecognisedSource
from logan.vocabulary import ARCHIVES

#: A line that shows whether a source names what was asked for: its number, key and text.
#: Without text it asks for a whole address, and need not be read for that.
SampledLine = tuple[int, ParsingKey, str | None]


class SourceEnd(NamedTuple):
    """What is known of a source once its last byte is read, as `SourceReader` has it."""

    text_size: int = 0
    encoding: str | None = None
    sha256: str | None = None
    content_sha256: str | None = None
    notes: tuple[str, ...] = ()
    failure: str | None = None
    advice: str | None = None
    archive: str | None = None
    text_sha256: bytes | None = None

    @classmethod
    def of(cls, reader: SourceReader) -> "SourceEnd":
        """What a reader knows that is through."""
        return cls(
            reader.text_size,
            reader.encoding,
            reader.sha256,
            reader.content_sha256,
            reader.notes,
            reader.failure,
            reader.advice,
            reader.container if reader.container in ARCHIVES else None,
            reader.text_sha256,
        )


@dataclass(slots=True)
class SourceReading:
    """How far the reading of a source has come. Only those who enter batches, in order, change it.

    `key` is what the lines that come now must have in common with others to be parsed together.
    `dated`: its lines name their zone themselves, though those of other logs of its format do not.
    `counts` are lines by the bins that need no matching. `directives` are those that changed how
    lines are read. `failure` is what went wrong beside what the layout in force says; `unread`: it
    kept lines from being read. `other_named` are lines of a log without requests that name a
    service. Of a line too long to hold, `long_line` is the number and `long_named` the piece that
    may name a service.
    `samples` are lines from all over it, until `trend` says what they show; `last_sample` is the
    last of them, until `reads_on` says whether it is a record (None: nobody asked).
    """

    recognised: RecognisedSource
    in_force: LayoutInForce = field(init=False)
    key: ParsingKey = field(init=False)
    dated: bool = False
    lines: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    coverage: HourCoverage = field(default_factory=HourCoverage)
    directives: list[str] = field(default_factory=list)
    end: SourceEnd = field(default_factory=SourceEnd)
    failure: SourceFailure | None = None
    unread: bool = False
    notes: tuple[str, ...] = ()
    other_named: int = 0
    tells_requests: bool = True
    missing: int = 0
    copy_of: str | None = None
    long_line: int | None = None
    long_named: bytes | None = None
    last_named: str | None = None
    samples: list[SampledLine] = field(default_factory=list)
    trend: TargetTrend = NO_TREND
    last_sample: tuple[int, ParsingKey, bytes] | None = None
    reads_on: bool | None = None

    def __post_init__(self) -> None:
        self._put_in_force(self.recognised.start)

    def _put_in_force(self, in_force: LayoutInForce) -> None:
        self.in_force = in_force
        self.key = self.recognised.key(in_force)

    def follow(self, directive: str) -> None:
        """Take up a directive in the midst of the source."""
        below = self.recognised.follow(self.in_force, directive)
        if below is not self.in_force:
            self._put_in_force(below)
            self.directives.append(directive)

    def note_dated(self) -> None:
        """Take it that the lines name their zone themselves."""
        self.dated = True

    def finish(self, end: SourceEnd) -> None:
        """Take over what is known once the last byte is read."""
        self.end, self.notes = end, end.notes

    def note(self, words: str) -> None:
        """Say something of the source that does not make it incomplete; after `finish`."""
        self.notes = (*self.notes, words)

    def fail(self, failure: SourceFailure) -> None:
        """Note why the source is not complete, unless that is known already."""
        if self.why_incomplete is None:
            self.failure = failure

    @property
    def text(self) -> SourceText:
        """What must be known to find out whether this source is a copy."""
        records = self.lines > self.counts["blank"] + self.counts["directive"]
        source = self.recognised.requested.source
        return SourceText(
            source,
            self.recognised.beginning if source.part is None else (),
            self.end.text_size,
            records,
            self.end.text_sha256,
            self.recognised.prefixes,
        )

    def become_copy(self, original: "SourceReading") -> None:
        """Count all lines as repeats of those of `original`, which this source equals or begins."""
        self.copy_of = original.recognised.name
        self.counts = Counter(repeat=self.lines)

    def note_uncompared(self, reason: str, advice: str | None) -> None:
        """Note that this source begins as another one does, and could not be compared with it."""
        failure = uncompared(reason, advice)
        if self.recognised.requested.source.is_stream:
            self.notes = (*self.notes, f"{failure.reason}; its lines may count twice")
        else:
            self.fail(failure)

    def note_binary(self, line: int) -> None:
        """Note that a line is no text, so that what it may hold was not read."""
        if self.why_incomplete is None:
            self.unread = True
            self.fail(line_without_text(line))

    def note_other(self, lines: int) -> None:
        """Count lines of a log that is no access log, though they name a service: no visits."""
        self.counts["repeat"] += lines
        self.other_named += lines

    def note_missing(self, messages: int) -> None:
        """Count messages that the export of a journal left out."""
        self.missing += messages

    def _note_missing(self) -> None:
        if self.missing:
            words = (
                f"{self.missing:,} of its messages are missing: journalctl writes null for what is "
                "long, unless it is told otherwise"
            )
            self.fail(SourceFailure(words, "export it again with `journalctl --all -o json`"))

    def _note_late_lines(self) -> None:
        """Note that lines follow where the head is blank, so that nobody could recognise them."""
        if self.recognised.blank_head and self.lines > self.counts["blank"]:
            words = f"{NOT_RECOGNISED}: its lines begin behind blank ones"
            self.fail(SourceFailure(words, "leave out the blank lines: grep . FILE | logan scan -"))

    def read_source(
        self,
        counted: Mapping[str, int],
        ambiguous: int,
        *,
        named: bool = False,
        unread: UnreadLines = NONE_UNREAD,
    ) -> ReadSource:
        """What reading found out. `counted` are lines by the bins that matching decided; `named`:
        a line names a watched service; `unread`: those that do, and are no records."""
        self._note_late_lines()
        self._note_missing()
        recognised, in_force = self.recognised, self.in_force
        form, verdict, source = recognised.format, recognised.verdict, recognised.requested.source
        best, other = (verdict.best, verdict.runner_up) if verdict else (None, None)
        known = form or recognised.other_log
        other_log = recognised.other_log.title if recognised.other_log else None
        if not self.tells_requests:
            other_log = WITHOUT_REQUESTS
        archive = self.end.archive
        return (
            ReadSource(
                name=source.name,
                size=source.size or 0,
                format=known.name if known else archive,
                other_log=f"a {archive} archive" if archive else other_log,
                other_named=self.other_named,
                confidence=best.confidence if best else None,
                runner_up=f"{other.format.name} ({other.confidence:.0%})" if other else None,
                proves=form.shows.evidence if form else (),
                zone="UTC" if in_force.zone is None or self.dated else in_force.zone,
                zone_origin=in_force.zone_origin_if_dated if self.dated else in_force.zone_origin,
                tally=self._tally(counted, ambiguous),
                notes=(*self.notes, *self._how_numbered()),
                sha256=self.end.sha256,
                content_sha256=self.end.content_sha256,
                copy_of=self.copy_of,
                part=self._part(),
                text=self._read_text(),
                encoding=self.end.encoding,
                named=named,
                unread=self._how_it_reads_on(unread),
                trend=self.trend,
            )
            .failing(self.why_incomplete)
            .concluded()
        )

    def _how_it_reads_on(self, unread: UnreadLines) -> UnreadLines:
        if self.last_sample is None or self.reads_on is None:
            return unread
        return unread._replace(looked_at=self.last_sample[0], reads_on=self.reads_on)

    def _how_numbered(self) -> Iterator[str]:
        """What `line` means where the text was unpacked."""
        packing = self.in_force.layout.packing
        if packing is not None:
            yield note_of(packing)

    @property
    def why_incomplete(self) -> SourceFailure | None:
        """Why the source is not complete, and what to do about it; what stopped the reading first.

        Of a copy it is of no matter that its format or clock is not certain.
        """
        if self.end.failure is not None:
            return SourceFailure(self.end.failure, self.end.advice, "end")
        if self.copy_of is not None:
            return self.failure if self.unread else None
        if self.in_force.failure is not None:
            return SourceFailure(self.in_force.failure, self.in_force.advice, "layout")
        return self.failure

    def _part(self) -> SourcePart | None:
        requested = self.recognised.requested
        if requested.source.part is None:
            return None
        before, within = requested.directives_before, tuple(self.directives)
        first, stop, _ = requested.source.part
        return SourcePart(first, stop, requested.lines_before, before, within)

    def _read_text(self) -> ReadText | None:
        source, end = self.recognised.requested.source, self.end
        if source.part is not None and not self.recognised.prefixes:
            return None
        size = end.text_size if source.part is None else source.part.stop
        sha256 = None if end.text_sha256 is None else end.text_sha256.hex()
        looked_at, digest = self.recognised.head_digest
        if looked_at == size and digest:
            sha256 = digest
        return ReadText(
            self.recognised.beginning,
            size,
            sha256,
            source.member,
            end.text_sha256 is not None,  # taken of what is read once
            self.recognised.prefixes,
        )

    def _tally(self, counted: Mapping[str, int], ambiguous: int) -> SourceTally:
        return SourceTally(
            lines=self.lines,
            bins=dict(self.counts + Counter(counted)) if self.counts or counted else {},
            hours=frozenset(self.coverage.hours),
            first_time=self.coverage.first,
            last_time=self.coverage.last,
            ambiguous=ambiguous,
        )
