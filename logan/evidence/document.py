"""Evidence as JSON has it, but for its rows."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from logan.evidence.evidence import Evidence
from logan.evidence.read_source import ReadSource, ReadText, SourcePart
from logan.evidence.stored_rows import StoredRows
from logan.evidence.tally import SourceTally
from logan.evidence.target_trend import TargetTrend
from logan.evidence.unread_lines import UnreadLines
from logan.intake.prefix_digests import restore_prefixes


def describe(evidence: Evidence) -> dict[str, object]:
    """All of evidence but its rows, as values that JSON has."""
    return {
        "rules": evidence.rules,
        "duplicates": sorted(map(list, evidence.duplicates)),
        "skipped": sorted(evidence.skipped),
        "markers": sorted(evidence.markers),
        "globs": sorted(evidence.globs),
        "excluded": sorted(map(list, evidence.excluded)),
        "sources": [describe_source(source) for source in evidence.sources],
    }


def describe_source(source: ReadSource) -> dict[str, object]:
    """What was read of a source, as JSON has it."""
    tally = source.tally
    times = {name: _write_time(getattr(tally, name)) for name in ("first_time", "last_time")}
    spans = [*_spans(sorted(tally.hours))]
    described = {name: getattr(source, name) for name in source._fields}
    part = source.part._asdict() if source.part else None
    counted = {"lines": tally.lines, "bins": dict(tally.bins), "ambiguous": tally.ambiguous}
    return described | {"part": part, "tally": {**counted, **times, "hours": spans}}


def _spans(hours: Iterable[int]) -> Iterator[list[int]]:
    """Hours in order as spans of them: first, and the one after the last."""
    span: list[int] = []
    for hour in hours:
        if span and hour != span[1]:
            yield span
            span = []
        span = [span[0] if span else hour, hour + 1]
    if span:
        yield span


def _write_time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def evidence_of(document: Mapping[str, Any], findings: StoredRows, rejects: StoredRows) -> Evidence:
    """What `describe` described, with its rows.

    Raises KeyError, TypeError, ValueError or AttributeError for what is no such document.
    """
    return Evidence(
        rules=str(document["rules"]),
        findings=findings,
        rejects=rejects,
        sources=tuple(restore_source(values) for values in document["sources"]),
        duplicates=frozenset((name, same) for name, same in document["duplicates"]),
        skipped=frozenset(document["skipped"]),
        markers=frozenset(document["markers"]),
        globs=frozenset(document["globs"]),
        excluded=frozenset((name, glob) for name, glob in document["excluded"]),
    )


def restore_source(values: Mapping[str, Any]) -> ReadSource:
    """What `describe_source` described; KeyError, TypeError or ValueError for anything else."""
    tally, part = dict(values["tally"]), values["part"]
    hours = frozenset(hour for first, stop in tally["hours"] for hour in range(first, stop))
    times = {name: _read_time(tally[name]) for name in ("first_time", "last_time")}
    taken = {
        "tally": SourceTally(**{**tally, **times, "hours": hours}),
        "part": _read_part(**part) if part else None,
        "text": _read_text(*values["text"]) if values["text"] else None,
        "proves": tuple(values["proves"]),
        "notes": tuple(values["notes"]),
        # A ledger of an older version has neither.
        "trend": TargetTrend(*values.get("trend", ())),
        "unread": UnreadLines(*values.get("unread", ())),
    }
    return ReadSource(**{**values, **taken})


def _read_part(**values: Any) -> SourcePart:
    named = ("directives_before", "directives")
    return SourcePart(**{**values, **{name: tuple(values[name]) for name in named}})


def _read_text(
    checksums: Iterable[int],
    size: int,
    sha256: str | None,
    member: Iterable[int],
    read_once: bool = False,
    prefixes: str = "",
) -> ReadText:
    # A ledger of an older version has no `read_once` and no `prefixes`.
    restore_prefixes(prefixes)  # what is damaged is told where it is read
    return ReadText(tuple(checksums), size, sha256, tuple(member), read_once, prefixes)


def _read_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
