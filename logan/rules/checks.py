"""What must hold between the entries of packs: ids, sources, domains, reachable signatures.

Each check is one function over the packs and yields the problems it finds.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from logan.config.values import fully_matches
from logan.errors import Problem
from logan.rules.model import Pack, Service, in_domains
from logan.rules.signature import Signature

Check = Callable[[Sequence[Pack]], Iterator[Problem]]


def check_packs(packs: Sequence[Pack]) -> list[Problem]:
    """Every problem that only shows when entries are seen together."""
    return [problem for check in CHECKS for problem in check(packs)]


def _services(packs: Sequence[Pack]) -> Iterator[tuple[Pack, Service]]:
    for pack in packs:
        for service in pack.services:
            yield pack, service


def _signatures(packs: Sequence[Pack]) -> Iterator[tuple[Service, Signature]]:
    for _, service in _services(packs):
        for signature in service.signatures:
            yield service, signature


def check_names(packs: Sequence[Pack]) -> Iterator[Problem]:
    """Pack names, service ids and signature ids are each used once."""
    named = [
        *((f"pack `{pack.name}`", pack.path, 1) for pack in packs),
        *((f"service `{one.id}`", one.path, one.line) for _, one in _services(packs)),
        *((f"signature `{one.id}`", of.path, one.line) for of, one in _signatures(packs)),
    ]
    first: dict[str, str] = {}
    for name, path, line in named:
        if name in first:
            message = f"{name} exists already at {first[name]}"
            yield Problem(path, line, message, "Give one of them another name.")
        first.setdefault(name, f"{path}:{line}")


def check_content(packs: Sequence[Pack]) -> Iterator[Problem]:
    """A pack watches something."""
    for pack in packs:
        if not pack.services and not pack.sites:
            yield Problem(pack.path, 1, f"pack `{pack.name}` watches nothing", "Add `services`.")


def check_signature_prefix(packs: Sequence[Pack]) -> Iterator[Problem]:
    """A signature's id begins with its service's, so that a report needs only the one."""
    for service, signature in _signatures(packs):
        if not signature.id.startswith(service.id + "."):
            advice = f"Write `{service.id}.{signature.id.split('.', 1)[1]}`."
            message = f"signature `{signature.id}` is not named after its service"
            yield Problem(service.path, signature.line, message, advice)


def check_sources(packs: Sequence[Pack]) -> Iterator[Problem]:
    """Every cited source exists, and every source is cited."""
    for pack in packs:
        cited: set[str] = set()
        for service in pack.services:
            places = [(service.line, service.sources)]
            places += [(service.line, host.sources) for host in service.hosts]
            places += [(signature.line, signature.sources) for signature in service.signatures]
            for line, sources in places:
                cited.update(sources)
                for source in sources:
                    if source not in pack.sources:
                        advice = "Describe it under `sources:` at the top of the pack."
                        yield Problem(pack.path, line, f"no source `{source}`", advice)
        for source in pack.sources:
            if source not in cited:
                yield Problem(pack.path, None, f"source `{source}` is cited nowhere", "Remove it.")


def check_guesses(packs: Sequence[Pack]) -> Iterator[Problem]:
    """A guess may be noted of a host; it never decides."""
    for service, signature in _signatures(packs):
        if signature.confidence == "guess":
            message = f"signature `{signature.id}` is a guess"
            advice = "Keep it as a note: a guess must not accuse anybody."
            yield Problem(service.path, signature.line, message, advice)
    for _, service in _services(packs):
        if service.domains and service.confidence == "guess":
            advice = "List it under `hosts` as a guess; it is then shown and never matched."
            yield Problem(service.path, service.line, f"`{service.id}` is a guess", advice)


def check_watchable(packs: Sequence[Pack]) -> Iterator[Problem]:
    """A service has something to be recognised by, and `default: none` where hosts are shared."""
    for _, service in _services(packs):
        own = service.own_hosts()
        if not service.domains and not own:
            advice = "Give `domains`, or a host that is no guess."
            yield Problem(service.path, service.line, f"`{service.id}` can match nothing", advice)
        if service.default is None and (service.domains or not all(host.shared for host in own)):
            advice = "Mark its hosts `shared: true` and give no domains, or choose a default."
            message = f"`{service.id}` has `default: none` but hosts of its own"
            yield Problem(service.path, service.line, message, advice)


def check_domains(packs: Sequence[Pack]) -> Iterator[Problem]:
    """No host belongs to two services (hosts shared with other things excepted)."""
    places = [
        (domain, service) for _, service in _services(packs) for domain in service.domains
    ] + [
        (host.host, service)
        for _, service in _services(packs)
        for host in service.own_hosts()
        if host.host and not host.shared
    ]
    # Reversed labels put a domain directly before everything below it.
    ordered = sorted(places, key=lambda place: place[0].split(".")[::-1])
    for (upper, one), (lower, other) in pairwise(ordered):
        if lower == upper or lower.endswith("." + upper):
            inside = "twice" if one is other else f"also by `{one.id}` ({one.path}:{one.line})"
            message = f"`{lower}` of `{other.id}` is watched {inside}"
            advice = f"It lies in `{upper}`. Keep it in one service, once."
            yield Problem(other.path, other.line, message, advice)


def check_validity(packs: Sequence[Pack]) -> Iterator[Problem]:
    """A span of validity does not end before it begins."""
    for _, service in _services(packs):
        entries: list[Service | Signature] = [service, *service.signatures]
        for one in entries:
            if one.valid_from and one.valid_to and one.valid_to < one.valid_from:
                message = f"`{one.id}` ends ({one.valid_to}) before it begins ({one.valid_from})"
                yield Problem(service.path, one.line, message, "Swap the two days.")


def check_counting(packs: Sequence[Pack]) -> Iterator[Problem]:
    """Counting keys come in the sets that mean something and name signatures of the service."""
    for service, signature in _signatures(packs):
        here = {one.id for one in service.signatures}
        prior = (bool(signature.requires_prior), bool(signature.within_s), signature.otherwise)
        if any(prior) and not all(prior):
            advice = "Give `requires_prior`, `within_s` and `otherwise` together."
            message = f"`{signature.id}` has half a condition on what came before"
            yield Problem(service.path, signature.line, message, advice)
        for other in _others(signature):
            if other not in here:
                message = f"`{signature.id}` refers to `{other}`, which is not in `{service.id}`"
                yield Problem(service.path, signature.line, message, "Name one of its signatures.")


def check_spans(packs: Sequence[Pack]) -> Iterator[Problem]:
    """What shapes a span of counting stands beside one."""
    for service, signature in _signatures(packs):
        shaping = {
            "extends": signature.extends,
            "new_by": signature.new_by_param or signature.new_by_path,
            "follows": signature.follows,
            "renewed_by": signature.renewed_by,
        }
        for key in [key for key, given in shaping.items() if given]:
            if not signature.dedupe_s:
                message = f"`{signature.id}` has `{key}` and no `dedupe_s` to count within"
                advice = "Give `dedupe_s`: how many seconds a further request counts for nothing."
                yield Problem(service.path, signature.line, message, advice)


def check_implied_searches(packs: Sequence[Pack]) -> Iterator[Problem]:
    """Only results show that a search went before."""
    for service, signature in _signatures(packs):
        if signature.implies_search and signature.activity != "results":
            message = f"`{signature.id}` implies a search and is `{signature.activity}`"
            yield Problem(service.path, signature.line, message, "Only `results` can imply one.")


def _others(signature: Signature) -> Iterator[str]:
    """The ids of signatures that another one's counting names."""
    yield from (*signature.requires_prior, *signature.renewed_by, *signature.follows)
    if implied := signature.implies_search:
        yield from (*implied.after, *implied.unless)


