"""What a source is taken for by its first lines, and how its lines are read from there on.

Values only: a source is recognised once, where its first bytes are read.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from logan.formats import FORMATS
from logan.formats.detect.detection import FormatVerdict, recognise_text
from logan.formats.detect.head import head_of
from logan.formats.detect.other_logs import OtherLog, recognise_other
from logan.formats.detect.reading import HeadReading
from logan.formats.engine import journal
from logan.formats.engine.enveloped import EnvelopedFormat
from logan.formats.engine.format import Format
from logan.formats.engine.framing import join_records
from logan.formats.engine.layout import Framing, Head, Packing
from logan.formats.engine.packing import unpacked, unpacked_start
from logan.formats.engine.split_lines import PieceLayer, join_pieces, may_be_split, piece_layer
from logan.intake.beginnings import checksums
from logan.intake.blocks import Block, BufferBlock
from logan.intake.buffers import BufferPool
from logan.intake.prefix_digests import describe_prefixes
from logan.intake.reader import HEAD_SIZE, SourceReader
from logan.pipeline.first_records import first_records, opening, record_rows
from logan.pipeline.layout_in_force import LayoutInForce, put_in_force
from logan.pipeline.matcher import ParsingKey
from logan.pipeline.search_task import SearchTask, search_task
from logan.pipeline.source_options import RequestedSource
from logan.pipeline.zone_probe import ZoneQuestion, may_name_zones

#: How the reason begins why a source is incomplete that no format reads.
NOT_RECOGNISED: Final = "format not recognised"
#: With fewer texts, calls into Polars take longer than to recognise each by itself.
_FEWEST_TOGETHER: Final = 8
#: What makes a source more than blank.
_FILLED: Final = re.compile(rb"[^ \t\r\n\0]")
#: Lines that show whether stamps of a source name their zone.
_DATED_LINES: Final = 20


class RecognisedSource(NamedTuple):
    """A source as its first lines show it.

    `beginning` are the checksums of its first bytes, `start` the layout of its first line.
    `prefixes` are their digests by `logan.intake.prefix_digests`, and `head_digest` how many there
    are, with the SHA-256 of all of them, where that was asked for.
    `blank_head`: as many bytes as are looked at hold nothing, and more may follow.
    `opening` are some of its first records, unless all of these ask for a whole address.
    `zone_question` is to be answered where it is not known whether its stamps name their zone.
    `piece_layer` is the layer around its lines, if that may hold a line in pieces.
    `enveloped` is the format with the layout of its head. `format` None: not recognised
    (`start.failure` says why), nothing there to be recognised, or a log without requests
    (`other_log`).
    """

    requested: RequestedSource
    beginning: tuple[int, ...] = ()
    blank_head: bool = False
    verdict: FormatVerdict | None = None
    format: Format | None = None
    enveloped: EnvelopedFormat | None = None
    other_log: OtherLog | None = None
    zone_question: ZoneQuestion | None = None
    opening: tuple[str, ...] = ()
    start: LayoutInForce = LayoutInForce()
    task: SearchTask = SearchTask()
    piece_layer: PieceLayer | None = None
    prefixes: str = ""
    head_digest: tuple[int, str] = (0, "")

    def with_prefixes(self, head: bytes) -> "RecognisedSource":
        """The same with digests of the first bytes of its text."""
        whole = len(head), hashlib.sha256(head).hexdigest()
        prefixes, sums = describe_prefixes(head), checksums(head)
        return self._replace(beginning=sums, prefixes=prefixes, head_digest=whole)

    @property
    def name(self) -> str:
        """The name of the source."""
        return self.requested.source.name

    @property
    def begins_source(self) -> bool:
        """False for a part that others stand before."""
        part = self.requested.source.part
        return part is None or not part.first

    @property
    def number(self) -> int:
        """The number of the source within the run."""
        return self.requested.number

    def key(self, in_force: LayoutInForce) -> ParsingKey:
        """What lines must have in common to be parsed together."""
        return ParsingKey(self.format, in_force.layout, in_force.zone)

    def follow(self, in_force: LayoutInForce, directive: str) -> LayoutInForce:
        """What is in force below a directive: the same value where it changes nothing."""
        if self.format is None:
            return in_force
        layout = EnvelopedFormat(self.format, in_force.layout).follow(directive.rstrip("\r"))
        if layout == in_force.layout:
            return in_force
        return put_in_force(self.format, self.requested, in_force, layout)

    def in_force_if_dated(self) -> LayoutInForce:
        """`start`, with `zone_question` answered at once."""
        if self.zone_question is None or not self.zone_question.is_dated():
            return self.start
        return self.start._replace(zone_origin=self.start.zone_origin_if_dated)

    @property
    def framing(self) -> Framing:
        """How lines join to records."""
        return self.enveloped.framing if self.enveloped is not None else "line"

    @property
    def joins_lines(self) -> bool:
        """True where a record may run over several lines."""
        return self.framing != "line"

    @property
    def is_journal(self) -> bool:
        """True for an export of systemd's journal, which may write a message as a list of bytes."""
        return self.enveloped is not None and self.enveloped.is_journal

    @property
    def edits_lines(self) -> bool:
        """True where lines may not be searched as they stand."""
        return self._edits_all or self.piece_layer is not None

    @property
    def _edits_all(self) -> bool:
        return self.joins_lines or self.is_journal or self.is_packed

    def edits(self, text: bytes) -> bool:
        """`edits_lines`, of a source that has no more than this text."""
        return self._edits_all or (
            self.piece_layer is not None and may_be_split(text, self.piece_layer)
        )

    @property
    def is_packed(self) -> bool:
        """True where records are unpacked before lines are cut."""
        return self._packing is not None

    @property
    def _packing(self) -> Packing | None:
        return self.enveloped.layout.packing if self.enveloped is not None else None

    def joined(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """The blocks of the source with every record on one line, and every message as text."""
        form = self.enveloped
        if self.is_journal:
            blocks = journal.spell_out(blocks)
        if self.piece_layer is not None:
            blocks = join_pieces(blocks, self.piece_layer)
        if form is None or form.framing == "line":
            return blocks
        return join_records(blocks, form.framing, lambda line: form.check(line) is None)

    def head_of(self, beginning: bytes) -> Head:
        """The first lines of the source: those of the `HEAD_SIZE` bytes it was recognised by."""
        text = unpacked_start(beginning, self._packing)
        return head_of(text, whole=len(beginning) < HEAD_SIZE)

    def unpacked(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The text of the source without what its records are packed in.

        Raises `UnreadableError` behind a text that ends in the midst of that.
        """
        return iter(chunks) if self._packing is None else unpacked(chunks, self._packing)

    def records(self, reader: SourceReader) -> Iterator[Block]:
        """The source in numbered blocks with every record on one line."""
        return self.joined(reader.blocks(self.unpacked))

    def records_in_buffers(
        self, reader: SourceReader, buffers: BufferPool
    ) -> Iterator[Block | BufferBlock]:
        """As `records`, for those who count lines anyway: in buffers where no line is edited."""
        return self.records(reader) if self.edits_lines else reader.fill(buffers)


def recognise(
    requested: RequestedSource, beginning: bytes, formats: Sequence[Format]
) -> RecognisedSource:
    """What a source is taken for, by the first bytes of its text: `HEAD_SIZE` of them, or all.

    An empty source is complete: it has no line that could be misread.
    """
    sums = checksums(beginning) if requested.source.part is None else ()
    whole = len(beginning) < HEAD_SIZE
    if _FILLED.search(beginning) is None:
        return RecognisedSource(requested, sums, not whole)
    named = formats is not FORMATS and len(formats) < len(FORMATS)
    head, verdict = recognise_text(beginning, formats, whole=whole, named=named)
    if verdict.best is None:
        other = recognise_other(head.lines)
        meant = recognise_text(beginning, FORMATS, whole=whole)[1] if named else verdict
        start = _not_recognised(verdict, meant) if other is None else LayoutInForce()
        return RecognisedSource(requested, sums, verdict=verdict, other_log=other, start=start)
    form, layout = verdict.best.format, verdict.best.layout
    records = first_records(head, EnvelopedFormat(form, layout), requested.source)
    asks_zone = may_name_zones(form, layout)
    question = ZoneQuestion(head.lines[:_DATED_LINES], form, layout) if asks_zone else None
    recognised = _by_records(requested, beginning, verdict, verdict.best, records, question)
    return recognised if requested.source.part is None else _begin_part(recognised)


def recognise_all(
    requested: Sequence[RequestedSource], texts: Sequence[bytes], formats: Sequence[Format]
) -> Iterator[RecognisedSource]:
    """`recognise` for each of some sources, of which all is in memory: less than `HEAD_SIZE`."""
    if len(texts) < _FEWEST_TOGETHER:
        for one, text in zip(requested, texts, strict=True):
            yield recognise(one, text, formats)
        return
    from logan.formats.detect.similar_heads import lines_of_similar_heads

    first = recognise(requested[0], texts[0], formats)
    yield first
    verdict = first.verdict or FormatVerdict(None, None)
    found = lines_of_similar_heads(texts[1:], verdict, formats, record_rows)
    for one, text, records in zip(requested[1:], texts[1:], found, strict=True):
        if records is None or verdict.best is None or one.source.read_once:
            yield recognise(one, text, formats)
        else:
            yield _by_records(one, text, verdict, verdict.best, records)


def _by_records(
    requested: RequestedSource,
    beginning: bytes,
    verdict: FormatVerdict,
    reading: HeadReading,
    records: tuple[str, ...],
    zone_question: ZoneQuestion | None = None,
) -> RecognisedSource:
    """A source of which a format reads the head, and some of its first records."""
    start = put_in_force(reading.format, requested, LayoutInForce(), reading.layout)
    enveloped = EnvelopedFormat(reading.format, start.layout)
    return RecognisedSource(
        requested=requested,
        beginning=checksums(beginning) if requested.source.part is None else (),
        verdict=verdict,
        format=reading.format,
        enveloped=enveloped,
        zone_question=zone_question,
        opening=opening(records),
        start=start,
        task=search_task(enveloped, records[0] if records else None),
        piece_layer=piece_layer(next(iter(enveloped.layers), None), beginning),
    )


def _not_recognised(verdict: FormatVerdict, of_all: FormatVerdict) -> LayoutInForce:
    """What is said where nothing fits of what was to be tried: `of_all` is what all formats say."""
    if of_all.best is not None:
        name = of_all.best.format.name
        return LayoutInForce(
            failure=f"{NOT_RECOGNISED}: not in the format that was named; it looks like {name}",
            advice=f"name {name} for it, or no format, so that each file is read as what it is",
        )
    return LayoutInForce(
        failure=f"{NOT_RECOGNISED}: {verdict.explanation}",
        advice="name it with --format, or describe it: `logan formats draft` proposes how; "
        "if it is no access log, leave it out with --exclude",
    )


def _begin_part(recognised: RecognisedSource) -> RecognisedSource:
    """Take up the directives that stand before a part; of some formats only the first can be
    read."""
    in_force = recognised.start
    for directive in recognised.requested.directives_before:
        in_force = recognised.follow(in_force, directive)
    part = recognised.requested.source.part
    pieces = recognised.piece_layer is not None
    whole = recognised.joins_lines or recognised.is_packed or pieces
    if whole and part is not None and part.first:
        what = "packed records" if recognised.is_packed else "records of several lines"
        in_force = in_force.failed(
            f"has {what}, so that it cannot be read from its midst",
            "read it as a whole",
        )
    return recognised._replace(start=in_force)
