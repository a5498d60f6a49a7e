"""Look-alike hosts: requests to a host that only looks like a watched service, for IT security.

They are no hits and no mentions. Some are phishing, some bear a similar name by chance.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl

from logan.evidence.limits import PART_ROWS
from logan.records.public_suffixes import public_suffixes
from logan.result import ScanResult, Selection
from logan.runtime.hash_partitions import HashPartitions
from logan.runtime.ordered_map import map_in_order
from logan.schema import TIME
from logan.tables.measures import PEOPLE, SPAN
from logan.tables.parts import KeptRows
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


#: The order of look-alikes in a list: most lines first. No two have the same domain and service.
LOOKALIKES_ORDER: Final = (-pl.col("lines"), pl.col("domain"), pl.col("service"))


def find_lookalikes(result: ScanResult) -> tuple[pl.LazyFrame, ...]:
    """Count the lines to look-alike hosts in the selection: the columns of `LOOKALIKES`.

    One row per registered `domain` (what somebody must have registered, or rented from a hoster)
    and `service` it looks like; `hosts` in order. `lines` counts every line in the bin `cleared`,
    `blocked` those that the gateway stopped; times are UTC. The rows come in pieces, in
    no order (`LOOKALIKES_ORDER`), and lie in files in the result's folder where the findings are.
    """
    runs = [run.rows for run in result.runs] or [result.found]
    folder = result.folder.path if result.folder and len(runs) > 1 else None
    counted = map_in_order(partial(_count_requests, result.selection), runs)
    kept = KeptRows(folder, "lookalikes")
    kept.append(pl.DataFrame(schema=LOOKALIKES))
    for domains in map_in_order(_count_domains, _by_domain(counted, folder)):
        kept.append(domains)
    return kept.pieces()


def _by_domain(counted: Iterable[pl.DataFrame], folder: Path | None) -> Iterator[pl.DataFrame]:
    """The rows of all frames that have any, those of a domain together."""
    frames = (frame for frame in counted if not frame.is_empty())
    if folder is None:
        yield from frames
        return
    with TemporaryDirectory(dir=folder, prefix="lookalikes-") as cuts:
        cut = HashPartitions(Path(cuts) / "domains", pl.col("domain"))
        for frame in frames:
            cut.add(frame)
        yield from cut.parts(PART_ROWS)


def _count_requests(selection: Selection, found: pl.LazyFrame) -> pl.DataFrame:
    """Lines to look-alike hosts by host, with its `domain`, and by who asked for it."""
    rows = select(found, selection, outcome="cleared").filter(pl.col("rule") == LOOKALIKE)
    counted = rows.group_by("host", "service", "user", "client_ip").agg(
        lines=pl.len().cast(pl.Int64),
        blocked=(pl.col("action") == "blocked").fill_null(value=False).sum().cast(pl.Int64),
        **SPAN,
    )
    requests = counted.collect(engine="streaming")
    if requests.is_empty():
        return requests
    return requests.join(_with_domains(requests["host"].unique()), on="host")


def _count_domains(requests: pl.DataFrame) -> pl.DataFrame:
    """The rows of `find_lookalikes` for some domains, of which all requests are given."""
    domains = requests.lazy().group_by("domain", "service")
    counted = domains.agg(
        pl.col("lines", "blocked").sum(),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
        hosts=pl.col("host").unique().sort(),
        **PEOPLE,
    )
    return counted.select(LOOKALIKES.keys()).collect()


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
