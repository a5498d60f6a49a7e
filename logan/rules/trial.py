"""Runs the tests that packs carry, and those that every domain must pass.

Every signature is reached, every request ends in the bin promised.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logan.errors import Problem
from logan.rules.model import Rules, Service
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records
from logan.rules.signature import Signature
from logan.vocabulary import Bin

Found = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TrialOutcome:
    """How many tests ran, and what failed."""

    requests: int
    failures: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    request: str
    service: Service
    line: int
    expected: str
    holds: Callable[[Found], bool]


def try_rules(rules: Rules) -> TrialOutcome:
    """Judges every request in the packs as a scan would. Each is a log of one line, at one time."""
    cases = [case for service in rules.services.values() for case in _cases(service)]
    records = requests_as_records([case.request for case in cases])
    found = tag(records, rules).iter_rows(named=True)
    failures = [
        _failure(case, row) for case, row in zip(cases, found, strict=True) if not case.holds(row)
    ]
    return TrialOutcome(len(cases), tuple(failures))


def _cases(service: Service) -> Iterator[_Case]:
    for signature in service.signatures:
        yield from _of_signature(service, signature)
    for bin_ in ("hit", "mention", "cleared", "unrelated"):
        requests: Sequence[str] = getattr(service.tests, bin_)
        for request in requests:
            yield _Case(request, service, service.line, bin_, _in_bin(bin_, service))
    for domain in service.domains:
        yield from _of_domain(service, domain)


def _of_signature(service: Service, signature: Signature) -> Iterator[_Case]:
    for request in signature.match:
        expected = f"{signature.activity} by {signature.id}"
        yield _Case(request, service, signature.line, expected, _by(signature, wanted=True))
    for request in signature.no_match:
        expected = f"anything but {signature.id}"
        yield _Case(request, service, signature.line, expected, _by(signature, wanted=False))


def _of_domain(service: Service, domain: str) -> Iterator[_Case]:
    """What must hold for every domain, so that no pack can forget it."""
    always = service.valid_from is None and service.valid_to is None
    visits = (f"GET https://www.{domain}/", f"CONNECT {domain}:443", f"DNS {domain}")
    for request in visits if always else ():
        yield _Case(request, service, service.line, "hit", _on(service, wanted=True))
    for host in (f"not{domain}", f"{domain}.evil.example", f"{domain}@evil.example"):
        request, expected = f"GET https://{host}/", f"anything but a hit on {service.id}"
        yield _Case(request, service, service.line, expected, _on(service, wanted=False))


def _on(service: Service, *, wanted: bool) -> Callable[[Found], bool]:
    return lambda row: (row["bin"] == "hit" and row["service"] == service.id) is wanted


def _by(signature: Signature, *, wanted: bool) -> Callable[[Found], bool]:
    return lambda row: (row["rule"] == signature.id) is wanted


def _in_bin(bin_: Bin, service: Service) -> Callable[[Found], bool]:
    return lambda row: row["bin"] == bin_ and row["service"] in (service.id, None)


def _failure(case: _Case, row: Found) -> Problem:
    verdict = [row["bin"], row["activity"], row["service"] and f"on {row['service']}"]
    verdict.append(row["rule"] and f"by {row['rule']}")
    got = " ".join(str(part) for part in verdict if part)
    message = f"`{case.request}` is {got}, not {case.expected}"
    advice = f"Compare: logan rules explain '{case.request.split(' < ')[0]}'"
    return Problem(case.service.path, case.line, message, advice)
