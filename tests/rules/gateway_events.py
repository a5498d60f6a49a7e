"""What several gateways log, as events: when, at which gateway, which request, by whom."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from logan.rules.packs import load_rules
from logan.rules.per_line import tag
from logan.rules.repeated_hits import with_hits_repeated
from logan.rules.request import requests_as_records
from logan.rules.seen_twice import without_seen
from logan.schema import ACTION, TIME
from tests.rules.repeats import check_hits_repeated, with_lines

START = datetime(2024, 3, 4, 9, tzinfo=UTC)
GET = "GET https://pimeyes.com/en"
CONNECT = "CONNECT pimeyes.com:443"
DNS = "DNS pimeyes.com"
NOBODY: dict[str, Any] = {"user": None}
#: Seconds after the start, the gateway, the request, and what its record has beside.
Event = tuple[float, int, str, dict[str, Any]]
PERSON = {"user": "FORCE\\jdoe", "client_ip": "10.1.2.3"}
RULES = load_rules()


def seen(at: float, gateway: int, request: str = GET, **more: Any) -> Event:
    return (at, gateway, request, more)


def found(events: list[Event]) -> pl.DataFrame:
    records = requests_as_records([request for _, _, request, _ in events])
    rows = [PERSON | more for *_, more in events]
    method = pl.Series([row.get("method", "as asked") for row in rows], dtype=pl.String)
    as_asked = pl.lit(method) == "as asked"
    times = pl.Series([START + timedelta(seconds=at) for at, *_ in events]).cast(TIME)
    lasted = pl.Series([row.get("lasted") for row in rows], dtype=pl.Float64)
    tagged = tag(
        records.with_columns(
            method=pl.when(as_asked).then("method").otherwise(pl.lit(method)),
            time=times,
            user=pl.Series([row["user"] for row in rows], dtype=pl.String),
            client_ip=pl.Series([row["client_ip"] for row in rows], dtype=pl.String),
            action=pl.Series([row.get("action", "unknown") for row in rows], dtype=ACTION),
            source=pl.Series([gateway for _, gateway, *_ in events], dtype=pl.UInt32),
            setup=pl.lit(value=False),
            bytes_received=pl.Series([row.get("bytes") for row in rows], dtype=pl.Int64),
            began=times - pl.duration(milliseconds=lasted * 1000),
        ),
        RULES,
    )
    return with_lines(tagged)


def once(events: list[Event]) -> pl.DataFrame:
    settled = with_hits_repeated(without_seen(found(events), range(10))[0])
    reverse = with_hits_repeated(without_seen(found(events)[::-1], range(10))[0])
    assert settled.equals(reverse[::-1]), "the order of rows changes nothing"
    check_hits_repeated(settled)
    return settled


def bins(events: list[Event]) -> str:
    """The bins of the lines, by their first letters."""
    return "".join(name[0] for name in once(events)["bin"])
