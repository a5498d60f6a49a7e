"""What is watched as a table: one row per host of a service, and one per signature."""

import csv
import io
from collections.abc import Iterator

from logan.rules.export.names import one_line
from logan.rules.export.written import WrittenRules
from logan.rules.model import Pack, Rules, Service
from logan.rules.signature import Signature

_COLUMNS = (
    "pack",
    "service",
    "name",
    "category",
    "rule",
    "activity",
    "priority",
    "match",
    "host",
    "methods",
    "path",
    "query",
    "confidence",
    "sources",
    "referrer",
    "status",
    "bytes_sent_min",
)


def export(rules: Rules) -> WrittenRules:
    """One file, RFC 4180 with one header row. `match` says how `host` is to be read."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for pack in rules.packs:
        for service in pack.services:
            for row in (*_of_hosts(service), *_of_signatures(service)):
                cells = {**_of_service(service, pack), **row}
                writer.writerow([_safe(str(cells.get(column, ""))) for column in _COLUMNS])
    return WrittenRules({"logan-watched.csv": text.getvalue()})


def _of_service(service: Service, pack: Pack) -> dict[str, str]:
    return {
        "pack": pack.name,
        "service": service.id,
        "name": service.name,
        "category": service.category,
        "confidence": service.confidence,
        "sources": " ".join(service.sources),
    }


def _of_hosts(service: Service) -> Iterator[dict[str, str]]:
    for domain in service.domains:
        yield {"match": "domain and below", "host": domain}
    for host in service.own_hosts():
        kind = "shared host" if host.shared else "host"
        yield {
            "match": kind if host.host else f"{kind} pattern",
            "host": host.host or host.host_re or "",
            "confidence": host.confidence,
            "sources": " ".join(host.sources),
        }


def _of_signatures(service: Service) -> Iterator[dict[str, str]]:
    for one in service.signatures:
        yield {
            "rule": one.id,
            "activity": one.activity,
            "priority": str(one.priority),
            "match": _kind(one),
            "host": one.domain or one.host or one.host_re or "",
            "methods": " ".join(one.methods),
            "path": one.path or "",
            "query": " ".join(f"{name}={pattern}" for name, pattern in one.query),
            "confidence": one.confidence,
            "sources": " ".join(one.sources),
            "referrer": one.referrer or "",
            "status": " ".join(one.status),
            "bytes_sent_min": "" if one.bytes_sent_min is None else str(one.bytes_sent_min),
        }


def _kind(one: Signature) -> str:
    if one.domain:
        return "domain and below"
    if one.host:
        return "host"
    return "host pattern" if one.host_re else "any host of the service"


def _safe(cell: str) -> str:
    """A cell on one line that a spreadsheet does not run as a formula (OWASP, CSV injection)."""
    bare = one_line(cell)
    return "'" + bare if bare.startswith(("=", "+", "-", "@")) else bare
