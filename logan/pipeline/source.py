"""A source while it is being read: its format and clock, and the running account of its lines."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import lru_cache
from itertools import combinations
from pathlib import PurePath
from typing import Final

from logan.evidence.read_source import ReadSource, SourcePart
from logan.evidence.tally import SourceTally
from logan.formats import FORMATS
from logan.formats.detect.detection import FRAMING, Verdict, detect, head_of, is_directive
from logan.formats.detect.other_logs import OtherLog, recognise_other
from logan.formats.engine import dates, envelope
from logan.formats.engine.base import Format, Framing, Layout
from logan.formats.engine.framing import join_records
from logan.formats.engine.table import CLOCK, ENVELOPE, STAMPS
from logan.intake.beginnings import checksums
from logan.intake.blocks import Block, Filled
from logan.intake.buffers import Rooms
from logan.intake.line_index import decoded
from logan.intake.reader import HEAD_SIZE, Reader
from logan.intake.sources import Source, Unread
from logan.pipeline.copies import Text
from logan.pipeline.examine import Task
from logan.pipeline.hours import Coverage
from logan.pipeline.matcher import Key
from logan.pipeline.zone_probe import Question, may_name_zones
from logan.result import ZoneOrigin

#: What makes a source more than blank.
_FILLED: Final = re.compile(rb"[^ \t\r\n\0]")
Zones = Sequence[tuple[str, str]]
#: Why the account of a source is incomplete whose stamps could not all be read.
HOURS_UNKNOWN: Final = (
    "a line that tells which hours it has is without a time, and what is read from standard input "
    "cannot be read again"
)
#: Lines that show whether stamps of a source name their zone.
_DATED_LINES: Final = 20
#: (glob, question, answer): what `logan.formats.engine.dates` may have to ask.
Answers = Sequence[tuple[str, str, str]]


def zone_of(name: str, zones: Zones) -> str | None:
    """The zone that the user named for a source by (glob, zone) pairs; None where nobody did."""
    return next((zone for glob, zone in zones if fits(name, glob)), None)


def fits(name: str, glob: str) -> bool:
    """True where a glob names a source's file, a folder above it, or both.

    `boroughs-*`, `boroughs-*/*.xz` and `access*` are all `logs/boroughs-swg/access.xz`.
    """
    return fnmatch(name, glob) or any(fnmatch(one, glob) for one in _spans(name))


def _spans(name: str) -> Iterator[str]:
    """The parts of a path, and all runs of them."""
    parts = PurePath(name).parts
    return ("/".join(parts[first:end]) for first, end in combinations(range(len(parts) + 1), 2))


def answers_of(name: str, answers: Answers) -> dict[str, str]:
    """What the user answered for a source; the first answer to a question that names it counts."""
    found: dict[str, str] = {}
    for question in {question for _, question, _ in answers}:
        pairs = [(glob, answer) for glob, about, answer in answers if about == question]
        if (answer := zone_of(name, pairs)) is not None:
            found[question] = answer
    return found


@dataclass(slots=True)
class Account:
    """What is known of a source so far. `index` is its number within the run.

    `first_record`: the first line of its head that is no directive. `dated`: its lines name their
    zone themselves, though those of other logs of its format do not. While that is not known,
    `undated` asks it (`logan.pipeline.zone_probe`); `zone_origin_if_dated` says where the zone is
    from if they do.
    """

    source: Source
    index: int
    asked_zone: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    verdict: Verdict | None = None
    format: Format | None = None
    layout: Layout = field(default_factory=Layout)
    zone: str | None = None
    zone_origin: ZoneOrigin = "record"
    zone_origin_if_dated: ZoneOrigin = "record"
    dated: bool = False
    undated: Question | None = None
    first_record: str | None = None
    lines: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    coverage: Coverage = field(default_factory=Coverage)
    other_log: OtherLog | None = None
    other_named: int = 0
    failure: str | None = None
    advice: str | None = None
    sha256: str | None = None
    notes: tuple[str, ...] = ()
    content_sha256: str | None = None
    encoding: str | None = None
    beginning: tuple[int, ...] = ()
    text_size: int = 0
    unread: bool = False
    blank_head: bool = False
    copy_of: "Account | None" = None
    directives_before: tuple[str, ...] = ()
    lines_before: int | None = None
    directives: list[str] = field(default_factory=list)
    long_line: int | None = None
    long_named: bytes | None = None

    @classmethod
    def of_unread(cls, unread: Unread, index: int) -> "Account":
        """The account of an input that could not even be opened."""
        source = Source(unread.name, None, None)
        return cls(source, index, failure=unread.reason, advice=unread.advice)

    @property
    def key(self) -> Key:
        """What lines must have in common to be parsed together."""
        return Key(self.format, self.layout, self.zone)

    def recognise(self, reader: Reader, formats: Sequence[Format]) -> None:
        """Settle the format and the clock by the head; note it where none fits."""
        self.recognise_by(reader.head, formats)

    def recognise_by(self, beginning: bytes, formats: Sequence[Format]) -> None:
        """`recognise`, by the first bytes of the text: `HEAD_SIZE` of them, or all there are.

        An empty source is complete: it has no line that could be misread.
        """
        if self.source.part is None:
            self.beginning = checksums(beginning)
        if _FILLED.search(beginning) is None:
            self.blank_head = len(beginning) >= HEAD_SIZE
            return
        head = head_of(beginning, whole=len(beginning) < HEAD_SIZE)
        self.verdict = detect(head, formats, named=len(formats) < len(FORMATS))
        if self.verdict.best is None:
            self.other_log = recognise_other(head.lines)
            if self.other_log is not None:
                return
            self.failure = f"format not recognised: {self.verdict.explanation}"
            self.advice = (
                "name it with --format, or describe it: `logan formats draft` proposes how"
            )
            return
        form, layout = self.verdict.best.format, self.verdict.best.layout
        self.format = form
        if may_name_zones(form, layout):
            self.undated = Question(head.lines[:_DATED_LINES], form, layout)
        self.first_record = next(
            (line for line in head.lines if not is_directive(line, form, layout)), None
        )
        self._take_layout(layout)
        self._begin_part()

    def _begin_part(self) -> None:
        """Take up the directives that stand before a part; some formats have records of none."""
        if self.source.part is None:
            return
        for directive in self.directives_before:
            self.follow(directive.encode())
        self.directives.clear()
        if self.joins_lines and self.failure is None:
            self.failure = "has records of several lines, so that no part of it can be read alone"
            self.advice = "read it as a whole"

    def _take_layout(self, layout: Layout) -> None:
        """Put a layout in force, with its clock and what it cannot show."""
        zone = {dates.ZONE: self.asked_zone} if self.asked_zone else {}
        layout = dates.answered(layout, {**self.answers, **zone})
        self.layout = layout
        if layout.zone is not None:
            by_definition = self.format is not None and self.format.shows.clock == "utc"
            self.zone = layout.zone
            origin: ZoneOrigin = "record" if by_definition and layout.zone == "UTC" else "header"
            self.zone_origin = self.zone_origin_if_dated = origin
        elif self._is_local(layout):
            self.zone = self.asked_zone
            if not self.dated:
                self.zone_origin = "option" if self.asked_zone else "assumed"
        elif layout.option(CLOCK) is not None:
            self.zone_origin = self.zone_origin_if_dated = "envelope"
        self._note_gaps(layout)

    def settle_clock(self) -> None:
        """Answer at once what `undated` asks."""
        if self.undated is not None and self.undated.is_dated():
            self.note_dated()
        self.undated = None

    def note_dated(self) -> None:
        """Take it that the lines name their zone themselves."""
        self.dated = True
        self.zone_origin = self.zone_origin_if_dated

    def _is_local(self, layout: Layout) -> bool:
        """True where stamps are wall clocks: the envelope's, where it lends its own."""
        lent = layout.option(CLOCK)
        if lent is not None and layout.option(STAMPS) != "some":
            return lent == "local"
        own = self.format.shows.clock if self.format and layout.option(STAMPS) != "none" else None
        return own == "local" or "date-local" in layout.names

    def _note_gaps(self, layout: Layout) -> None:
        """Note what this layout leaves open or cannot show."""
        if self.failure is not None:
            return
        if (question := dates.question(layout)) is not None:
            self.failure, self.advice = question.failure, question.advice
        elif layout.blind:
            self.failure = layout.blind
            self.advice = "have the gateway log the requested host, or leave this file out"

    def follow(self, directive: bytes) -> None:
        """Take up a directive in the midst of the file."""
        if self.format and self.format.follow:
            name = self.layout.option(ENVELOPE)
            text = envelope.strip(decoded(directive).rstrip("\r"), name)
            layout = self.format.follow(self.layout, text)
            if name is not None:
                layout = layout.with_option(ENVELOPE, name)
            if layout != self.layout:
                self._take_layout(layout)
                self.directives.append(decoded(directive))

    def task(self) -> Task:
        """What the workers need to know of this source."""
        if self.format is None:
            return Task()
        form, layout = self.format, self.layout
        directive = form.directive or layout.option("header")
        prefix = directive.encode() if directive else None
        # An envelope's length varies with host names and process ids: no fixed place for a stamp.
        wrapped = layout.option(ENVELOPE)
        if wrapped is not None or form.stamp_span is None:
            return Task(prefix, None, wrapped)
        line = self.first_record
        return Task(prefix, form.stamp_span(line, layout) if line is not None else None)

    @property
    def joins_lines(self) -> bool:
        """True where a record may run over several lines."""
        return self.format is not None and self._framing() != "line"

    def records(self, reader: Reader) -> Iterator[Block]:
        """The source in blocks with every record on one line."""
        return self.joined(reader.blocks())

    def joined(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """The blocks of the source with every record on one line."""
        form, layout, framing = self.format, self.layout, self._framing()
        if form is None or framing == "line":
            return blocks
        wrapped = layout.option(ENVELOPE)
        return join_records(
            blocks,
            framing,
            lambda line: form.check(envelope.strip(line, wrapped), layout) is None,
        )

    def records_in_rooms(self, reader: Reader, rooms: Rooms) -> Iterator[Block | Filled]:
        """As `records`, for those who count lines anyway: in rooms where no record is joined."""
        return self.records(reader) if self.joins_lines else reader.fill(rooms)

    def _framing(self) -> Framing:
        """How lines join to records."""
        if self.layout.option(FRAMING) is not None:
            return "json" if self.layout.option(FRAMING) == "json" else "csv"
        return self.format.framing if self.format else "line"

    def close(self, reader: Reader) -> None:
        """Take over what the reader knows once it is through."""
        self.sha256, self.content_sha256 = reader.sha256, reader.content_sha256
        self.text_size = reader.text_size
        self.encoding = reader.encoding
        self.notes = reader.notes
        if reader.failure:
            self.failure, self.advice = reader.failure, reader.advice
            self.unread = True

    @property
    def text(self) -> Text:
        """What must be known to find out whether this source is a copy."""
        records = self.lines > self.counts["blank"] + self.counts["directive"]
        beginning = self.beginning if self.source.part is None else ()
        return Text(self.source, beginning, self.text_size, records)

    def become_copy(self, original: "Account") -> None:
        """Count all lines as repeats of those of `original`, which this source equals or begins.

        That its format or clock is not certain is of no matter then; that its end is missing is.
        """
        self.copy_of = original
        self.counts = Counter(repeat=self.lines)
        if not self.unread:
            self.failure = self.advice = None

    def note_uncompared(self, reason: str, advice: str | None) -> None:
        """Note that this source begins as another one does, and could not be compared with it."""
        what = f"begins as another source does, and could not be compared with it: {reason}"
        if self.source.path is None:
            self.notes = (*self.notes, f"{what}; its lines may count twice")
        elif self.failure is None:
            self.failure, self.advice = what, advice

    def note_binary(self, line: int) -> None:
        """Note that a line is no text, so that what it may hold was not read."""
        if self.failure is None:
            self.failure = f"line {line:,} is no text: packed data, or damage, between the lines"
            self.advice = (
                "give each file by itself, or put them on standard input with `zcat -f FILE...`; "
                "if it is damaged, copy it again from where it came from"
            )
            self.unread = True

    def _note_late_lines(self) -> None:
        """Note that lines follow where the head is blank, so that nobody could recognise them."""
        if self.blank_head and self.failure is None and self.lines > self.counts["blank"]:
            self.failure = "format not recognised: its lines begin behind blank ones"
            self.advice = "leave out the blank lines: grep . FILE | logan scan -"

    def read_source(self, counted: Mapping[str, int], ambiguous: int) -> ReadSource:
        """What reading found out. `counted` are lines by the bins that matching decided."""
        self._note_late_lines()
        best = self.verdict.best if self.verdict else None
        other = self.verdict.runner_up if self.verdict else None
        return ReadSource(
            name=self.source.name,
            size=self.source.size or 0,
            format=self._format_name(),
            other_log=self.other_log.title if self.other_log else None,
            other_named=self.other_named,
            confidence=best.confidence if best else None,
            runner_up=f"{other.format.name} ({other.confidence:.0%})" if other else None,
            proves=self.format.shows.evidence if self.format else (),
            zone="UTC" if self.zone is None or self.dated else self.zone,
            zone_origin=self.zone_origin,
            tally=self._tally(counted, ambiguous),
            failure=self.failure,
            advice=self.advice,
            notes=self.notes,
            sha256=self.sha256,
            content_sha256=self.content_sha256,
            copy_of=self.copy_of.source.name if self.copy_of else None,
            part=self._part(),
            encoding=self.encoding,
        )

    def _format_name(self) -> str | None:
        known = self.format or self.other_log
        return known.name if known else None

    def note_other(self, lines: int) -> None:
        """Count lines of a log that is no access log, though they name a service: no visits."""
        self.counts["repeat"] += lines
        self.other_named += lines

    def _part(self) -> SourcePart | None:
        if self.source.part is None:
            return None
        before, within = self.directives_before, tuple(self.directives)
        return SourcePart(*self.source.part, self.lines_before, before, within)

    def _tally(self, counted: Mapping[str, int], ambiguous: int) -> SourceTally:
        return SourceTally(
            lines=self.lines,
            bins=dict(self.counts + Counter(counted)),
            hours=frozenset(self.coverage.hours),
            first_time=self.coverage.first,
            last_time=self.coverage.last,
            ambiguous=ambiguous,
        )


@lru_cache(maxsize=256)
def _as_path(folder: str) -> str:
    """A folder as paths are written: `.` for none, no doubled marks. Kept: files share folders."""
    return str(PurePath(folder))


def logs_of(names: Sequence[str], formats: Sequence[str | None]) -> list[int]:
    """For each source the number of its log: files of one format that one gateway wrote."""
    numbers: dict[tuple[str, str | None], int] = {}
    logs = zip(gateways_of(names), formats, strict=True)
    return [numbers.setdefault(log, len(numbers)) for log in logs]


def gateways_of(names: Sequence[str]) -> list[str]:
    """For each source its folder (rotated files of one gateway lie together), or, alone, itself.

    Standard input lies in no folder.
    """
    folders = [name if name == "-" else _as_path(os.path.split(name)[0]) for name in names]
    together = Counter(folders)
    return [
        folder if together[folder] > 1 else name
        for name, folder in zip(names, folders, strict=True)
    ]
