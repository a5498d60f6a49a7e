"""Findings that a ledger keeps, settled together: all, or those that lie near some in time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import polars as pl

from logan.audit import recount_book
from logan.audit.ledger import Ledger
from logan.audit.ledger_values import from_microseconds
from logan.audit.log_rows import StoredRowsRow, StreamRow
from logan.audit.recount_book import count_findings
from logan.audit.stored_findings import FINDINGS, unpack_all
from logan.audit.streams import stream_of
from logan.evidence.evidence import collect_findings
from logan.evidence.findings import settle_findings
from logan.evidence.partwise import COUNTED_COLUMNS
from logan.evidence.settled import SettledFindings, SourceNames
from logan.pipeline.writers import FileSpan, find_writers, logs_of
from logan.rules.model import Rules
from logan.runtime.private_folder import PrivateFolder
from logan.runtime.zones import local_date
from logan.schema import FOUND
from logan.tables.measures import SUMS

#: Of more new ones, as a first night may have them, what lies near is nearly all there is.
_NEW_TOGETHER: Final = 1_000_000
#: Twice as far as any rule looks from a line: a tunnel ends so long after it was set up.
NEAR: Final = timedelta(hours=24)
#: So many values of the ledger are unpacked together, of not many more rows than these.
_UNPACKED_TOGETHER: Final = 256
_ROWS_UNPACKED: Final = 20_000
#: Minutes without a hit that end a session, as in a scan.
_SESSION_GAP: Final = 30

#: The segments that count now, and those that counted before.
AFTER: Final = "superseded_by IS NULL"
BEFORE: Final = "counted_by IS NOT NULL"
_COUNTED_BY: Final = ("gateway", "window", "service")
#: (gateway, local day, service, measure), as the columns of `CountRow`.
CountKey = tuple[str, str, str, str]


class SettlingContext(NamedTuple):
    """The findings that are settled: how many, and spans of time in which they lie; None: all."""

    findings: int
    spans: Sequence[tuple[int, int]] | None

    @classmethod
    def around(cls, ledger: Ledger, segments: Sequence[int]) -> "SettlingContext":
        """What has to be settled to see what these segments change."""
        chosen = ",".join(map(str, segments))
        of_kind = f"WHERE kind = ? AND segment IN ({chosen})"
        new = ledger.number(f"SELECT sum(height) FROM rows {of_kind}", FINDINGS)  # noqa: S608 - numbers of our own
        total = count_findings(ledger)
        if total <= recount_book.SETTLED_TOGETHER and are_told_apart_anew(ledger):
            return cls(total, None)
        if not new or total <= recount_book.SETTLED_TOGETHER or new > _NEW_TOGETHER:
            return cls(total if new else 0, None)
        touched = ledger.each(StoredRowsRow, f"{of_kind} ORDER BY segment", FINDINGS)
        changed = _changed(pl.concat([_located(ledger, some) for some in _batch(touched)]))
        return cls(changed.height, [*_spans(changed)])


def are_told_apart_anew(ledger: Ledger, since: str = BEFORE) -> bool:
    """Whether lines, though they may name no service, show that old ones are of another gateway.

    `since` chooses the segments that were there before them.
    """
    before, after = (find_stream_writers(ledger, which) for which in (since, AFTER))
    both = before.keys() & after.keys()
    pairs = {(before[one], after[one]) for one in both}
    return not len(pairs) == len({one for one, _ in pairs}) == len({one for _, one in pairs})


def _located(ledger: Ledger, stored: Sequence[StoredRowsRow]) -> pl.DataFrame:
    """When rows of segments were, and where in which stream; `row` is alike in equal ones."""
    placed = [_placed(ledger, one.segment) for one in stored]
    streams, before = (pl.Series(values, dtype=pl.Int64) for values in zip(*placed, strict=True))
    rows = unpack_all(stored)
    return rows.select(
        "time",
        began=pl.min_horizontal("began", "time"),
        stream=streams.gather(rows["source"]),
        line=pl.col("line") + before.gather(rows["source"]),
        row=pl.struct(pl.exclude("source", "line")).hash(),
    )


def _changed(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows without those that a stream had before and has now, as it was read again."""
    alike = pl.len().over("stream", "line", "row")
    return rows.filter(alike == 1)


def _spans(times: pl.DataFrame) -> Iterator[tuple[int, int]]:
    """Spans of time, in microseconds, around rows and what may concern them."""
    near = NEAR // timedelta(microseconds=1)
    ordered = times.drop_nulls("time").sort("began").select("began", "time").cast(pl.Int64)
    span: list[int] = []
    for began, ended in ordered.iter_rows():
        if span and began - near <= span[1]:
            span[1] = max(span[1], ended + near)
            continue
        if span:
            yield span[0], span[1]
        span = [began - near, ended + near]
    if span:
        yield span[0], span[1]


