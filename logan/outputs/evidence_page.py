"""One hit for a person: what is known of it, by which rule, and what that proves."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rich.text import Text

from logan.outputs.page import Page
from logan.tables.table_fields import FLAGS, REPEAT_WORDS

Row = Mapping[str, str | None]

_FACTS: Final = (
    *("time", "time_local", "user", "client_ip", "service", "activity", "action", "evidence"),
    *("method", "host", "path", "status", "bytes_sent", "bytes_received", "source", "line"),
)
#: The width of names of facts.
_LABEL: Final = 16
_SOURCE_FACTS: Final = ("format", "gateway", "zone", "zone_from", "sha256", "content_sha256")


def lay_out_evidence(
    page: Page,
    table: str,
    row: Row,
    rule: Row | None,
    source: Row | None,
    repeats: Sequence[Row] = (),
    repeats_in_all: int | None = 0,
) -> Iterator[Text]:
    """The lines about a row of `table`, its rule and its source; empty cells are left out.

    Then the `repeats` of it, out of so many in all; None: the package does not say which they are.
    Prose is wrapped; what stands in a log is not, so that it can be copied.
    """
    kind = "a hit" if table == "hits.csv" else "a mention, never counted as a hit"
    yield Text(page.safe(f"{row.get('hit') or ''}  {kind}"))
    yield from _list(page, row, _FACTS)
    for flag in (row.get("flags") or "").split():
        yield from _prose(page, "flag", f"{flag}: {FLAGS.get(flag, 'not known to this logan')}")
    yield Text("Why")
    decided = row.get("rule") or "no rule; the host is the service's own, and that alone decided"
    yield from _prose(page, "rule", decided)
    yield from _list(page, rule or {}, ("proves", "confidence"))
    if rule and rule.get("source"):
        yield from _prose(page, "on whose word", rule["source"] or "")
    yield Text("Where from")
    yield from _list(page, source or {}, _SOURCE_FACTS)
    if table == "hits.csv":
        yield from _list_repeats(page, repeats, repeats_in_all)


def _list_repeats(page: Page, repeats: Sequence[Row], in_all: int | None) -> Iterator[Text]:
    """The lines that tell of the same request and are not counted for it."""
    if in_all is None:
        unknown = "not known, the package is of a logan that did not list them"
        yield from page.wrap(f"Lines that repeat it: {unknown}", rest="  ")
        return
    yield Text("Lines that repeat it" if in_all else "Lines that repeat it: none")
    for row in repeats:
        words = REPEAT_WORDS.get(row["reason"] or "", "not known to this logan")
        yield Text(page.safe(f"  {row['source']}:{row['line']}  {row['time'] or ''}"))
        yield from page.wrap(f"{row['reason'] or ''}: {words}", first="    ", rest=" " * 6)
    if in_all > len(repeats):
        more = f"and {in_all - len(repeats):,} more: hit = {repeats[0]['hit']} in repeats.csv"
        yield from page.wrap(more, first="  ")


def _list(page: Page, row: Row, names: tuple[str, ...]) -> Iterator[Text]:
    for name in names:
        if value := row.get(name):
            yield Text(page.safe(f"  {name:<{_LABEL}} {value}"))


def _prose(page: Page, name: str, text: str) -> Iterator[Text]:
    yield from page.wrap(text, first=f"  {name:<{_LABEL}} ")
