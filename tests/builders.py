"""Small, explicit scan results, so that a test can say what was logged and nothing else."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from logan.result import ScanResult, Selection, SourceAccount
from logan.schema import FINDING, RECORD, REJECTS_CSV
from logan.vocabulary import BINS, Bin

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMES = {"pimeyes": "PimEyes", "clearview": "Clearview AI", "facecheck": "FaceCheck.ID"}
MARKS = dict.fromkeys(
    ("also_upload", "possible_upload", "beside_opt_out", "also_search", "attempt"), pl.Boolean
)

Row = dict[str, Any]


def at(text: str) -> datetime:
    """Read a UTC time such as `2024-01-01 09:30`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hit(time: str | datetime, user: str | None = "FORCE\\jsmith", **others: object) -> Row:
    """Describe one finding; a page of PimEyes that was let through unless told otherwise."""
    defaults: Row = {
        "client_ip": "192.0.2.7",
        "method": "GET",
        "scheme": "https",
        "host": "pimeyes.com",
        "port": 443,
        "path": "/en",
        "query": "a=b",
        "status": 200,
        "action": "allowed",
        "bytes_sent": 500,
        "bytes_received": 9000,
        "evidence": "url",
        "source": "proxy-a/access.log",
        "service": "pimeyes",
        "activity": "page",
        "rule": "pimeyes/page",
        "inferred": False,
        "bin": "hit",
    }
    when = at(time) if isinstance(time, str) else time
    return defaults | {"time": when, "user": user} | others


def frame(rows: Iterable[Row]) -> pl.LazyFrame:
    """Make the `found` frame; lines are numbered in the order given where a row has no number."""
    numbered = [{"line": number} | row for number, row in enumerate(rows, 1)]
    return pl.DataFrame(numbered, schema=RECORD | FINDING | MARKS).lazy()


def hours(start: str | datetime, end: str | datetime) -> frozenset[int]:
    """Number the UTC hours from start to end, end not included."""
    first = at(start) if isinstance(start, str) else start
    last = at(end) if isinstance(end, str) else end
    step = timedelta(hours=1)
    return frozenset(range((first - EPOCH) // step, -((EPOCH - last) // step)))


def source(name: str = "proxy-a/access.log", **others: Any) -> SourceAccount:
    """Describe a complete source; `bins` may name only those that have lines."""
    bins: Mapping[Bin, int] = others.pop("bins", {"unrelated": 1000})
    every = {bin_: bins.get(bin_, 0) for bin_ in BINS}
    defaults: dict[str, Any] = {
        "gateway": name.split("/")[0],
        "format": "squid",
        "confidence": 1.0,
        "runner_up": None,
        "size": 1_000_000,
        "bins": every,
        "lines": sum(every.values()),
    }
    return SourceAccount(name=name, **(defaults | others))


def result(rows: Iterable[Row] = (), **others: Any) -> ScanResult:
    """Make a result of findings; without `sources`, one source that fits them and 1,000 lines."""
    listed = list(rows)
    sources = others.pop("sources", None)
    if sources is None:
        sources = [fit_source(listed)]
    defaults: dict[str, Any] = {
        "found": frame(listed),
        "rejects": pl.LazyFrame(
            schema=dict(zip(REJECTS_CSV, (pl.String, pl.Int64, pl.String, pl.String), strict=True))
        ),
        "zone": "Europe/London",
        "selection": Selection(),
        "session_gap_minutes": 30,
        "service_names": NAMES,
        "rules_version": "2024-01",
    }
    return ScanResult(sources=tuple(sources), **(defaults | others))


def fit_source(rows: list[Row], name: str = "proxy-a/access.log", **others: Any) -> SourceAccount:
    """Describe the one source that these findings came from, with lines in every hour between."""
    stamps = sorted(row["time"] for row in rows)
    bins = dict.fromkeys(BINS, 0) | {"unrelated": 1000}
    for row in rows:
        bins[row["bin"]] += 1
    times: dict[str, Any] = {}
    if stamps:
        end = stamps[-1] + timedelta(microseconds=1)
        times = {
            "first_time": stamps[0],
            "last_time": stamps[-1],
            "hours": hours(stamps[0], end),
        }
    return source(name, **({"bins": bins} | times | others))
