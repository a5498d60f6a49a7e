"""Reads STIX 2.1 bundles: indicators of domain names, hosts and addresses become services.

Indicators that share a name are one service. A domain name stands for itself and all below it, as
in block lists; an address for one host, path and query. `valid_until` holds, `valid_from` does not:
it says when somebody knew, and older logs count too. Patterns of any other kind are refused.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from logan.errors import Problem
from logan.rules.language import DOMAIN, ID
from logan.rules.model import FactSource, Host, Pack, Rules, Service, ServiceTests
from logan.rules.signature import Signature
from logan.rules.stix.pattern import NamedIndicator, PatternFaultError, read_pattern
from logan.rules.suffixes import suffix_problems
from logan.vocabulary import Activity

_MAX_BYTES: Final = 50_000_000
_SOURCE: Final = "STIX"
#: Somebody else's word, whose grounds logan does not know.
_CONFIDENCE: Final = "news"
_WHEN: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T[0-9:.]+Z")


def read_bundle(path: Path, problems: list[Problem]) -> list[Pack]:
    """The pack in a bundle; none where problems were added instead."""
    try:
        with path.open("rb") as file:  # never all of it: it may be a device
            text = file.read(_MAX_BYTES + 1).decode()
    except OSError as error:
        problems.append(Problem(path, None, f"cannot be read: {error.strerror}"))
        return []
    except UnicodeDecodeError:
        problems.append(Problem(path, None, "is not UTF-8", "Save the file as UTF-8."))
        return []
    return parse_bundle(text, path=path, problems=problems)


def parse_bundle(text: str, *, path: Path | str, problems: list[Problem]) -> list[Pack]:
    """As `read_bundle`, from text; `path` is used in messages only."""
    before = len(problems)
    bundle = _parse(text, path, problems)
    services: dict[str, Service] = {}
    for indicator in _indicators(bundle):
        _add(indicator, _Place(text, path, problems), services)
    if len(problems) == before and not services:
        problems.append(Problem(path, 1, "holds no indicator of a domain name or an address"))
    if len(problems) > before:
        return []
    pack = _pack(bundle, path, _without_overlaps(list(services.values())))
    problems += suffix_problems(Rules((pack,)))
    return [] if len(problems) > before else [pack]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an indicator stands in its file, for messages."""

    text: str
    path: Path | str
    problems: list[Problem]

    def line_of(self, indicator: Mapping[str, Any]) -> int:
        at = max(self.text.find(str(indicator.get("id", "\0"))), 0)
        return self.text.count("\n", 0, at) + 1

    def add(self, indicator: Mapping[str, Any], message: str, advice: str | None = None) -> None:
        self.problems.append(Problem(self.path, self.line_of(indicator), message, advice))


def _parse(text: str, path: Path | str, problems: list[Problem]) -> Mapping[str, Any]:
    if len(text) > _MAX_BYTES:
        problems.append(Problem(path, None, f"is larger than {_MAX_BYTES:,} bytes", "Split it."))
        return {}
    try:
        bundle = json.loads(text)
    except json.JSONDecodeError as error:
        problems.append(Problem(path, error.lineno, f"is not JSON: {error.msg}"))
        return {}
    except ValueError:
        problems.append(Problem(path, None, "holds a number too long to be one"))
        return {}
    except RecursionError:
        problems.append(Problem(path, None, "nests too deeply to be a STIX bundle"))
        return {}
    if not isinstance(bundle, dict) or bundle.get("type") != "bundle":
        advice = 'Give a file that begins with {"type": "bundle", ...}.'
        problems.append(Problem(path, 1, "is JSON, but no STIX bundle", advice))
        return {}
    return bundle


