"""One hit for a person: what is known of it, by which rule, and what that proves."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from logan.outputs.text import printable
from logan.tables.table_fields import FLAGS, REPEAT_WORDS

Row = Mapping[str, str | None]

_FACTS: Final = (
    *("time", "time_local", "user", "client_ip", "service", "activity", "action", "evidence"),
    *("method", "host", "path", "status", "bytes_sent", "bytes_received", "source", "line"),
)
_SOURCE_FACTS: Final = ("format", "gateway", "zone", "zone_from", "sha256", "content_sha256")


def write_evidence(
    table: str,
    row: Row,
    rule: Row | None,
    source: Row | None,
    repeats: Sequence[Row] = (),
    repeats_in_all: int | None = 0,
) -> Iterator[str]:
    """The lines about a row of `table`, its rule and its source; empty cells are left out.

    Then the `repeats` of it, out of so many in all; None: the package does not say which they are.
    """
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
    if table == "hits.csv":
        yield from _list_repeats(repeats, repeats_in_all)


def _list_repeats(repeats: Sequence[Row], in_all: int | None) -> Iterator[str]:
    """The lines that tell of the same request and are not counted for it."""
    if in_all is None:
        yield "Lines that repeat it: not known, the package is of a logan that did not list them"
        return
    yield "Lines that repeat it" if in_all else "Lines that repeat it: none"
    for row in repeats:
        place = f"{row['source']}:{row['line']}"
        words = REPEAT_WORDS.get(row["reason"] or "", "not known to this logan")
        yield f"  {printable(place)}  {printable(row['time'] or '')}"
        yield f"    {printable(row['reason'] or '')}: {words}"
    if in_all > len(repeats):
        yield f"  and {in_all - len(repeats):,} more: hit = {repeats[0]['hit']} in repeats.csv"


def _list(row: Row, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if value := row.get(name):
            yield f"  {name:<16} {printable(value)}"
