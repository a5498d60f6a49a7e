"""A filter list for ad blockers and filtering name servers that read the same syntax.

`||name^` takes a name and all below it (adblockplus.org/filter-cheatsheet, AdGuard DNS filtering).
"""

from collections.abc import Iterator

from logan.rules.export.names import WatchedNames, heading, watched
from logan.rules.export.written import WrittenRules
from logan.rules.model import Rules


def export(rules: Rules) -> WrittenRules:
    """One list."""
    found, left_out = watched(rules)
    lines = ["! Title: Face search and other services watched by logan"]
    lines += [f"! {line}" for line in heading(rules, "Filter list", left_out)]
    for one in found:
        lines += [f"! {one.title}", *_filters(one)]
    return WrittenRules({"logan-watched.adblock.txt": "\n".join(lines) + "\n"}, left_out)


def _filters(one: WatchedNames) -> Iterator[str]:
    yield from (f"||{name}^" for name in (*one.domains, *one.hosts))
    # Name servers, which match bare names, pass these over. A `$` would begin options.
    yield from (f"/^https?:\\/\\/{pattern}[:\\/]/" for pattern in one.patterns)
