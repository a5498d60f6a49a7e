"""Sigma's value strings as patterns of the matching engine.

Wildcards `*` and `?`, escaped with a backslash; a backslash before anything else is itself
(sigma-specification, "Escaping"). Letters match in any case unless the rule says `cased`.
"""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

from logan.config.values import regex_fault
from logan.rules.name_patterns import required_runs
from logan.rules.sigma.rule import Value

#: Stand for `*` and `?` between pieces of plain text.
_MANY: Final = object()
_ONE: Final = object()
_BITS: Final = 8
#: No address that a gateway logs whole is longer.
_LONGEST: Final = 8_000


class ValueFaultError(Exception):
    """A value cannot be honoured; the text says why."""


def text_value(text: str, *, place: str, cased: bool) -> Value:
    """A value that equals, `contains`, `startswith` or `endswith` a text with wildcards."""
    if len(text) > _LONGEST:
        raise ValueFaultError(f"`{text[:30]}...` is longer than {_LONGEST:,} characters")
    parts = list(_parts(text))
    before = [_MANY] if place in ("contains", "endswith") else []
    after = [_MANY] if place in ("contains", "startswith") else []
    whole = [*before, *parts, *after]
    body = "".join(
        ".*" if part is _MANY else "." if part is _ONE else re.escape(str(part)) for part in whole
    )
    flags = "(?s)" if cased else "(?is)"
    runs = tuple(part for part in parts if isinstance(part, str))
    return Value("text", f"{flags}^(?:{body})$", runs)


def _parts(text: str) -> Iterable[object]:
    """Pieces of plain text and wildcards, in order."""
    plain = ""
    characters = iter(range(len(text)))
    for index in characters:
        sign, following = text[index], text[index + 1 : index + 2]
        if sign == "\\" and following in ("*", "?", "\\"):
            plain += following
            next(characters, None)
        elif sign in "*?":
            if plain:
                yield plain
            plain = ""
            yield _MANY if sign == "*" else _ONE
        else:
            plain += sign
    if plain:
        yield plain


def regex_value(pattern: str, flags: str) -> Value:
    """A regular expression, found anywhere; `flags` are of `i`, `m` and `s`."""
    written = f"(?{flags}){pattern}" if flags else pattern
    if fault := regex_fault(written):
        raise ValueFaultError(f"`{pattern[:60]}` {fault}")
    return Value("pattern", written, tuple(required_runs(pattern)))


def network_value(text: str) -> Value:
    """The addresses of an IPv4 network."""
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueFaultError(f"`{text[:60]}` is no network: {error}") from error
    if not isinstance(network, ipaddress.IPv4Network):
        raise ValueFaultError(f"`{text}` is an IPv6 network; only IPv4 can be honoured")
    octets = []
    for index, first in enumerate(network.network_address.packed):
        fixed = min(max(network.prefixlen - index * _BITS, 0), _BITS)
        last = first | (2 ** (_BITS - fixed) - 1)
        octets.append("|".join(map(str, range(first, last + 1))) if fixed else "[0-9]+")
    return Value("pattern", "^" + r"\.".join(f"(?:{octet})" for octet in octets) + "$")