class SettledView(NamedTuple):
    """Findings settled, with the gateways of their streams; `folder` may hold them."""

    settled: SettledFindings
    names: SourceNames
    gateways: Mapping[str, str]
    folder: PrivateFolder

    def counts(self, zone: str) -> Iterator[tuple[CountKey, int]]:
        """All that is counted of them."""
        for row in self._all_summed(zone).iter_rows(named=True):
            where = (row.pop("gateway"), str(row.pop("window") or "?"), row.pop("service"))
            yield from (((*where, measure), value) for measure, value in row.items())
        for place, bins in self.settled.counts.items():
            gateway = self.gateways[self.names.names[place]]
            yield from (((gateway, "", "", f"bin:{name}"), lines) for name, lines in bins.items())

    def _all_summed(self, zone: str) -> pl.DataFrame:
        """What is counted of all rows. Run by run: of all at once the names of their sources alone
        take much memory, and of some people's rows each has all days.
        """
        total = pl.DataFrame()
        for run in self.settled.runs:
            more = self._summed(run.rows, zone)
            both = pl.concat([total, more]) if total.width else more
            total = both.group_by(_COUNTED_BY).agg(pl.all().sum())
        return total

    def _summed(self, rows: pl.LazyFrame, zone: str) -> pl.DataFrame:
        """What is counted of some rows."""
        actions = {
            f"hits:{action}": (pl.col("action") == action).fill_null(False).sum()
            for action in ("allowed", "blocked", "unknown")
        }
        hits = self._hits_of(rows).with_columns(window=local_date(pl.col("time"), zone))
        return hits.group_by(_COUNTED_BY).agg(**SUMS, **actions).collect()

    def hits_besides(self, before: "SettledView") -> pl.DataFrame:
        """The hits on lines that were none before."""
        lines = before._hits_of(before.settled.found).select("source", "line")
        return (
            self._hits_of(self.settled.found)
            .join(lines, on=["source", "line"], how="anti")
            .collect()
        )

    def _hits_of(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        gateway = pl.col("source").replace_strict(self.gateways, return_dtype=pl.String)
        return rows.filter(pl.col("bin") == "hit").with_columns(gateway=gateway)


def settle_kept(
    ledger: Ledger,
    context: SettlingContext,
    rules: Rules,
    which: str,
    *,
    only_counted: bool = False,
) -> SettledView:
    """Settle the findings of the context in the segments that a condition (`which`) chooses.

    `only_counted`: nobody asks for more of them than `SettledView.counts`.
    """
    columns = COUNTED_COLUMNS if only_counted else tuple(FOUND)
    rows = collect_findings(columns)
    numbers: list[int] = []
    for some in _batch(_stored(ledger, context, which)):
        found = unpack_all(some, columns).with_columns(pl.col("source") + len(numbers))
        rows.add(found if context.spans is None else found.filter(_is_in(context.spans)))
        numbers += [one.segment for one in some]
    segments = [_placed(ledger, one) for one in numbers]
    streams = {one: stream_of(ledger, one) for one in dict.fromkeys(one.stream for one in segments)}
    names = _name_sources(segments, streams, find_stream_writers(ledger, which))
    folder = PrivateFolder()
    settled = settle_findings(
        rows.collected(),
        rules,
        names,
        session_gap_minutes=_SESSION_GAP,
        folder=folder,
        only_counted=only_counted,
    )
    return SettledView(
        settled, names, {str(one.id): one.gateway for one in streams.values()}, folder
    )


def _stored(ledger: Ledger, context: SettlingContext, which: str) -> Iterator[StoredRowsRow]:
    which = f"WHERE kind = ? AND segment IN (SELECT id FROM segment WHERE {which})"  # noqa: S608 - our own
    if context.spans is None:
        yield from ledger.each(StoredRowsRow, f"{which} ORDER BY segment", FINDINGS)
        return
    found: set[int] = set()
    for first, last in context.spans:
        between = "AND last_time >= ? AND first_time <= ?"
        for row in ledger.each(StoredRowsRow, f"{which} {between}", FINDINGS, first, last):
            if row.segment not in found:
                found.add(row.segment)
                yield row


def _batch(stored: Iterable[StoredRowsRow]) -> Iterator[list[StoredRowsRow]]:
    """A few at a time, that are unpacked together."""
    held: list[StoredRowsRow] = []
    rows = 0
    for row in stored:
        held.append(row)
        rows += row.height
        if len(held) >= _UNPACKED_TOGETHER or rows > _ROWS_UNPACKED:
            yield held
            held, rows = [], 0
    if held:
        yield held


def _is_in(spans: Sequence[tuple[int, int]]) -> pl.Expr:
    time = pl.col("time").cast(pl.Int64)
    return pl.any_horizontal([time.is_between(first, last) for first, last in spans])


class _Placed(NamedTuple):
    """A segment, as far as the lines of its rows depend on it."""

    stream: int
    from_line: int


def _placed(ledger: Ledger, segment: int) -> _Placed:
    query = "SELECT stream, from_line FROM segment WHERE id = ?"
    return _Placed(*ledger.connection.execute(query, (segment,)).fetchone())


def find_stream_writers(ledger: Ledger, which: str) -> Mapping[int, int]:
    """For each stream the number of what wrote it, by the segments that a condition chooses."""
    query = (
        "SELECT stream.path, stream.id, stream.format, min(segment.first_time), "
        "max(segment.last_time) FROM stream JOIN segment ON segment.stream = stream.id WHERE "
    )
    query += f"{which} GROUP BY stream.id ORDER BY stream.path, stream.id"
    found = ledger.connection.execute(query).fetchall()
    files = [FileSpan(path, form, *map(_instant, times)) for path, _, form, *times in found]
    numbers = find_writers(files).numbers
    return {stream: number for (_, stream, *_), number in zip(found, numbers, strict=True)}


def _instant(stored: int | None) -> datetime | None:
    return None if stored is None else from_microseconds(stored)


def _name_sources(
    segments: Sequence[_Placed], streams: Mapping[int, StreamRow], writers: Mapping[int, int]
) -> SourceNames:
    """Streams in the order of the files that they lie in, as one scan of these would have them."""
    ordered = sorted(streams.values(), key=lambda one: (one.path, one.id))
    place = {stream.id: at for at, stream in enumerate(ordered)}
    paths, formats = [one.path for one in ordered], [one.format for one in ordered]
    return SourceNames(
        names=[str(one.id) for one in ordered],
        places=[place[one.stream] for one in segments],
        lines_before=[one.from_line for one in segments],
        logs=logs_of(paths, formats),
        gateways=[writers[one.id] for one in ordered],
        formats=formats,
    )
