"""False positives and misses, measured: what rules say of the hosts that everybody visits.

Every host is asked for once (`GET https://host/`) and goes the way of a line in a scan: prefilter,
record, rules. What belongs to the services is decided apart, in plain Python.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from logan.intake.line_index import LineIndex
from logan.rules.model import Rules
from logan.rules.per_line import tag
from logan.rules.prefilter import Prefilter
from logan.rules.request import requests_as_records
from logan.rules.triggers import watch


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """What rules said of a number of different hosts.

    `own` are those of the services; `wrong` are hits that are none of them, `missed` those of them
    that are no hits. `mentions` and `cleared` count the hosts in these bins.
    """

    hosts: int
    own: int
    wrong: tuple[str, ...]
    missed: tuple[str, ...]
    mentions: int
    cleared: int


def measure(rules: Rules, hosts: Iterable[str]) -> RuleFigures:
    """Judges each different host; names stay in the order of the alphabet."""
    different = sorted({host.lower().rstrip(".") for host in hosts})
    found = _matched(rules, different)
    hits = set(found.filter(pl.col("bin") == "hit")["host"])
    own = set(own_hosts(rules, different))
    bins = dict(found["bin"].value_counts().iter_rows())
    return RuleFigures(
        hosts=len(different),
        own=len(own),
        wrong=tuple(sorted(hits - own)),
        missed=tuple(sorted(own - hits)),
        mentions=bins.get("mention", 0),
        cleared=bins.get("cleared", 0),
    )


def _matched(rules: Rules, hosts: Sequence[str]) -> pl.DataFrame:
    """The findings of all hosts that the prefilter lets through."""
    requests = [f"GET https://{host}/" for host in hosts]
    block = "".join(request + "\n" for request in requests).encode()
    rows = Prefilter(watch(rules)).search(LineIndex(block))
    if rows is not None:
        requests = [requests[row] for row in rows.tolist()]
    return tag(requests_as_records(requests), rules)


def own_hosts(rules: Rules, hosts: Iterable[str]) -> list[str]:
    """The hosts that belong to a service, whole label by whole label."""
    services = rules.services.values()
    domains = {domain for service in services for domain in service.domains}
    own = [host for service in services for host in service.own_hosts() if not host.shared]
    names = {host.host for host in own if host.host}
    pattern = re.compile("|".join(f"(?:{host.host_re})" for host in own if host.host_re) or r"(?!)")
    return [
        host
        for host in hosts
        if host in names or pattern.fullmatch(host) or _lies_in(host, domains)
    ]


def _lies_in(host: str, domains: set[str]) -> bool:
    labels = host.split(".")
    return any(".".join(labels[start:]) in domains for start in range(len(labels)))


def reached_signatures(rules: Rules) -> set[str]:
    """The ids of signatures that decide at least one of the requests that packs carry for them."""
    requests = [one for signature in rules.signatures.values() for one in signature.match]
    return set(tag(requests_as_records(requests), rules)["rule"].drop_nulls()) & set(
        rules.signatures
    )
