"""A response policy zone: a name server that loads it answers that watched names do not exist.

`CNAME .` stands for NXDOMAIN; a domain and what lies below it are two records
(draft-vixie-dnsop-dns-rpz, sections 4 and 5).
"""

from collections.abc import Iterator

from logan.rules.export.names import WatchedNames, heading, unlisted_patterns, watched
from logan.rules.export.written import WrittenRules
from logan.rules.model import Rules

_ZONE = "logan-watched.rpz"


def export(rules: Rules) -> WrittenRules:
    """One zone file. Its serial number is that of the packs: day of check, then version."""
    found, left_out = watched(rules)
    left_out += unlisted_patterns(found)
    lines = [f"; {line}" for line in heading(rules, "Response policy zone", left_out)]
    lines += [
        "; To watch and not block, give the zone the policy `passthru` or `disabled`, and log it.",
        "$TTL 3600",
        f"@ SOA localhost. hostmaster.localhost. {_serial(rules)} 3600 600 86400 3600",
        "@ NS localhost.",
    ]
    for one in found:
        if records := list(_records(one)):
            lines += [f"; {one.title}", *records]
    return WrittenRules({f"{_ZONE}.zone": "\n".join(lines) + "\n"}, left_out)


def _records(one: WatchedNames) -> Iterator[str]:
    for domain in one.domains:
        yield f"{domain} CNAME ."
        yield f"*.{domain} CNAME ."
    for host in one.hosts:
        yield f"{host} CNAME ."


def _serial(rules: Rules) -> int:
    """Rises with every change of a pack (RFC 1912, section 2.2: YYYYMMDDnn)."""
    day = max(pack.checked for pack in rules.packs)
    return int(f"{day:%Y%m%d}00") + sum(pack.version for pack in rules.packs) % 100
