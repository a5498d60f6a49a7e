"""How watched names stand in text that `logan.rules.spelling.plain` has spelled out."""

import re
from functools import lru_cache

import polars as pl

from logan.rules.model import Rules


def watched_names(rules: Rules) -> dict[str, str]:
    """Every watched name with its service."""
    return {
        name: service.id
        for service in rules.services.values()
        for name in (*service.own_names(), *service.apps)
    }


def watched_patterns(rules: Rules) -> tuple[tuple[str, str], ...]:
    """The patterns of hosts that are a service's alone, each with the service."""
    return tuple(
        (one.host_re, service.id)
        for service in rules.services.values()
        for one in service.own_hosts()
        if one.host_re and not one.shared
    )


def name_regex(name: str) -> str:
    """A name with its dots, or on the wire the length of the label that follows."""
    first, *rest = map(re.escape, name.split("."))
    return first + "".join(rf"[.\x{len(label):02x}]{label}" for label in rest)


def one_label(name: str) -> str:
    """A name as translating proxies make one label of it."""
    return name.replace("-", "--").replace(".", "-")


@lru_cache(maxsize=8)
def holds_name(rules: Rules) -> pl.Expr:
    """True where a line (`plain`), its `host` or its `referrer` has a name anywhere in it."""
    names = watched_names(rules)
    patterns = [f"(?:{pattern})" for pattern, _ in watched_patterns(rules)]
    anywhere = "|".join([*map(name_regex, names), *map(one_label, names), *patterns])
    places = pl.concat_str("plain", "host", "referrer", separator="\n", ignore_nulls=True)
    return places.str.to_lowercase().str.contains(anywhere)
