"""A domain list for ufdbGuard and squidGuard; its head says how to put it to use.

A listed domain stands for all below it (ufdbGuard reference manual, "domainlist"; squidGuard,
"Destination groups").
"""

from logan.rules.export.names import heading, unlisted_patterns, watched
from logan.rules.export.written import WrittenRules
from logan.rules.model import Rules

_USE = (
    "ufdbGuard: compile it with ufdbGenTable; in ufdbGuard.conf:",
    "  category logan_watched { domainlist logan-watched.domains }",
    "squidGuard: build the database with squidGuard -C all; in squidGuard.conf:",
    "  dest logan_watched { domainlist logan-watched.domains }",
    "Both: acl { default { pass !logan_watched all  redirect <address of your notice> } }",
)


def export(rules: Rules) -> WrittenRules:
    """One list, in order of name."""
    found, left_out = watched(rules)
    left_out += unlisted_patterns(found)
    names = sorted({name for one in found for name in (*one.domains, *one.hosts)})
    lines = [f"# {line}" for line in (*heading(rules, "Domains for a URL filter", left_out), *_USE)]
    return WrittenRules({"logan-watched.domains": "\n".join([*lines, *names]) + "\n"}, left_out)
