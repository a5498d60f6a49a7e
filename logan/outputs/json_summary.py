"""The summary as one JSON document, for a program: the same numbers as on the screen.

Names from logs are given as logged (JSON escapes what could harm a terminal). Times are UTC, ISO
8601 with `Z`. The same input gives the same bytes: no clock and no duration is in it. It is written
piece by piece: people may be as many as a force has, and each takes a kilobyte.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Final

import polars as pl

from logan import __version__
from logan.outputs.json_rows import JsonRows
from logan.outputs.people_document import PART, describe_people
from logan.outputs.sentences import list_unread, write_caveats, write_headline
from logan.outputs.sorted_frames import in_sorted_frames
from logan.result import Run, ScanResult, SourceAccount
from logan.tables.coverage import Coverage
from logan.tables.lookalikes import LOOKALIKES_ORDER
from logan.tables.spans import Window
from logan.tables.summary import Summary, summarise
from logan.tables.users import order_people

#: The name and version of the document's form. It changes when a reader would have to.
SCHEMA: Final = "logan.summary/1"
#: Pieces of text that are joined.
_TOKENS: Final = 20_000


def render(result: ScanResult, *, top: int | None = None, window: Window | None = None) -> str:
    """Render the summary of a result as JSON, ended by a newline; `top` limits the people listed.

    `people_total` says how many people there are, however many are listed.
    """
    return render_tables(summarise(result, window=window), top=top)


def render_tables(summary: Summary, *, top: int | None = None) -> str:
    """Render a summary that is computed already."""
    return "".join(render_pieces(summary, top=top))


def render_pieces(summary: Summary, *, top: int | None = None) -> Iterator[str]:
    """As `render_tables`, in pieces of a few megabytes at most."""
    before = "{"
    for key, value in _write_document(summary, top).items():
        yield f"{before}\n  {json.dumps(key)}: "
        yield from value.pieces() if isinstance(value, JsonRows) else _write_part(value)
        before = ","
    yield "\n}\n"


def _write_part(value: object) -> Iterator[str]:
    """A value of the document, in pieces; a line break in JSON is never within a text."""
    tokens = json.JSONEncoder(indent=2, default=write_value).iterencode(value)
    while piece := "".join(islice(tokens, _TOKENS)):
        yield piece.replace("\n", "\n  ")


def _write_document(summary: Summary, top: int | None) -> dict[str, Any]:
    result, selection = summary.result, summary.result.selection
    return {
        "schema": SCHEMA,
        "logan": __version__,
        "rules": result.rules_version,
        "complete": result.complete,
        "incomplete": [
            {"source": name, "failure": failure, "advice": advice}
            for name, failure, advice in list_unread(summary)
        ],
        "headline": write_headline(summary),
        "selection": {
            "since": selection.since,
            "until": selection.until,
            "services": list(selection.services),
            "users": list(selection.users),
            "users_checked": [asked._asdict() for asked in summary.asked],
        },
        "period": _write_period(summary),
        "totals": summary.totals._asdict(),
        "sessions": {
            "gap_minutes": result.session_gap_minutes,
            "by_gap_minutes": {str(gap): number for gap, number in summary.sessions.items()},
        },
        "services": _list_services(summary),
        "people_total": pl.concat(summary.people).select(pl.len()).collect().item(),
        "people": _list_people(summary, top),
        "window": None if summary.window is None else str(summary.window),
        "windows": _list_windows(summary.all_windows),
        "windows_by_service": summary.windows.to_dicts(),
        "busiest_90_days": summary.busiest.to_dicts(),
        "tracked_pages": JsonRows([summary.tracked_pages], level=1),
        "lookalikes": _list_lookalikes(summary),
        "coverage": [_write_coverage(part) for part in summary.coverage],
        "accounts": {"lines": sum(summary.bins.values()), "bins": dict(summary.bins)},
        "accounts_by_gateway": {name: dict(bins) for name, bins in summary.gateways.items()},
        "sources": [
            _write_source(source) for source in sorted(result.sources, key=lambda each: each.name)
        ],
        "notes": list(result.notes),
        "excluded": list(result.excluded),
        # Only where there are any: packages of versions that knew none are made again alike.
        **({"folder_markers": list(result.markers)} if result.markers else {}),
        "caveats": [
            {"limit": caveat.limit, "count": caveat.count, "of": caveat.of, "text": text}
            for caveat, (_, text) in zip(summary.caveats, write_caveats(summary), strict=True)
        ],
        "unknown_searches": [
            {
                "service": service,
                "name": result.service_names.get(service),
                "what": what,
            }
            for service, what in summary.unknown_searches.items()
        ],
        **({PART: describe_people(summary.by_list)} if summary.by_list else {}),
    }


def _write_period(summary: Summary) -> dict[str, Any] | None:
    period = summary.period
    if period is None:
        return None
    return {
        "start": period.start,
        "end": period.end,
        "zone": period.zone,
        "first_day": period.first_day,
        "last_day": period.last_day,
        "days": period.days,
    }


def _list_people(summary: Summary, top: int | None) -> JsonRows:
    if top is not None:
        return JsonRows([order_people(pl.concat(summary.people)).head(top).collect()], level=1)
    return JsonRows(_people_in_order(summary), level=1)


def _people_in_order(summary: Summary) -> Iterator[pl.DataFrame]:
    """As `order_people`, some thousands in memory at a time."""
    named, placed = pl.col("user").is_not_null(), pl.col("address").is_not_null()
    for those, name in ((named, "user"), (~named & placed, "address"), (~named & ~placed, None)):
        order: list[str | pl.Expr] = [-pl.col("hits"), *([name] if name else [])]
        rows = [Run(some.filter(those)) for some in summary.people]
        ordered = in_sorted_frames(
            rows, order, by="hits", ties=name, descending=True, folder=summary.result.folder
        )
        yield from (frame.collect() for frame in ordered)


def _list_lookalikes(summary: Summary) -> JsonRows:
    runs = [*map(Run, summary.lookalikes)]
    ordered = in_sorted_frames(
        runs,
        LOOKALIKES_ORDER,
        by="lines",
        ties="domain",
        descending=True,
        folder=summary.result.folder,
    )
    return JsonRows((frame.collect() for frame in ordered), level=1)


def _list_services(summary: Summary) -> list[dict[str, Any]]:
    names = summary.result.service_names
    return [
        {"service": row["service"], "name": names.get(row["service"])} | row
        for row in summary.services.to_dicts()
    ]


def _list_windows(windows: pl.DataFrame) -> list[dict[str, Any]]:
    no_data = (pl.col("covered") == 0) & (pl.col("hours") > 0) & (pl.col("hits") == 0)
    return windows.with_columns(no_data=no_data).to_dicts()


def _write_coverage(part: Coverage) -> dict[str, Any]:
    return {
        "gateway": part.gateway,
        "sources": part.sources,
        "hours": part.hours,
        "hours_with_lines": part.covered,
        "gaps": [{"start": gap.start, "end": gap.end, "hours": gap.hours} for gap in part.gaps],
    }


def _write_source(source: SourceAccount) -> dict[str, Any]:
    fields = source._asdict()
    hours = fields.pop("hours")
    return fields | {"bins": dict(source.bins), "hours_with_lines": len(hours)}


def write_value(value: object) -> str:
    """Write what JSON has no form for; anything unforeseen is a fault and raises."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
