"""One request explained, laid out for a person: the verdict first, then its grounds and sources.

Renders an `Explanation` and computes nothing.
"""

from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.text import Text

from logan.outputs.page import Page, open_page
from logan.rules.explain import PROVES, Explanation
from logan.rules.model import FactSource
from logan.rules.near_misses import NearMiss
from logan.rules.pack_vocabulary import CONFIDENCES

_LABEL: Final = 12
_STYLES: Final = {"hit": "bold red", "mention": "bold yellow", "cleared": "bold green"}


def print_explanation(explanation: Explanation, *, console: Console) -> None:
    """Print an explanation at the console's width, with everything from the request escaped."""
    page = open_page(console, top=None)
    for line in _lines(explanation, page):
        console.print(line, soft_wrap=True, highlight=False, markup=False, emoji=False)


def _lines(one: Explanation, page: Page) -> Iterator[Text]:
    yield Text(page.safe(one.request))
    yield Text()
    yield from _field(page, one.bin, _verdict(one), style=_STYLES.get(one.bin, "bold"))
    yield from _field(page, "why", one.grounds)
    if one.activity:
        inferred = " Inferred: likely, not shown by the line." if one.inferred else ""
        yield from _field(page, "proves", PROVES[one.activity] + inferred)
    yield from _used(one, page)
    for sentence in one.counting:
        yield from _field(page, "counting", sentence)
    if one.confidence:
        yield from _field(page, "confidence", f"{one.confidence}: {CONFIDENCES[one.confidence]}")
    for source in one.sources:
        yield from _field(page, "source", _cited(source))
    yield from _notes(one, page)
    for miss in one.near:
        yield from _field(page, "close", _missed(miss))


def _used(one: Explanation, page: Page) -> Iterator[Text]:
    """The pack with the rule, and whether a scan uses it."""
    if one.sigma:
        yield from _field(page, "rules", f"A scan uses this rule with {one.needed}.")
    elif one.pack:
        used = "a scan uses it by default."
        if one.needed:
            used = f"not used by default, a scan needs {one.needed}."
        yield from _field(page, "pack", f"{one.pack}: {used}")


def _verdict(one: Explanation) -> str:
    if one.sigma:
        return f"{one.activity} on {one.sigma.name}"
    if one.service is None:
        return "no watched service"
    if one.bin == "cleared":
        return f"looks like {one.service.name}"
    named = f"{one.activity} on {one.service.name}" if one.activity else one.service.name
    return named + (f" ({one.page})" if one.page else "")


def _notes(one: Explanation, page: Page) -> Iterator[Text]:
    if one.signature and one.signature.seen:
        yield from _field(page, "seen", one.signature.seen)
    if one.signature and one.signature.note:
        yield from _field(page, "note", one.signature.note)
    if one.host and one.host.role:
        guess = " (a guess, not relied on)" if one.host.confidence == "guess" else ""
        yield from _field(page, "host", one.host.role + guess)
    if one.service and one.service.note and one.bin == "hit":
        yield from _field(page, "service", one.service.note)
    harmless = (one.signature.false_positives if one.signature else ()) + (
        one.service.false_positives if one.service and one.bin == "hit" else ()
    )
    for reason in harmless:
        yield from _field(page, "harmless if", reason)


def _missed(miss: NearMiss) -> str:
    reasons = "; ".join(miss.failed) or "it matches too, but another rule is tried first"
    return f"{miss.signature.id} ({miss.signature.activity}): {reasons}"


def _cited(source: FactSource) -> str:
    date = f" ({source.date})" if source.date else ""
    url = f" {source.url}" if source.url else ""
    return f"{source.what}{date}{url}"


def _field(page: Page, label: str, text: str, *, style: str = "dim") -> list[Text]:
    lines = page.wrap(text, first=f"  {label:<{_LABEL}}", rest=" " * (_LABEL + 2))
    lines[0].stylize(style, 2, 2 + len(label))
    return lines
