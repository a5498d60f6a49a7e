"""Tables about the rules themselves: what is watched, and figures on how well it is known."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from logan.outputs.page import Page, open_page
from logan.rules.model import Pack, Rules, Service
from logan.rules.pack_vocabulary import CONFIDENCES
from logan.rules.packs import DEFAULT_PACK


def service_records(rules: Rules) -> list[dict[str, Any]]:
    """Every service as plain values, for JSON."""
    return [
        {
            "id": service.id,
            "name": service.name,
            "pack": pack.name,
            "category": service.category,
            "confidence": service.confidence,
            "domains": list(service.domains),
            "hosts": [host.host or host.host_re for host in service.own_hosts()],
            "signatures": len(service.signatures),
        }
        for pack in rules.packs
        for service in pack.services
    ]


def pack_figures(rules: Rules) -> list[dict[str, Any]]:
    """Numbers per pack: services, signatures by confidence, test requests, dated sources."""
    return [_figures(pack) for pack in rules.packs]


def _figures(pack: Pack) -> dict[str, Any]:
    signatures = [one for service in pack.services for one in service.signatures]
    known = Counter(one.confidence for one in signatures)
    return {
        "pack": pack.name,
        "version": pack.version,
        "checked": pack.checked.isoformat(),
        "services": len(pack.services),
        "signatures": len(signatures),
        "by_confidence": {name: known[name] for name in CONFIDENCES if known[name]},
        "requests": sum(_tested(service) for service in pack.services),
        "sources": len(pack.sources),
        "dated_sources": sum(source.date is not None for source in pack.sources.values()),
    }


def _tested(service: Service) -> int:
    tests = service.tests
    own = [tests.hit, tests.mention, tests.cleared, tests.unrelated]
    own += [requests for one in service.signatures for requests in (one.match, one.no_match)]
    return sum(map(len, own))


def print_packs(rules: Rules, *, console: Console) -> None:
    """Print every pack with its services and their domains."""
    page = open_page(console, top=None)
    _print(console, (line for pack in rules.packs for line in _pack_lines(pack, page)))
    _print(console, _sigma_lines(rules, page))


def _sigma_lines(rules: Rules, page: Page) -> Iterator[Text]:
    if rules.sigma:
        yield from page.wrap(f"Sigma rules ({len(rules.sigma)})", style="bold")
    for rule in rules.sigma:
        yield from page.wrap(f"{rule.level}: {rule.title} ({rule.activity})", first="  ")


def _pack_lines(pack: Pack, page: Page) -> Iterator[Text]:
    use = "on by default" if pack.name == DEFAULT_PACK else f"--pack {pack.name}"
    yield from page.wrap(pack.name, style="bold")
    yield from page.wrap(f"{pack.title}. Version {pack.version}, checked {pack.checked}; {use}")
    yield Text()
    width = max((len(service.id) for service in pack.services), default=0) + 2
    for service in pack.services:
        hosts = [host.host or host.host_re or "" for host in service.own_hosts()]
        text = f"{service.name}: {', '.join([*service.domains, *hosts])}"
        yield from page.wrap(text, first=f"  {service.id:<{width}}")
    yield Text()


def print_figures(figures: Sequence[Mapping[str, Any]], *, console: Console) -> None:
    """Print the figures of packs, one paragraph each."""
    page = open_page(console, top=None)
    _print(console, (line for one in figures for line in _figure_lines(one, page)))


def _figure_lines(one: Mapping[str, Any], page: Page) -> Iterator[Text]:
    known = ", ".join(f"{number} {name}" for name, number in one["by_confidence"].items())
    yield from page.wrap(f"{one['pack']} {one['version']}", style="bold")
    yield from page.wrap(f"{one['services']} services, checked {one['checked']}", first="  ")
    yield from page.wrap(f"{one['signatures']} signatures: {known or 'none'}", first="  ")
    yield from page.wrap(f"{one['requests']} requests as tests", first="  ")
    sources = f"{one['sources']} sources, {one['dated_sources']} of them dated"
    yield from page.wrap(sources, first="  ")
    yield Text()


def _print(console: Console, lines: Iterator[Text]) -> None:
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False, markup=False, emoji=False)
