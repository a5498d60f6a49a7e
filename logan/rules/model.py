"""What a rule pack says, as values: services, their hosts, and all packs of a scan together.

Nothing here reads a file or looks at a log line. Named tuples, for these are made at every start,
and a data class takes a millisecond to make.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from logan.rules.pack_vocabulary import FACE_SEARCH, NO_SEARCH_KNOWN, Category, Confidence
from logan.rules.signature import Signature
from logan.vocabulary import Activity, UnknownSearch

if TYPE_CHECKING:
    from logan.rules.sigma.rule import SigmaRule

#: The activity of a request when the service's host alone is no hit (`default: none`).
NO_DEFAULT: Final = "none"


class FactSource(NamedTuple):
    """Where a fact comes from. `date` is that of the material (year, month or day), if known."""

    id: str
    what: str
    date: str | None = None
    url: str | None = None


class Host(NamedTuple):
    """One host (`host`) or family of hosts (`host_re`, a full match) of a service.

    `shared`: the host serves other things too, so only a signature makes a request a hit.
    `mail_only`: it sends mail and shows no page, so that a look-up is a mail server's.
    """

    host: str | None
    host_re: str | None
    role: str | None
    confidence: Confidence
    sources: tuple[str, ...]
    shared: bool = False
    note: str | None = None
    mail_only: bool = False


class ServiceTests(NamedTuple):
    """Requests (`METHOD URL [referrer]`) of a service by the bin they must end in."""

    hit: tuple[str, ...] = ()
    mention: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
    unrelated: tuple[str, ...] = ()


class Service(NamedTuple):
    """A watched site: the domains and hosts that are it, and what requests to it mean.

    `signatures` stand in the order in which they are tried. `default` is the activity of a request
    whose URL is known and matches none of them; None: such a request is no hit. `search_unknown`
    says what is not known about the requests that start its searches. `apps` are ids of its apps in
    stores: a line with one mentions it. `lookalikes_of` are labels that mean this service wherever
    they stand: other hosts with one, or with one that is a letter off, are look-alikes.
    """

    id: str
    name: str
    category: Category
    confidence: Confidence
    sources: tuple[str, ...]
    path: Path | str
    line: int
    domains: tuple[str, ...] = ()
    hosts: tuple[Host, ...] = ()
    default: Activity | None = "page"
    signatures: tuple[Signature, ...] = ()
    search_unknown: UnknownSearch | None = None
    apps: tuple[str, ...] = ()
    lookalikes_of: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    note: str | None = None
    false_positives: tuple[str, ...] = ()
    tests: ServiceTests = ServiceTests()

    def own_hosts(self) -> tuple[Host, ...]:
        """The hosts that decide something: no guesses, none that lie in a domain anyway."""
        return tuple(
            host for host in self.hosts if host.confidence != "guess" and not self._covers(host)
        )

    def own_names(self) -> tuple[str, ...]:
        """Domains, and hosts by name that serve nothing else: each alone names the service."""
        hosts = (one.host for one in self.own_hosts() if one.host and not one.shared)
        return (*self.domains, *hosts)

    def _covers(self, host: Host) -> bool:
        if host.host_re is None:
            return host.host is not None and in_domains(host.host, self)
        return any(host.host_re.endswith(r"\." + re.escape(one)) for one in self.domains)


def in_domains(host: str, service: Service) -> bool:
    """True where a canonical host is one of the service's domains or lies under one, by labels."""
    return any(host == domain or host.endswith("." + domain) for domain in service.domains)


class Site(NamedTuple):
    """A site of the user's own, and which of its pages (paths) trackers should not have seen.

    `pages` None: all of them.
    """

    domain: str
    pages: str | None = None
    note: str | None = None


class Pack(NamedTuple):
    """One rule file. `checked` is the day on which its facts were last gone through.

    `furniture` are domains (`a.example`, `a.example/path`) that pages load things from by
    themselves (trackers, fonts, consent banners): a request to them that a watched page referred
    to is no click on a result. `leads_to` are those that pages lead to on purpose, by the
    activity that a request from such a page is.
    """

    name: str
    title: str
    version: int
    checked: date
    path: Path | str
    sources: Mapping[str, FactSource]
    services: tuple[Service, ...]
    furniture: tuple[str, ...] = ()
    sites: tuple[Site, ...] = ()
    leads_to: tuple[tuple[Activity, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, eq=False)
class Rules:
    """Everything a scan looks for: packs that were checked against each other, and Sigma rules.

    Sigma rules stand in the order in which they are tried, after all packs.
    """

    packs: tuple[Pack, ...]
    sigma: tuple["SigmaRule", ...] = ()

    @cached_property
    def services(self) -> Mapping[str, Service]:
        """Services by id, in pack order."""
        return {service.id: service for pack in self.packs for service in pack.services}

    @cached_property
    def signatures(self) -> Mapping[str, Signature]:
        """Signatures by id; ids are unique across packs."""
        return {
            signature.id: signature
            for service in self.services.values()
            for signature in service.signatures
        }

    @cached_property
    def unknown_searches(self) -> Mapping[str, UnknownSearch]:
        """By service that searches faces: what is not known about how its searches look in a log.

        A service without a signature for a search has none that could be counted.
        """
        return {
            service.id: service.search_unknown or UnknownSearch(NO_SEARCH_KNOWN)
            for service in self.services.values()
            if service.search_unknown
            or (
                service.category in FACE_SEARCH
                and all(signature.activity != "search" for signature in service.signatures)
            )
        }

    @cached_property
    def finds_pages(self) -> bool:
        """Whether a rule looks for pages whose address a tracker gets."""
        return any(signature.carries_page for signature in self.signatures.values())

    @cached_property
    def service_names(self) -> Mapping[str, str]:
        """Display names by service id."""
        named = {rule.service: rule.name for rule in self.sigma}
        return named | {service.id: service.name for service in self.services.values()}

    @cached_property
    def services_by_any_name(self) -> Mapping[str, str]:
        """Ids of services by what a person may call them: id, name or domain, in lower case.

        A name of two services is that of the first in pack order; an id is always its own.
        """
        found = {service: service for service in self.service_names}
        for service, name in self.service_names.items():
            found.setdefault(name.lower(), service)
        for one in self.services.values():
            for domain in one.own_names():
                found.setdefault(domain, one.id)
        return found

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """The user's own sites, of all packs."""
        return tuple(site for pack in self.packs for site in pack.sites)

    @cached_property
    def furniture(self) -> tuple[str, ...]:
        """Domains that pages load things from by themselves, of all packs."""
        return tuple(dict.fromkeys(domain for pack in self.packs for domain in pack.furniture))

    @cached_property
    def lookalike_labels(self) -> Mapping[str, str]:
        """Labels that mean a service wherever they stand, with its id."""
        return {
            label: service.id
            for service in self.services.values()
            for label in service.lookalikes_of
        }

    @cached_property
    def leads_to(self) -> Mapping[Activity, tuple[str, ...]]:
        """Domains that pages lead to on purpose, by what a request to them is, of all packs."""
        found: dict[Activity, tuple[str, ...]] = {}
        for pack in self.packs:
            for activity, places in pack.leads_to:
                found[activity] = tuple(dict.fromkeys((*found.get(activity, ()), *places)))
        return found

    @property
    def version(self) -> str:
        """Names the packs and their versions, for every report: `facial-search 1 (2026-11-22)`."""
        named = [f"{pack.name} {pack.version} ({pack.checked})" for pack in self.packs]
        if self.sigma:
            named.append(f"Sigma rules ({len(self.sigma)})")
        return ", ".join(named)
