"""Requests as people write them (`POST https://a.example/x`), turned into canonical records.

For the tests inside packs and for `logan rules explain`: both judge through the same steps as a
scan. A request is `METHOD ADDRESS`, optionally ` < REFERRER`; `CONNECT host:port` is a tunnel,
`DNS name` a look-up, and `-` stands for a method that the log does not give.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl

from logan.records.canonical import records
from logan.schema import RAW

_WHEN = datetime(2024, 6, 3, 12, tzinfo=UTC)


def requests_as_records(requests: Sequence[str], *, when: datetime = _WHEN) -> pl.DataFrame:
    """One record per request, in order, as `logan.rules.per_line.tag` takes them; all at `when`."""
    rows = [_raw(request) for request in requests]
    raw = pl.DataFrame(rows, schema={name: RAW[name] for name in _GIVEN})
    lines = raw.with_columns(
        time=pl.lit(when).cast(RAW["time"]),
        source=pl.lit("<request>"),
        line=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        text=pl.Series(list(requests), dtype=pl.String),
    )
    return records(lines, zone=None)


_GIVEN = ("method", "url", "host", "evidence", "referrer")


def _raw(request: str) -> dict[str, Any]:
    asked, _, referrer = request.partition(" < ")
    method, _, address = asked.partition(" ")
    row: dict[str, Any] = dict.fromkeys(_GIVEN) | {"referrer": referrer or None}
    if method == "DNS":
        return row | {"host": address, "evidence": "dns"}
    evidence = "connect" if method == "CONNECT" else "url"
    known = None if method == "-" else method
    return row | {"method": known, "url": address, "evidence": evidence}
