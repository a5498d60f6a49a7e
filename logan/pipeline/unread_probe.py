"""Which lines that name a watched service their format does not read, and which format does.

Asked of rejects alone: where a log is read as it should be there are none.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import polars as pl

from logan.evidence.unread_lines import MOST_ASKED, NONE_UNREAD, UnreadLines
from logan.formats.detect.single_line import format_of_line
from logan.formats.engine.enveloped import EnvelopedFormat
from logan.formats.engine.format import Format
from logan.records.canonical import CLIENTLESS, UNTIMED
from logan.rules.per_line import SITE_AS_CLIENT

#: Why records are rejected that are read by columns which are not theirs.
_MISPLACED: Final = (CLIENTLESS, SITE_AS_CLIENT)


class UnreadBatch(NamedTuple):
    """Of the lines of a source in a batch that name a service: the last one that was read (0:
    none), those that are no records, in order, and the first of these that another format reads.
    `untimed` of them are records but for their time.
    """

    source: int
    last_read: int
    unread: list[int]
    foreign: tuple[int, str] | None
    untimed: int = 0


def find_unread(
    tagged: pl.DataFrame,
    rejected: pl.DataFrame,
    form: EnvelopedFormat,
    formats: Sequence[Format],
) -> list[UnreadBatch]:
    """What of the tagged lines of a batch, all read by `form`, is no record of it; `rejected` are
    the rejects among them.

    Of `formats` one that reads such a line is named. A reject that is a record (of several
    requests, of a kind that nobody reads) counts as read: its format is not in doubt. One whose
    time cannot be read, or whose client is none, as where columns changed places, counts as
    unread.
    """
    unread: dict[int, list[int]] = defaultdict(list)
    strange: dict[int, list[tuple[int, str]]] = defaultdict(list)
    untimed: Counter[int] = Counter()
    rows = rejected.select("source", "line", "reason", "text").sort("line")
    for source, line, reason, text in rows.iter_rows():
        if form.check(text) is not None:
            strange[source].append((line, text))
        elif reason == UNTIMED:
            untimed[source] += 1
        elif reason not in _MISPLACED:
            continue
        unread[source].append(line)
    lines = [(source, line) for source, some in unread.items() for line in some]
    read = _last_lines(tagged, lines)
    return [
        UnreadBatch(
            source,
            read.get(source, 0),
            unread[source],
            next(_foreign(strange[source], formats), None),
            untimed[source],
        )
        for source in dict.fromkeys((*read, *unread))
    ]


def _last_lines(tagged: pl.DataFrame, but: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The last line of each source, of all but these."""
    read = tagged
    if but:
        schema = {name: tagged.schema[name] for name in ("source", "line")}
        none = pl.DataFrame(but, schema=schema, orient="row")
        read = tagged.select(*schema).join(none, on=list(schema), how="anti")
    return dict(read.group_by("source").agg(pl.col("line").max()).iter_rows())


def _foreign(
    lines: Sequence[tuple[int, str]], formats: Sequence[Format]
) -> Iterator[tuple[int, str]]:
    """The lines that a format reads, with its name."""
    for line, text in lines[:MOST_ASKED]:
        found = format_of_line(text, formats)
        if found is not None:
            yield line, found.name


class UnreadCollector:
    """Puts together what batches show, in whatever order they come."""

    def __init__(self) -> None:
        self._batches: dict[int, list[UnreadBatch]] = defaultdict(list)

    def add(self, batches: Iterable[UnreadBatch]) -> None:
        """Take what a batch shows; of batches without rejects the last line alone is kept."""
        for one in batches:
            kept = self._batches[one.source]
            if kept and not one.unread and not kept[-1].unread:
                last = max(one.last_read, kept[-1].last_read)
                kept[-1] = one._replace(last_read=last)
            else:
                kept.append(one)

    def forget(self, sources: Collection[int]) -> None:
        """Drop what was found in these sources."""
        for source in sources:
            self._batches.pop(source, None)

    def of(self, source: int) -> UnreadLines:
        """What is known of a source, once all of its lines have come."""
        batches = self._batches.get(source, [])
        if not batches:
            return NONE_UNREAD
        line, name = min((one.foreign for one in batches if one.foreign), default=(0, None))
        unread = sorted(line for one in batches for line in one.unread)
        last_read = max(one.last_read for one in batches)
        found = UnreadLines.of(unread, last_read, line, name)
        return found._replace(untimed=sum(one.untimed for one in batches))