def check_hosts_of_signatures(packs: Sequence[Pack]) -> Iterator[Problem]:
    """A signature's host belongs to its service: otherwise no request ever gets there."""
    for service, signature in _signatures(packs):
        named = signature.host or signature.domain
        if named is None or in_domains(named, service):
            continue
        if not any(_covers(host.host, host.host_re, named) for host in service.own_hosts()):
            message = f"`{signature.id}` can never match: `{named}` is no host of `{service.id}`"
            advice = "Add it to the service's `domains` or `hosts`."
            yield Problem(service.path, signature.line, message, advice)


def _covers(host: str | None, host_re: str | None, named: str) -> bool:
    return host == named or bool(host_re and fully_matches(host_re, named))


def check_reachable(packs: Sequence[Pack]) -> Iterator[Problem]:
    """No signature stands behind one that takes everything it could match."""
    for _, service in _services(packs):
        for index, later in enumerate(service.signatures):
            for earlier in service.signatures[:index]:
                if _shadows(earlier, later):
                    message = f"`{later.id}` can never match: `{earlier.id}` is tried first"
                    advice = f"Raise its priority above {earlier.priority}, or narrow the other."
                    yield Problem(service.path, later.line, message, advice)
                    break


def _shadows(earlier: Signature, later: Signature) -> bool:
    """True where every request of `later` surely matches `earlier` (not every such case)."""
    narrower = (
        not earlier.valid_from
        and not earlier.valid_to
        and not earlier.status
        and earlier.referrer in (None, later.referrer)
        and earlier.day_in_path in (None, later.day_in_path)
        and not earlier.carries_page
        and earlier.bytes_sent_min is None
        and set(earlier.query) <= set(later.query)
        and set(later.evidence) <= set(earlier.evidence)
        and (not earlier.methods or bool(later.methods))
        and set(later.methods) <= set(earlier.methods or later.methods)
    )
    return narrower and _same_hosts(earlier, later) and _same_paths(earlier, later)


def _same_hosts(earlier: Signature, later: Signature) -> bool:
    if (earlier.domain, earlier.host, earlier.host_re) == (None, None, None):
        return True
    if earlier.domain and (named := later.host or later.domain):
        return named == earlier.domain or named.endswith("." + earlier.domain)
    if earlier.host_re and later.host:
        return _covers(None, earlier.host_re, later.host)
    return (earlier.domain, earlier.host, earlier.host_re) == (
        later.domain,
        later.host,
        later.host_re,
    )


def _same_paths(earlier: Signature, later: Signature) -> bool:
    if earlier.path is None or earlier.path == later.path:
        return True
    literal = literal_path(later.path) if later.path else None
    return literal is not None and fully_matches(earlier.path, literal)


def literal_path(pattern: str) -> str | None:
    r"""The one path a pattern can match, where it is plain text (`/upload\.php`); else None."""
    if re.fullmatch(r"(?:[A-Za-z0-9/_~ -]|\\[.\-/])*", pattern):
        return pattern.replace("\\", "")
    return None


CHECKS: tuple[Check, ...] = (
    check_names,
    check_content,
    check_signature_prefix,
    check_sources,
    check_guesses,
    check_watchable,
    check_domains,
    check_validity,
    check_counting,
    check_spans,
    check_implied_searches,
    check_hosts_of_signatures,
    check_reachable,
)
