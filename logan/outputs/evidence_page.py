"""One hit for a person: what is known of it, by which rule, and what that proves."""

from collections.abc import Iterator, Mapping
from typing import Final

from logan.outputs.text import printable
from logan.schema import FLAGS

Row = Mapping[str, str | None]

_FACTS: Final = (
    *("time", "time_local", "user", "client_ip", "service", "activity", "action", "evidence"),
    *("method", "host", "path", "status", "bytes_sent", "bytes_received", "source", "line"),
)
_SOURCE_FACTS: Final = ("format", "gateway", "zone", "zone_from", "sha256", "content_sha256")


def write_evidence(table: str, row: Row, rule: Row | None, source: Row | None) -> Iterator[str]:
    """The lines about a row of `table`, its rule and its source; empty cells are left out."""
    kind = "a hit" if table == "hits.csv" else "a mention, never counted as a hit"
    yield f"{row.get('hit') or ''}  {kind}"
    yield from _list(row, _FACTS)
    for flag in (row.get("flags") or "").split():
        yield f"  {'flag':<16} {printable(flag)}: {FLAGS.get(flag, 'not known to this logan')}"
    yield "Why"
    decided = row.get("rule") or "no rule; the host is the service's own, and that alone decided"
    yield f"  {'rule':<16} {printable(decided)}"
    yield from _list(rule or {}, ("proves", "confidence"))
    if rule and rule.get("source"):
        yield f"  {'on whose word':<16} {printable(rule['source'] or '')}"
    yield "Where from"
    yield from _list(source or {}, _SOURCE_FACTS)


def _list(row: Row, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if value := row.get(name):
            yield f"  {name:<16} {printable(value)}"
