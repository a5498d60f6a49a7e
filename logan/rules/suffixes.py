"""Refuses domains below which anybody may register: `co.uk` would make half a country a hit.

Apart from the other checks because the list of public suffixes is slow to read: it is asked for
`logan rules check`, and for a scan with rules of a user's own.
"""

from collections.abc import Iterator
from pathlib import Path

from logan.errors import Problem
from logan.records.public_suffixes import public_suffixes
from logan.rules.model import Rules


def suffix_problems(rules: Rules) -> list[Problem]:
    """A problem for every watched domain that is a public suffix, by the list in tldextract."""
    split = public_suffixes()
    message = "`{}` is a public suffix: anybody may have a name below it"
    advice = "Name the service's own domain."
    return [
        Problem(path, line, message.format(domain), advice)
        for path, line, domain in _watched(rules)
        if not split(domain).domain
    ]


def _watched(rules: Rules) -> Iterator[tuple[Path | str, int | None, str]]:
    for service in rules.services.values():
        for domain in service.domains:
            yield service.path, service.line, domain
    for pack in rules.packs:
        for site in pack.sites:
            yield pack.path, None, site.domain
