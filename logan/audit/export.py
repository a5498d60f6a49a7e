"""A package out of the ledger, for any span: what a scan of all its logs gives, while they last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from logan.audit.configuration import AuditConfiguration
from logan.audit.held_logs import survey_logs
from logan.audit.kept_evidence import KeptEvidence, keep_evidence
from logan.audit.kept_rules import load_kept_rules, newest_rules
from logan.audit.ledger import Ledger
from logan.audit.ledger_rows import PackageRow, PurgeRow
from logan.audit.log_rows import StreamRow
from logan.audit.people_checks import read_people_checks
from logan.audit.purge import purged_before
from logan.errors import UsageError
from logan.formats.engine.dates import ORDER
from logan.package.files import hash_file
from logan.package.names import MANIFEST, check_folder
from logan.package.options import ScanOptions
from logan.package.request import PackageRequest, PreviousPackage
from logan.package.rule_files import read_rule_files
from logan.package.write import write_package
from logan.pipeline.settle import settle
from logan.result import OlderReading, ScanResult, Selection
from logan.rules.model import Rules
from logan.tables.spans import Window
from logan.tables.summary import Summary, summarise


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is to be exported: a span of time, under which facts (as `package_options`), and how."""

    folder: Path
    selection: Selection = field(default_factory=Selection)
    window: Window | None = None
    queries: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


def export(
    ledger: Ledger, configuration: AuditConfiguration, request: ExportRequest, *, now: datetime
) -> Summary:
    """Make a package, note it in the ledger as the newest one, and give what it says.

    A ledger that may not be written has no note of it. Settled by the rules of the last run, as the
    ledger keeps them. Raises `UsageError` for a span of which findings were purged, or a folder
    that cannot take the package; `ConfigurationError` for faults in lists of people; `LedgerError`
    where the ledger cannot be read.
    """
    check_folder(request.folder)
    _check_span(ledger, request.selection)
    started = datetime.now(UTC)
    rules_id = newest_rules(ledger)
    with load_kept_rules(ledger, rules_id) as rules, ledger.snapshot():
        survey = survey_logs(ledger, configuration.gateways)
        kept = keep_evidence(ledger, survey, configuration.gateways, rules, rules_id=rules_id)
        previous = newest_package(ledger)
        lines = {str(one.id): one.lines for one in ledger.select(StreamRow)}
        result = settle(
            kept.evidence, rules, report_zone=configuration.tz, selection=request.selection
        )
        result = result._replace(purged=_purged(ledger), older_rules=_older(ledger, kept, rules))
        if previous is not None:
            result = _mark_late(result, kept.names, previous)
        lists = read_people_checks(configuration, rules.services_by_any_name)
        summary = summarise(
            result,
            window=request.window,
            people=lists.matcher if lists is not None else None,
            base=request.facts.get("base"),
            list_sessions=True,
        )
        facts = {"name": configuration.name, **request.facts}
        write_package(
            summary,
            PackageRequest(
                rules=rules,
                rule_files=read_rule_files(rules),
                started=started,
                options=_scan_options(configuration, queries=request.queries),
                previous=_name_previous(previous),
                **facts,
            ),
            request.folder,
        )
    if not ledger.read_only:
        _note_package(ledger, summary, request, lines, now)
    return summary


def newest_package(ledger: Ledger) -> PackageRow | None:
    """The package that was made last, if any was."""
    packages = ledger.select(PackageRow, "ORDER BY id DESC LIMIT 1")
    return packages[0] if packages else None


def _name_previous(package: PackageRow | None) -> PreviousPackage | None:
    return PreviousPackage(package.manifest_sha256, package.made) if package is not None else None


def _check_span(ledger: Ledger, selection: Selection) -> None:
    """Refuse a span of which findings are gone: it would say "no hits" of what was removed."""
    limit = purged_before(ledger)
    if limit is None or (selection.since is not None and selection.since >= limit):
        return
    row = ledger.select(PurgeRow, "WHERE before = ? LIMIT 1", limit)[0]
    since = limit.isoformat(timespec="seconds").replace("+00:00", "Z")
    raise UsageError(
        f"findings before {since} were purged ({row.setting}), so that no package can tell of that "
        f"time. Give --since {since} or later; packages that were made before the purge stand."
    )


def _older(ledger: Ledger, kept: KeptEvidence, rules: Rules) -> OlderReading | None:
    """What only older rules have read, and which of today's services these did not know."""
    if not kept.older:
        return None
    unknown: set[str] = set()
    for number in {one.rules_id for one in kept.older}:
        with load_kept_rules(ledger, number) as older:
            unknown |= rules.service_names.keys() - older.service_names.keys()
    return OlderReading(
        lines=sum(one.to_line - one.from_line for one in kept.older),
        newest=max((one.last_time for one in kept.older if one.last_time), default=None),
        services=tuple(sorted(rules.service_names[service] for service in unknown)),
    )


def _purged(ledger: Ledger) -> int:
    return ledger.number("SELECT sum(rows) FROM purge")


def _mark_late(result: ScanResult, names: Mapping[int, str], previous: PackageRow) -> ScanResult:
    """Mark what was read after a package that reported its time had been made."""
    reached = {name: previous.lines.get(str(stream), 0) for stream, name in names.items()}
    lines = pl.col("source").replace_strict(reached, default=None, return_dtype=pl.Int64)
    start = pl.lit(previous.start) <= pl.col("time")
    late = (pl.col("line") > lines) & start & (pl.col("time") < pl.lit(previous.end))
    marked = {"late": late.fill_null(value=False)}
    return result._replace(
        found=result.found.with_columns(**marked),
        parts=tuple(part.with_columns(**marked) for part in result.parts),
        runs=tuple(run._replace(rows=run.rows.with_columns(**marked)) for run in result.runs),
    )


def _scan_options(configuration: AuditConfiguration, *, queries: bool) -> ScanOptions:
    """The options of a scan that reads the logs as the audit does, as far as one can say so."""
    gateways = configuration.gateways
    globs = [(glob, one) for one in gateways for glob in one.paths]
    everywhere = configuration.tz
    zones = [(glob, one.tz) for glob, one in globs if one.tz and one.tz != everywhere]
    if any(one.tz for one in gateways):
        zones.append(("*", everywhere))
    formats = {(one.format, one.squid_logformat) for one in gateways}
    name, logformat = formats.pop() if len(formats) == 1 else (None, None)
    files = dict.fromkeys(path for one in gateways for path in one.format_files)
    return ScanOptions.of(
        tz=zones,
        answers=tuple((glob, ORDER, one.date_order) for glob, one in globs if one.date_order),
        format=name,
        squid_logformat=logformat,
        mapping_files=tuple(files),
        queries=queries,
    )


def _note_package(
    ledger: Ledger,
    summary: Summary,
    request: ExportRequest,
    lines: Mapping[str, int],
    now: datetime,
) -> None:
    """Note a package that was made, for the next one to name."""
    period, selection = summary.period, request.selection
    if period is None:
        return
    row = PackageRow(
        made=now,
        start=selection.since or period.start,
        end=selection.until or period.end,
        lines=lines,
        manifest_sha256=hash_file(request.folder / MANIFEST),
    )
    with ledger.transaction():
        ledger.insert(row)
