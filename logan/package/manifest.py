"""`manifest.json`: what a package is made from, by which rules and options, and what it holds."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from operator import attrgetter
from pathlib import Path
from typing import Any

from logan import __version__
from logan.outputs.sentences import write_headline
from logan.package.names import RULES, SCHEMA
from logan.package.request import PackageRequest, PreviousPackage
from logan.package.rule_files import RuleFile
from logan.result import Selection
from logan.tables.people_counts import PeopleCounts
from logan.tables.period import Period
from logan.tables.summary import Summary


def describe(
    summary: Summary,
    request: PackageRequest,
    folder: Path,
    rows: Mapping[str, int | None],
    hashes: Mapping[str, str],
) -> dict[str, Any]:
    """The manifest of a package whose data files lie in `folder`.

    `rows` counts those of tables, `hashes` has the SHA-256 of each data file, both by name. Equal
    runs give equal manifests: no clock, no host and no path of this machine is in it.
    """
    result, by_name = summary.result, attrgetter("name")
    return {
        "schema": SCHEMA,
        "product": "full",
        "name": request.name,
        "reference": request.reference,
        "logan": {"version": __version__},
        "tzdata": _tzdata_version(),
        "rules": [_describe_rules(file) for file in request.rule_files],
        "asked": {
            **describe_selection(result.selection),
            **request.options.document(),
            "session_gap": result.session_gap_minutes,
            "window": str(summary.window) if summary.window else None,
        },
        "narrowed": result.selection != Selection(),
        "excluded": list(result.excluded),
        **({"folder_markers": list(result.markers)} if result.markers else {}),
        "complete": result.complete,
        "period": _describe_period(summary.period),
        "headline": write_headline(summary),
        "lines": sum(summary.bins.values()),
        "bins": dict(summary.bins),
        "inputs": len(result.sources),
        "input_names": [source.name for source in sorted(result.sources, key=by_name)],
        "inputs_sha256": hashes["sources.csv"],
        "previous": _describe_previous(request.previous),
        **({"people": describe_registers(summary.by_list)} if summary.by_list else {}),
        "outputs": describe_outputs(folder, rows, hashes),
    }


def describe_registers(counts: PeopleCounts) -> dict[str, Any]:
    """The lists of people that hits were held against: what may differ is in their bytes alone."""
    files = counts.matcher.registers.files
    return {
        "files": [
            {"role": file.role, "file": file.path.name, "sha256": file.sha256} for file in files
        ]
    }


def describe_outputs(
    folder: Path, rows: Mapping[str, int | None], hashes: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The data files in a folder, each with its rows (None: it is no table), size and hash."""
    return [
        {
            "file": name,
            "rows": rows[name],
            "bytes": (folder / name).stat().st_size,
            "sha256": hashes[name],
        }
        for name in rows
    ]


def describe_selection(selection: Selection) -> dict[str, Any]:
    """What the tables were narrowed to, as the manifest says it."""
    return {
        "since": write_instant(selection.since),
        "until": write_instant(selection.until),
        "services": list(selection.services),
        "users": list(selection.users),
    }


def write_instant(instant: datetime | None) -> str | None:
    """An instant in ISO 8601 with `Z`; null where there is none."""
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def write_json(document: Mapping[str, Any]) -> str:
    """A document as a file of a package holds it."""
    return json.dumps(document, indent=2) + "\n"


def _describe_rules(file: RuleFile) -> dict[str, Any]:
    pack = file.pack
    return {
        "pack": pack.name if pack else None,
        "version": str(pack.version) if pack else None,
        "date": pack.checked.isoformat() if pack else None,
        "file": f"{RULES}/{file.name}",
        "sha256": file.sha256,
    }


def _describe_period(period: Period | None) -> dict[str, Any] | None:
    if period is None:
        return None
    start, end = write_instant(period.start), write_instant(period.end)
    return {"start": start, "end": end, "zone": period.zone}


def _describe_previous(previous: PreviousPackage | None) -> dict[str, Any] | None:
    if previous is None:
        return None
    return {
        "manifest_sha256": previous.manifest_sha256,
        "made": write_instant(previous.made),
    }


@cache
def _tzdata_version() -> str | None:
    try:
        return version("tzdata")
    except PackageNotFoundError:
        return None
