"""Requests as people write them (`POST https://a.example/x`), turned into canonical records.

For the tests inside packs and for `logan rules explain`: both judge through the same steps as a
scan. A request is `METHOD ADDRESS`, then, each if need be, the status of the answer (`422`), the
size of the request (`sent=150000`) and ` < REFERRER`. `CONNECT host:port` is a tunnel, `DNS name` a
look-up, and `-` stands for a method that the log does not give.
"""

import re
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


_GIVEN = ("method", "url", "host", "status", "bytes_sent", "evidence", "referrer")
_REQUEST = re.compile(
    r"(?P<method>[^ ]*) ?(?P<address>.*?)(?: (?P<status>[1-5][0-9]{2}))?"
    r"(?: sent=(?P<bytes_sent>[0-9]{1,15}))?(?: < (?P<referrer>.+))?",
    re.DOTALL,
)


def _raw(request: str) -> dict[str, Any]:
    parts = _REQUEST.fullmatch(request)
    assert parts is not None  # noqa: S101 - every part may be missing
    method, address = parts["method"], parts["address"]
    row: dict[str, Any] = dict.fromkeys(_GIVEN) | {"referrer": parts["referrer"]}
    if method == "DNS":
        return row | {"host": address, "evidence": "dns"}
    row |= {name: int(parts[name]) for name in ("status", "bytes_sent") if parts[name]}
    evidence = "connect" if method == "CONNECT" else "url"
    known = None if method == "-" else method
    return row | {"method": known, "url": address, "evidence": evidence}
