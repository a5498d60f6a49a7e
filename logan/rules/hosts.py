"""Which service a host belongs to: exactly, by whole labels, on columns of canonical hosts."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

import polars as pl

from logan.rules.model import Host, Rules


def service_of(host: pl.Expr, rules: Rules) -> pl.Expr:
    """The id of the service whose own host this is, else null. Hosts are canonical.

    Hosts that serve other things too (`shared`) are not asked: there a signature decides.
    """
    candidates = [
        _by_last_labels(host, count, domains) for count, domains in _domains_by_size(rules).items()
    ]
    own = _own_hosts(rules)
    if exact := {one.host: service for one, service in own if one.host}:
        candidates.append(_looked_up(host, exact))
    for one, service in own:
        if one.host_re:
            candidates.append(pl.when(is_host(host, [one])).then(pl.lit(service)))
    return pl.coalesce(pl.lit(None, dtype=pl.String), *candidates)


def is_host(host: pl.Expr, hosts: Iterable[Host]) -> pl.Expr:
    """True where a host is one of these, by name or pattern; false where it is null."""
    hosts = list(hosts)
    exact = [one.host for one in hosts if one.host]
    tests = [host.is_in(exact)] if exact else []
    tests += [host.str.contains(f"^(?:{one.host_re})$") for one in hosts if one.host_re]
    return pl.any_horizontal(pl.lit(False), *tests).fill_null(False)


@lru_cache(maxsize=8)
def shared_hosts(rules: Rules) -> Mapping[str, tuple[Host, ...]]:
    """By service that has some: its hosts that serve other things too."""
    shared = {
        service.id: tuple(one for one in service.own_hosts() if one.shared)
        for service in rules.services.values()
    }
    return {service: hosts for service, hosts in shared.items() if hosts}


# Asked for every batch of lines: what depends on the rules alone is made once.
@lru_cache(maxsize=8)
def _own_hosts(rules: Rules) -> tuple[tuple[Host, str], ...]:
    """Hosts that are a service's alone, each with the service."""
    return tuple(
        (one, service.id)
        for service in rules.services.values()
        for one in service.own_hosts()
        if not one.shared
    )


@lru_cache(maxsize=8)
def _domains_by_size(rules: Rules) -> dict[int, dict[str, str]]:
    """Domains with their services, by their number of labels."""
    found: dict[int, dict[str, str]] = {}
    for service in rules.services.values():
        for domain in service.domains:
            found.setdefault(domain.count(".") + 1, {})[domain] = service.id
    return found


def _by_last_labels(host: pl.Expr, count: int, domains: Mapping[str, str]) -> pl.Expr:
    return _looked_up(host.str.split(".").list.tail(count).list.join("."), domains)


def _looked_up(names: pl.Expr, services: Mapping[str, str]) -> pl.Expr:
    return names.replace_strict(dict(services), default=None, return_dtype=pl.String)
