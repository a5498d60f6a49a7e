"""The evidence that a ledger keeps, as one reading of all its logs would give it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from logan.audit.configuration import Gateway
from logan.audit.held_logs import HeldLog, LogSurvey
from logan.audit.ledger import Ledger
from logan.audit.log_files import found_to_read
from logan.audit.log_rows import SegmentRow, StoredRowsRow, StreamRow
from logan.audit.new_lines import reading_settings
from logan.audit.stored_findings import FINDINGS, REJECTS, unpack_rows
from logan.audit.streams import joined_failure
from logan.evidence.document import restore_source
from logan.evidence.evidence import Evidence, collect_findings, collect_rejects
from logan.evidence.failures import SourceFailure
from logan.evidence.joined_parts import join_parts
from logan.evidence.read_source import ReadSource
from logan.evidence.stored_rows import RowCollector
from logan.evidence.tally import SourceTally
from logan.intake.names import fits
from logan.intake.sources import ExcludedPath
from logan.pipeline.read import read
from logan.rules.model import Rules

_GONE: Final = "is gone: known from the ledger alone"
_NO_LOG: Final = (
    "if it was no log of the gateway, name it in `exclude`; else put it back, say its `format` in "
    "the configuration, and run `logan audit run`"
)
_GREW: Final = "has lines that no run has read yet"


@dataclass(frozen=True, slots=True)
class KeptEvidence:
    """Evidence out of a ledger; `names` gives each stream that of its source.

    `older` are the parts of logs that only other rules than those of the evidence have read.
    """

    evidence: Evidence
    names: Mapping[int, str]
    older: Sequence[SegmentRow]


def keep_evidence(
    ledger: Ledger,
    survey: LogSurvey,
    gateways: Sequence[Gateway],
    rules: Rules,
    *,
    rules_id: int,
) -> KeptEvidence:
    """All that a ledger has, under the names that its logs have now.

    A log that is gone has the name that it was first found by, with the number of its stream. Files
    that hold what another one holds too are looked at by the rules, as a scan does. What was not
    made out and is excluded by now is left out, and named so. Raises `EvidenceError` where the
    ledger's parts of a log do not fit together.
    """
    every = ledger.select(StreamRow, "ORDER BY id")
    holders = survey.holders(every)
    left_out = dict(_find_left_out(ledger, every, holders, gateways))
    streams = [one for one in every if one.id not in left_out]
    names = {one.id: _name(one, holders.get(one.id)) for one in streams}
    current = "WHERE superseded_by IS NULL ORDER BY stream, from_byte"
    segments = [one for one in ledger.select(SegmentRow, current) if one.stream in names]
    joined = join_parts([_read_source(ledger, one, names[one.stream]) for one in segments])
    findings, rejects = collect_findings(), collect_rejects()
    for segment, place, before in zip(segments, joined.places, joined.lines_before, strict=True):
        _collect(ledger, segment, FINDINGS, findings, place, before)
        _collect(ledger, segment, REJECTS, rejects, place, before)
    by_name = {names[number]: log for number, log in holders.items()}
    others = [log for log in survey.logs if log.name not in by_name]
    evidence = Evidence(
        rules=rules.version,
        findings=findings.collected(),
        rejects=rejects.collected(),
        sources=(
            *(_as_found(source, by_name.get(source.name)) for source in joined.sources),
            *_read_others(others, gateways, rules, names),
            *(ReadSource(one.name, failure=one.reason, advice=one.advice) for one in survey.unread),
        ),
        duplicates=frozenset(
            (one.name, one.same_as) for found in survey.found for one in found.duplicates
        ),
        skipped=frozenset(one.name for found in survey.found for one in found.skipped),
        markers=frozenset(name for found in survey.found for name in found.markers),
        excluded=frozenset(
            (*left_out.values(), *(one for found in survey.found for one in found.excluded))
        ),
    )
    older = [one for one in segments if one.rules_id != rules_id]
    return KeptEvidence(evidence, names, older)


def _find_left_out(
    ledger: Ledger,
    streams: Sequence[StreamRow],
    holders: Mapping[int, HeldLog],
    gateways: Sequence[Gateway],
) -> Iterator[tuple[int, ExcludedPath]]:
    """Streams that are in no file that is read any more, were never made out, and are excluded.

    Somebody has looked at them and said that they are no log of the gateway. What was made out
    counts, whatever is excluded later.
    """
    globs = {one.name: one.exclude for one in gateways}
    for stream in streams:
        path = stream.first_path
        glob = next((one for one in globs.get(stream.gateway, ()) if fits(path, one)), None)
        if glob is not None and stream.id not in holders and joined_failure(ledger, stream.id):
            yield stream.id, ExcludedPath(path, glob)


def _name(stream: StreamRow, holder: HeldLog | None) -> str:
    return holder.name if holder is not None else f"{stream.first_path}~{stream.id}"


def _read_source(ledger: Ledger, segment: SegmentRow, name: str) -> ReadSource:
    """What was read of a part of a log, less the rejects that were purged since."""
    source = restore_source(segment.source)._replace(name=name)
    rejected = source.tally.bins.get("rejected", 0)
    query = "SELECT height FROM rows WHERE segment = ? AND kind = ?"
    kept = ledger.number(query, segment.id, REJECTS) if rejected else 0
    if kept == rejected:
        return source
    bins = {**source.tally.bins, "rejected": kept}
    return source._replace(tally=replace(source.tally, bins=bins))


def _collect(
    ledger: Ledger, segment: SegmentRow, kind: str, collector: RowCollector, place: int, before: int
) -> None:
    """Add the rows of a part of a log to those of all."""
    where = "WHERE segment = ? AND kind = ?"
    for stored in ledger.select(StoredRowsRow, where, segment.id, kind):
        number = pl.lit(place, pl.UInt32).alias("source")
        collector.add(unpack_rows(stored).with_columns(number, pl.col("line") + before))


def _as_found(source: ReadSource, log: HeldLog | None) -> ReadSource:
    """A log with the hashes of the file that has it."""
    if log is None or log.text is None:
        advice = source.advice if source.failure is None else _NO_LOG
        return source._replace(notes=(*source.notes, _GONE), advice=advice)
    size, sha256, content_sha256, encoding = log.text
    notes = (*source.notes, _GREW) if log.unread else source.notes
    return source._replace(
        size=size,
        sha256=sha256,
        content_sha256=content_sha256,
        encoding=encoding,
        notes=notes,
    )


def _read_others(
    logs: Sequence[HeldLog], gateways: Sequence[Gateway], rules: Rules, names: Mapping[int, str]
) -> Iterator[ReadSource]:
    """The files that have no lines of their own: copies, empty ones, and what cannot be read."""
    for gateway in gateways:
        own = {log.name: log for log in logs if log.file.gateway == gateway.name}
        if not own:
            continue
        settings = reading_settings(gateway, rules)._replace(members=dict.fromkeys(own))
        found = found_to_read(log.file for log in own.values())
        for source in read(settings, found=found).sources:
            if source.name in own:
                yield _as_read(source, own[source.name], names)


def _as_read(source: ReadSource, log: HeldLog, names: Mapping[int, str]) -> ReadSource:
    """A file whose lines count elsewhere, or not at all so far."""
    lines = source.tally.lines
    if log.stream is None:
        waits = SourceFailure(_GREW, "run `logan audit run`, and export again")
        why = SourceFailure(log.failure, log.advice) if log.failure else waits
        counts = log.altered or (log.unread and lines)
        return source._replace(tally=SourceTally()).failing(why) if counts else source
    tally = replace(source.tally, bins={"repeat": lines}, ambiguous=0)
    copy = source._replace(copy_of=names[log.stream], tally=tally)
    # That its format or clock is not certain is of no matter: its lines are counted elsewhere.
    kept = copy.source_failure if copy.failed_by in ("end", "line") else None
    if log.failure is not None and kept is None:
        kept = SourceFailure(log.failure, log.advice)
    return copy.failing(kept)
