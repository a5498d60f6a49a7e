"""What a ledger says of itself: whether its file is whole, its runs are a chain, and it adds up."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import polars as pl

from logan.audit.counting import count_kept
from logan.audit.kept_rules import load_kept_rules, newest_rules
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import CountRow, RuleFileRow, RulesRow, RunRow
from logan.audit.log_rows import SegmentRow, StoredRowsRow, StreamRow
from logan.audit.purge import purged_before
from logan.audit.run_chain import find_broken_links, rules_sha256
from logan.audit.stored_findings import unpack_rows
from logan.audit.streams import segments_of
from logan.outputs.words import count

#: What a fault of the ledger itself means.
ALTERED: Final = "the ledger was altered, or its disk fails: take the last copy that is whole"
#: Counts that are held against findings; others follow from the same.
_COMPARED_COUNTS: Final = ("hits", "searches", "uploads")


class LedgerFault(NamedTuple):
    """One thing wrong: where, what it is, and what that means."""

    place: str
    what: str
    meaning: str


def check_file(ledger: Ledger) -> Iterator[LedgerFault]:
    """What SQLite finds wrong with the file."""
    for (said,) in ledger.connection.execute("PRAGMA integrity_check(10)"):
        if said != "ok":
            yield LedgerFault("the file", str(said), ALTERED)
    for table, *_ in ledger.connection.execute("PRAGMA foreign_key_check"):
        yield LedgerFault(f"table {table}", "names a row that is not there", ALTERED)


def check_tables(ledger: Ledger) -> list[LedgerFault]:
    """What the tables say, of themselves and of each other."""
    try:
        return [*_check_runs(ledger), *_check_streams(ledger), *_check_counts(ledger)]
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        what = f"is not made as its form says ({type(error).__name__})"
        return [LedgerFault("a table", what, ALTERED)]


def _check_runs(ledger: Ledger) -> Iterator[LedgerFault]:
    """Whether each run is as it was when it ended, and none was left out."""
    hashes = {one.id: one.sha256 for one in ledger.select(RulesRow)}
    for number, sha256 in hashes.items():
        files = ledger.select(RuleFileRow, "WHERE rules_id = ?", number)
        if rules_sha256([(file.name, file.content) for file in files]) != sha256:
            yield LedgerFault(f"rules {number}", "are not those that lines were read by", ALTERED)
    runs = ledger.select(RunRow, "WHERE sha256 IS NOT NULL ORDER BY id")
    for run, what in find_broken_links(runs, hashes):
        yield LedgerFault(f"run {run.id} of {run.start:%Y-%m-%d %H:%M} UTC", what, ALTERED)


def _check_streams(ledger: Ledger) -> Iterator[LedgerFault]:
    """Whether the parts of each log follow each other, and hold what they are said to."""
    for stream in ledger.select(StreamRow, "ORDER BY id"):
        place = f"log {stream.id} ({stream.path})"
        parts = segments_of(ledger, stream.id)
        ends = [(0, 0), *((one.to_byte, one.to_line) for one in parts)]
        starts = [*((one.from_byte, one.from_line) for one in parts), (stream.length, stream.lines)]
        if ends != starts:
            what = f"its {count(len(parts), 'part')} do not follow each other, or not to its end"
            yield LedgerFault(place, what, ALTERED)
        for part in parts:
            yield from _check_part(ledger, place, part)


def _check_part(ledger: Ledger, place: str, part: SegmentRow) -> Iterator[LedgerFault]:
    lines = part.to_line - part.from_line
    if sum(part.bins.values()) > lines:
        yield LedgerFault(place, f"more lines in bins than its {lines:,}", ALTERED)
    for stored in ledger.select(StoredRowsRow, "WHERE segment = ?", part.id):
        try:
            numbers = unpack_rows(stored)["line"]
        except (pl.exceptions.PolarsError, OSError) as error:
            yield LedgerFault(place, f"{stored.kind} cannot be read: {error}", ALTERED)
            continue
        if len(numbers) != stored.height or not numbers.is_between(1, lines).all():
            yield LedgerFault(place, f"{stored.kind} are not those of its lines", ALTERED)


def _check_counts(ledger: Ledger) -> Iterator[LedgerFault]:
    """Whether the lines that were counted are those that were read."""
    counted = ledger.select(CountRow, "WHERE window = '' AND service = '' AND measure = 'lines'")
    query = (
        "SELECT gateway, sum(to_line - from_line) FROM segment "
        "JOIN stream ON stream.id = segment.stream "
        "WHERE superseded_by IS NULL AND counted_by IS NOT NULL GROUP BY gateway"
    )
    read_lines: Mapping[str, int] = dict(ledger.connection.execute(query).fetchall())
    for row in counted:
        lines = read_lines.get(row.gateway, 0)
        if row.value != lines:
            what = f"counts {row.value:,} lines, and {lines:,} were read"
            yield LedgerFault(f"gateway {row.gateway}", what, ALTERED)


def check_hits(ledger: Ledger) -> Iterator[LedgerFault]:
    """Whether hits are counted as the findings come to, where nothing but these decides it.

    That is so while none were purged or wait to be counted, one set of rules has read them, and
    they are few enough to be settled together.
    """
    several = "SELECT count(DISTINCT rules_id) FROM segment"
    waiting = "SELECT 1 FROM segment WHERE counted_by IS NULL AND superseded_by IS NULL"
    if purged_before(ledger) or ledger.value(waiting) or ledger.value(several) != 1:
        return
    with load_kept_rules(ledger, newest_rules(ledger)) as rules:
        expected = count_kept(ledger, rules)
    if expected is None:
        return
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for row in ledger.select(CountRow, "WHERE window != ''"):
        counted[row.gateway, "", row.service, row.measure] += row.value
    for key in sorted({*counted, *expected}):
        gateway, _, service, measure = key
        found = expected.get(key, 0)
        if measure in _COMPARED_COUNTS and counted[key] != found:
            what = f"counts {counted[key]:,} {measure} on {service}, and it has {found:,}"
            yield LedgerFault(f"gateway {gateway}", what, ALTERED)
