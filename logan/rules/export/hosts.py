"""A hosts file that sends watched names nowhere.

Hosts files know no sub-domains (hosts(5)), so only names that the packs give are listed.
"""

from logan.rules.export.names import heading, named_hosts, unlisted_patterns, watched
from logan.rules.export.written import WrittenRules
from logan.rules.model import Rules


def export(rules: Rules) -> WrittenRules:
    """One file; every name on a line of its own, below the service that it belongs to."""
    found, left_out = watched(rules)
    left_out += unlisted_patterns(found)
    lines = [f"# {line}" for line in heading(rules, "Hosts to block", left_out)]
    lines += ["# A hosts file knows no sub-domains: other hosts of these domains stay reachable."]
    for one in found:
        if names := named_hosts(one):
            lines += ["", f"# {one.title}", *(f"0.0.0.0 {name}" for name in names)]
    return WrittenRules({"logan-watched.hosts": "\n".join(lines) + "\n"}, left_out)
