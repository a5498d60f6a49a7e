"""Access control lists for Squid: one per service, and one for all of them.

`dstdomain` with a leading dot takes a domain and all below it (squid.conf.documented, "acl").
"""

from collections.abc import Iterator

from logan.rules.export.names import WatchedNames, heading, watched
from logan.rules.export.written import WrittenRules
from logan.rules.model import Rules


def export(rules: Rules) -> WrittenRules:
    """One file for `include` in squid.conf; it decides nothing as it stands."""
    found, left_out = watched(rules)
    lines = [f"# {line}" for line in heading(rules, "Access control lists for Squid", left_out)]
    lines += ["# Include this file above your own http_access lines.", ""]
    for one in found:
        lines += _lists(one)
    names = " ".join(_name(one) for one in found)
    lines += [f"acl logan_watched any-of {names}", ""]
    lines += ["# To block them all:", "# http_access deny logan_watched"]
    return WrittenRules({"logan-watched.squid.conf": "\n".join(lines) + "\n"}, left_out)


def _lists(one: WatchedNames) -> Iterator[str]:
    yield f"# {one.title}"
    parts = [f"dstdomain {' '.join([*(f'.{name}' for name in one.domains), *one.hosts])}"]
    patterns = [f"^{pattern}$" for pattern in map(_posix, one.patterns)]
    if not (one.domains or one.hosts):
        parts = []
    parts += [f"dstdom_regex -i {' '.join(patterns)}"] if patterns else []
    if len(parts) == 1:
        yield f"acl {_name(one)} {parts[0]}"
        return
    for number, part in enumerate(parts, 1):
        yield f"acl {_name(one)}_{number} {part}"
    yield f"acl {_name(one)} any-of {_name(one)}_1 {_name(one)}_2"


def _name(one: WatchedNames) -> str:
    return f"logan_{one.service.id}"


def _posix(pattern: str) -> str:
    """Squid matches with POSIX extended expressions, which know no `(?:` and no `\\d`."""
    return pattern.replace("(?:", "(").replace(r"[\d", "[0-9").replace(r"\d", "[0-9]")
