"""Look-alike hosts: requests to a host that only looks like a watched service, for IT security.

They are no hits and no mentions. Some are phishing, some bear a similar name by chance.
"""

from collections.abc import Iterable
from typing import Final

import polars as pl

from logan.records.public_suffixes import public_suffixes
from logan.result import ScanResult
from logan.schema import TIME
from logan.tables.measures import PEOPLE, SPAN
from logan.tables.selection import select
from logan.vocabulary import LOOKALIKE

_HOSTS_AT_ONCE: Final = 10_000
#: The columns of `find_lookalikes`.
LOOKALIKES: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "domain": pl.String,
    "service": pl.String,
    "hosts": pl.List(pl.String),
    "lines": pl.Int64,
    "users": pl.Int64,
    "addresses": pl.Int64,
    "blocked": pl.Int64,
    "first_seen": TIME,
    "last_seen": TIME,
}


def find_lookalikes(result: ScanResult) -> pl.DataFrame:
    """Count the lines to look-alike hosts in the selection, most first, then by domain.

    One row per registered `domain` (what somebody must have registered, or rented from a hoster)
    and `service` it looks like; `hosts` in order. `lines` counts every line in the bin `cleared`,
    `blocked` those that the gateway stopped; times are UTC.
    """
    rows = select(result.found, result.selection, outcome="cleared")
    rows = rows.filter(pl.col("rule") == LOOKALIKE)
    hosts = rows.select("host").unique().collect(engine="streaming")["host"]
    if hosts.is_empty():
        return pl.DataFrame(schema=LOOKALIKES)
    return (
        rows.select("host", "service", "user", "client_ip", "action", "time")
        .join(_with_domains(hosts).lazy(), on="host")
        .group_by("domain", "service")
        .agg(
            hosts=pl.col("host").unique().sort(),
            lines=pl.len().cast(pl.Int64),
            blocked=(pl.col("action") == "blocked").fill_null(value=False).sum().cast(pl.Int64),
            **PEOPLE,
            **SPAN,
        )
        .select(LOOKALIKES.keys())
        .sort("lines", "domain", "service", descending=[True, False, False])
        .collect(engine="streaming")
    )


def _with_domains(hosts: pl.Series) -> pl.DataFrame:
    """Hosts and what somebody registered of each; some thousands at a time, which are objects."""
    starts = range(0, len(hosts), _HOSTS_AT_ONCE)
    parts = (name_domains(hosts.slice(start, _HOSTS_AT_ONCE)) for start in starts)
    domains = [pl.Series(list(part.values()), dtype=pl.String) for part in parts]
    return pl.DataFrame({"host": hosts, "domain": pl.concat(domains)})


def name_domains(hosts: Iterable[str]) -> dict[str, str]:
    """Give for each host the part that somebody registered, by the bundled public suffix list.

    Domains that a hoster hands out count (`x.github.io`). Where the list knows no suffix, the last
    label is one, as its own algorithm has it. Reads no network and keeps no cache.
    """
    split = public_suffixes()
    named = {}
    for host in hosts:
        part = split(host)
        labels = 2 + part.suffix.count(".") if part.suffix else 2
        named[host] = ".".join(host.split(".")[-labels:])
    return named
