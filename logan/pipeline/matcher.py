"""From candidate lines to findings: parse, make canonical, let the rules decide; in large batches.

Lines of all sources that are read alike (same format, columns and zone) go through together.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Final, NamedTuple

import polars as pl

from logan.evidence.stored_rows import RowCollector
from logan.evidence.unread_lines import UnreadLines
from logan.formats import FORMATS
from logan.formats.engine.enveloped import EnvelopedFormat
from logan.formats.engine.format import Format
from logan.formats.engine.layout import Layout
from logan.formats.engine.table import raw, without_guesses
from logan.pipeline.unread_probe import UnreadBatch, UnreadCollector, find_unread
from logan.records import canonical
from logan.rules.model import Rules
from logan.rules.per_line import tag
from logan.runtime.ordered_map import OrderedTasks
from logan.runtime.timings import Stages
from logan.schema import FOUND, LINE, LINE_SHA256

#: As much of a rejected line as is kept: enough to recognise it by.
REJECT_CHARS: Final = 2_000
_KEPT: Final = ("hit", "mention", "repeat", "cleared")

#: A row of `schema.LINE`.
Line = tuple[int, int, str]


class ParsingKey(NamedTuple):
    """What lines must have in common to be parsed together. `format` None: not recognised."""

    format: Format | None
    layout: Layout
    zone: str | None

    def __hash__(self) -> int:
        return hash((self.format.name if self.format else None, self.layout, self.zone))


def numbered(
    source: int, lines: pl.Series, text: pl.Series, *, any_blank: bool = True
) -> pl.DataFrame:
    """Lines of one source (`schema.LINE`) with their numbers; blank ones, if there are any, are
    left out."""
    frame = pl.DataFrame({"line": lines, "text": text}).select(
        pl.lit(source, dtype=LINE["source"]).alias("source"), pl.col("line").cast(pl.Int64), "text"
    )
    return frame.filter(pl.col("text").str.strip_chars(" \t\r") != "") if any_blank else frame


def read(lines: pl.DataFrame, key: ParsingKey, *, alone: bool = False) -> pl.DataFrame:
    """Canonical records of lines (`schema.LINE`) that are read alike; rejects carry a `reason`.

    `alone`: without what lines say about other lines.
    """
    if key.format is None:
        table = lines.with_columns(reason=pl.lit("format not recognised"))
    else:
        needless = canonical.RAW_BESIDE if alone else ()
        table = raw(lines, key.format, key.layout, without=needless)
        table = without_guesses(table) if key.zone is None else table
    return canonical.records(table, zone=key.zone, beside=() if alone else canonical.BESIDE)


class _MatchedBatch(NamedTuple):
    """What became of a batch: findings, rejects, and lines by source (and bin, of the others).

    `asked` are the sources in which more than mentions was found.
    """

    kept: pl.DataFrame
    rejected: pl.DataFrame
    forgotten: list[tuple[int, str, int]]
    asked: set[int]
    ambiguous: list[tuple[int, int]]
    unread: list[UnreadBatch]


class CandidateMatcher:
    """Collects candidate lines and turns them into findings whenever a batch is full.

    Batches are matched ahead in threads, and entered in the order in which they came. Keeps nothing
    of lines that name no service but their number. With `hashing`, findings carry the hash of their
    line. `counts` are lines by source and bin, for the bins that no later step changes; `ambiguous`
    those whose time stood twice; `found_in` the sources in which more than mentions was
    found; all are whole after `flush`. Of `formats` one that reads a line is named where the
    format of its source does not.
    """

    def __init__(
        self,
        rules: Rules,
        findings: RowCollector,
        rejects: RowCollector,
        *,
        batch_lines: int,
        batch_bytes: int,
        hashing: bool = False,
        stages: Stages | None = None,
        formats: Sequence[Format] = FORMATS,
    ) -> None:
        self._findings = findings
        self._rejects = rejects
        self._batch_lines = batch_lines
        self._batch_bytes = batch_bytes
        self._waiting: dict[ParsingKey, list[pl.DataFrame]] = defaultdict(list)
        self._few: dict[ParsingKey, list[Line]] = defaultdict(list)
        self._waiting_lines = self._waiting_bytes = 0
        match = partial(_match, rules, stages or Stages(), hashing, formats)
        self._matching = OrderedTasks(match)
        self._unread = UnreadCollector()
        self.counts: dict[int, Counter[str]] = defaultdict(Counter)
        self.ambiguous: Counter[int] = Counter()
        self.found_in: set[int] = set()

    def add(self, key: ParsingKey, lines: pl.DataFrame) -> None:
        """Take candidate lines (`schema.LINE`); matched now or with later ones."""
        if not lines.is_empty():
            self._waiting[key].append(lines)
            self._count(len(lines), int(lines.estimated_size()))

    def add_few(self, key: ParsingKey, lines: Sequence[Line]) -> None:
        """Take a few candidate lines: a frame for each block would cost more than reading it."""
        if lines:
            self._few[key] += lines
            self._count(len(lines), sum(map(len, [text for _, _, text in lines])))

    def forget(self, sources: Collection[int]) -> None:
        """Drop what was found in these sources; after `flush`."""
        for source in sources:
            self.counts.pop(source, None)
            self.ambiguous.pop(source, None)
        self._unread.forget(sources)
        self._findings.drop(sources)
        self._rejects.drop(sources)

    def unread(self, source: int) -> UnreadLines:
        """The lines of a source that name a service and are no records; after `flush`."""
        return self._unread.of(source)

    def _count(self, lines: int, size: int) -> None:
        self._waiting_lines += lines
        self._waiting_bytes += size
        if self._waiting_lines >= self._batch_lines or self._waiting_bytes >= self._batch_bytes:
            self.begin()

    def add_long(self, source: int, line: int, excerpt: bytes) -> None:
        """Take a line that was too long to hold, by the part of it that may name a service."""
        text = excerpt.decode("utf-8", "backslashreplace")
        frame = pl.DataFrame({"source": [source], "line": [line], "text": [text]}, schema=LINE)
        table = frame.with_columns(reason=pl.lit("the line is longer than 1 MiB"))
        self._give(_Work(partial(canonical.records, table, zone=None)))

    def flush(self) -> None:
        """Match every line that waits."""
        self.begin()
        for matched in self._matching.rest():
            self._enter(matched)

    def begin(self) -> None:
        """Begin to match the lines that wait, and enter what was matched meanwhile."""
        for key, lines in self._few.items():
            self._waiting[key].append(pl.DataFrame(lines, schema=LINE, orient="row"))
        for key, frames in self._waiting.items():
            self._give(_Work(partial(read, pl.concat(frames), key), key))
        self._few.clear()
        self._waiting.clear()
        self._waiting_lines = self._waiting_bytes = 0

    def _give(self, work: "_Work") -> None:
        for matched in self._matching.give(work):
            self._enter(matched)

    def _enter(self, matched: _MatchedBatch) -> None:
        for source, name, count in matched.forgotten:
            self.counts[source][name] += count
        for source, count in matched.ambiguous:
            self.ambiguous[source] += count
        self.found_in |= matched.asked
        self._findings.add(matched.kept)
        self._rejects.add(matched.rejected)
        self._unread.add(matched.unread)


class _Work(NamedTuple):
    """Records to be matched, and what their lines have in common; None: nobody can read them."""

    records: Callable[[], pl.DataFrame]
    key: ParsingKey | None = None


def _match(
    rules: Rules, stages: Stages, hashing: bool, formats: Sequence[Format], work: _Work
) -> _MatchedBatch:
    """Let the rules decide about records, in bulk."""
    with stages.work("matching"):
        tagged = tag(work.records(), rules)
        binned = tagged.group_by("source", "bin").len().rows()
        kept, rejected = (_in_bins(tagged, names, binned) for names in (_KEPT, ("rejected",)))
        text = pl.col("text").str.slice(0, REJECT_CHARS)
        twice = kept.filter("ambiguous") if kept["ambiguous"].any() else kept.clear()
        return _MatchedBatch(
            kept.with_columns(
                text_hash=pl.col("text").str.strip_chars_end("\r").hash(),
                line_sha256=_hashes(kept["text"], hashing),
            ).select(*FOUND),
            rejected.select("source", "line", "reason", text),
            [(source, name, lines) for source, name, lines in binned if name not in _KEPT],
            # A referrer is no host that was asked for.
            {source for source, name, _ in binned if name in _KEPT and name != "mention"},
            list(Counter(twice["source"]).items()),
            _unread(tagged, rejected, work.key, formats),
        )


def _in_bins(
    tagged: pl.DataFrame, names: Collection[str], binned: Iterable[tuple[int, str, int]]
) -> pl.DataFrame:
    """The rows in these bins, where so many are in each; mostly that is all of them, or none."""
    wanted = {name in names for _, name, _ in binned}
    if wanted == {True}:
        return tagged
    return tagged.filter(pl.col("bin").is_in(list(names))) if True in wanted else tagged.clear()


def _unread(
    tagged: pl.DataFrame,
    rejected: pl.DataFrame,
    key: ParsingKey | None,
    formats: Sequence[Format],
) -> list[UnreadBatch]:
    if key is None or key.format is None:
        return []
    return find_unread(tagged, rejected, EnvelopedFormat(key.format, key.layout), formats)


def _hashes(texts: pl.Series, hashing: bool) -> pl.Series:
    """SHA-256 of each text, or nulls where nobody will ask for them."""
    if not hashing:
        return pl.Series([None], dtype=LINE_SHA256).new_from_index(0, len(texts))
    lines = (text.rstrip("\r").encode() for text in texts)
    return pl.Series([hashlib.sha256(line).digest() for line in lines], dtype=LINE_SHA256)
