"""The names that a block or watch list may hold, and what such a list cannot say.

A list knows hosts only. A host that serves other things too is never listed: blocking it would
block them, and watching it would accuse everybody who uses them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from logan.rules.export.globs import globs
from logan.rules.model import Host, Pack, Rules, Service

#: A pattern that stands for no more hosts than this is written out where a list takes no patterns.
_MOST = 256
_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class WatchedNames:
    """A service that a list can name: domains with all below them, single hosts, host patterns."""

    service: Service
    domains: tuple[str, ...]
    hosts: tuple[str, ...]
    patterns: tuple[str, ...]

    @property
    def title(self) -> str:
        """The service's name on one line: it stands in comments of other programs' files."""
        return one_line(self.service.name)


def one_line(text: str) -> str:
    """Text without line ends and controls, which could say something to another program."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def watched(rules: Rules) -> tuple[tuple[WatchedNames, ...], tuple[str, ...]]:
    """Services with hosts of their own in the order of the packs; what is left out, and why."""
    found: list[WatchedNames] = []
    left_out: list[str] = []
    for pack in rules.packs:
        for service in pack.services:
            left_out += _unlisted(service, pack)
            own = [host for host in service.own_hosts() if not host.shared]
            if _over(service, pack) or not (service.domains or own):
                continue
            found.append(
                WatchedNames(
                    service,
                    service.domains,
                    tuple(host.host for host in own if host.host),
                    tuple(host.host_re for host in own if host.host_re),
                )
            )
    return tuple(found), tuple(left_out)


def _unlisted(service: Service, pack: Pack) -> Iterator[str]:
    name = one_line(service.name)
    if _over(service, pack):
        yield f"{name}: its names have belonged to others since {service.valid_to}"
        return
    if service.category == "tracker":
        yield f"{name}: a tracker; what matters is whose page it was told of"
        return
    shared = [host.host or host.host_re or "" for host in service.own_hosts() if host.shared]
    if shared:
        names = " and ".join(shared)
        yield f"{name}: more than this service is at {names}; only the address would tell"


def _over(service: Service, pack: Pack) -> bool:
    return service.valid_to is not None and service.valid_to < pack.checked


def named_hosts(one: WatchedNames) -> tuple[str, ...]:
    """Every host that the pack names, for lists that know no sub-domains.

    Domains themselves and with www., hosts within them too, and patterns written out where they
    stand for a handful. Guesses are left out.
    """
    names = dict.fromkeys(name for domain in one.domains for name in (domain, f"www.{domain}"))
    for host in one.service.hosts:
        if host.confidence != "guess" and not host.shared:
            names.update(dict.fromkeys(_names(host)))
    return tuple(names)


def _names(host: Host) -> Iterator[str]:
    if host.host:
        yield host.host
    for glob in globs(host.host_re or "") if host.host_re and r"\d" in host.host_re else ():
        # `?` stands for a digit only where the pattern has no other class of characters.
        count = glob.count("?")
        if "*" in glob or "[" in (host.host_re or "") or 10**count > _MOST:
            continue
        for digits in product(_DIGITS, repeat=count):
            replaced = iter(digits)
            yield "".join(next(replaced) if sign == "?" else sign for sign in glob)


def unlisted_patterns(found: tuple[WatchedNames, ...]) -> tuple[str, ...]:
    """What is left out of a list that takes names only: hosts known by a pattern."""
    return tuple(
        f"{one.title}: {', '.join(one.patterns)} is a pattern; this list takes names only"
        for one in found
        if one.patterns
    )


def heading(rules: Rules, what: str, left_out: tuple[str, ...]) -> tuple[str, ...]:
    """What the head of every list says: what it is, of which packs, and what is missing from it."""
    return (
        f"{what}, from logan's {rules.version}.",
        "It knows hosts only: it cannot tell a search from a removal request or a page read.",
        *(f"Not listed: {reason}." for reason in left_out),
    )