def _indicators(bundle: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    objects = bundle.get("objects", [])
    for one in objects if isinstance(objects, list) else ():
        if isinstance(one, dict) and one.get("type") == "indicator" and not one.get("revoked"):
            yield one


def _add(indicator: Mapping[str, Any], place: _Place, services: dict[str, Service]) -> None:
    """Adds what an indicator names to its service, or a problem."""
    kind = indicator.get("pattern_type", "stix")
    if kind != "stix":
        advice = "Take it out; load Sigma rules from files of their own."
        place.add(indicator, f"the indicator's pattern is of type `{str(kind)[:40]}`", advice)
        return
    try:
        found = read_pattern(str(indicator.get("pattern", "")))
    except PatternFaultError as fault:
        place.add(indicator, str(fault), fault.advice)
        return
    service = _service(indicator, place)
    for number, named in enumerate(found):
        extended = (
            _with(service, named, number) if named.kind == "url" else _with_name(service, named)
        )
        if extended is None:
            message = f"`{named.value[:60]}` is no name that a log could hold"
            place.add(indicator, message, "Write it in lower case, in its IDNA form.")
            return
        service = extended
    known = services.get(service.id)
    services[service.id] = _merged(known, service) if known else service


def _service(indicator: Mapping[str, Any], place: _Place) -> Service:
    # What a feed calls itself ends up in comments of configuration files: one line, no controls.
    words = str(indicator.get("name") or indicator.get("id") or "indicator").split()
    name = "".join(sign for sign in " ".join(words) if sign.isprintable())
    slug = re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")[:60]
    return Service(
        id=_exported_id(indicator) or (slug if re.match("[a-z]", slug) else f"stix_{slug}"),
        name=name,
        category="watch_list",
        confidence=_CONFIDENCE,
        sources=(_SOURCE,),
        path=place.path,
        line=place.line_of(indicator),
        valid_to=_day(indicator.get("valid_until")),
        tests=ServiceTests(),
    )


def _exported_id(indicator: Mapping[str, Any]) -> str | None:
    """The service's id in the pack that logan exported, where it did."""
    references = indicator.get("external_references")
    for one in references if isinstance(references, list) else ():
        if isinstance(one, dict) and one.get("source_name") == "logan":
            found = str(one.get("external_id"))
            return found if re.fullmatch(ID.pattern or "", found) else None
    return None


def _day(stamp: object) -> date | None:
    found = _WHEN.fullmatch(str(stamp))
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _with_name(service: Service, named: NamedIndicator) -> Service | None:
    name = named.value.lower().rstrip(".")
    if not re.fullmatch(DOMAIN.pattern or "", name):
        return None
    if named.kind == "domain":
        return service._replace(domains=(*service.domains, name))
    host = Host(name, None, None, _CONFIDENCE, (_SOURCE,))
    return service._replace(hosts=(*service.hosts, host))


def _with(service: Service, named: NamedIndicator, number: int) -> Service | None:
    """The service with a signature for one address: only such requests are hits."""
    try:
        url = urlsplit(named.value)
    except ValueError:
        return None
    host = (url.hostname or "").rstrip(".")
    if not re.fullmatch(DOMAIN.pattern or "", host):
        return None
    signature = Signature(
        id=f"{service.id}.address_{service.line}_{number}",
        activity="page",
        priority=50,
        confidence=_CONFIDENCE,
        sources=(_SOURCE,),
        line=service.line,
        host=host,
        path=re.escape(url.path or "/"),
        query=tuple(
            (name, f"^{re.escape(value)}$")
            for name, value in parse_qsl(url.query, keep_blank_values=True)
        ),
        match=(f"GET {named.value}",),
    )
    shared = Host(host, None, None, _CONFIDENCE, (_SOURCE,), shared=True)
    hosts = service.hosts if shared in service.hosts else (*service.hosts, shared)
    return service._replace(hosts=hosts, signatures=(*service.signatures, signature))


def _merged(one: Service, other: Service) -> Service:
    """Both; valid as long as either is."""
    ends = (one.valid_to, other.valid_to)
    return one._replace(
        domains=tuple(dict.fromkeys((*one.domains, *other.domains))),
        hosts=tuple(dict.fromkeys((*one.hosts, *other.hosts))),
        signatures=(*one.signatures, *other.signatures),
        valid_to=None if None in ends else max(end for end in ends if end),
    )


def _without_overlaps(services: Sequence[Service]) -> tuple[Service, ...]:
    """Each name once: what lies in a domain of any service needs no entry of its own."""
    domains = {domain for service in services for domain in service.domains}
    taken: set[str] = set()

    def is_new(name: str) -> bool:
        labels = name.split(".")
        above = {".".join(labels[start:]) for start in range(1, len(labels))}
        new = name not in taken and not above & domains
        taken.add(name)
        return new

    found = []
    for service in services:
        own = tuple(filter(is_new, service.domains))
        hosts = tuple(host for host in service.hosts if host.shared or is_new(host.host or ""))
        if own or hosts:
            found.append(service._replace(domains=own, hosts=hosts, default=_default(own, hosts)))
    return tuple(found)


def _default(domains: Sequence[str], hosts: Sequence[Host]) -> Activity | None:
    return None if not domains and all(host.shared for host in hosts) else "page"


def _pack(bundle: Mapping[str, Any], path: Path | str, services: tuple[Service, ...]) -> Pack:
    days = [_day(one.get("modified")) for one in _indicators(bundle)]
    name = re.sub("[^a-z0-9]+", "-", Path(path).name.removesuffix(".json").lower()).strip("-")
    what = f"STIX bundle {bundle.get('id', 'without an id')}"
    return Pack(
        name=name or "stix",
        title=what,
        version=1,
        checked=max((day for day in days if day), default=datetime.now(UTC).date()),
        path=path,
        sources={_SOURCE: FactSource(_SOURCE, what)},
        services=services,
    )
