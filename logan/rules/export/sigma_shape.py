"""What of a signature Sigma can say: hosts, methods, paths and parameters as wildcard patterns.

And which signatures of a service such patterns cannot tell apart without a filter.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from logan.rules.export.globs import anywhere, covers, globs, meet
from logan.rules.model import Service
from logan.rules.signature import Signature

#: Fewer letters and digits than this in a path would find half of a site.
_LEAST_LETTERS = 3


@dataclass(frozen=True, slots=True)
class SigmaShape:
    """A signature as globs; an empty tuple is no condition. Paths are whole, without the query.

    `examples` are paths that the pack gives for it.
    """

    hosts: tuple[str, ...]
    methods: tuple[str, ...]
    paths: tuple[str, ...]
    params: tuple[str, ...]
    statuses: tuple[str, ...]
    examples: tuple[str, ...]
    no_tunnel: bool

    def detection(self) -> dict[str, Any]:
        """One Sigma selection: every key must match, any of its values."""
        found = detection_item("cs-host", self.hosts)
        if self.methods:
            found["cs-method"] = _one_or_all(self.methods)
        if self.paths:
            found["c-uri|contains"] = _one_or_all(anywhere(self.paths))
        if self.params:
            several = "|all" if len(self.params) > 1 else ""
            found["c-uri-query|contains" + several] = _one_or_all(self.params)
        if self.statuses:
            found["sc-status"] = [int(status) for status in self.statuses]
        return found


def shape(signature: Signature, service: Service) -> SigmaShape | str:
    """A signature in Sigma's means, or why it cannot be said in them."""
    if signature.carries_page:
        return "which of your own pages was sent is not for a wildcard to tell"
    if signature.referrer is not None:
        return "back ends know the referrer by different names"
    if signature.day_in_path is not None:
        return "that an address holds the day of the request is not for a wildcard to tell"
    if signature.valid_from or signature.valid_to:
        return "Sigma rules have no dates of validity"
    if signature.bytes_sent_min is not None:
        return "cs-bytes is what the client sent in W3C logs and what it got in Sigma's taxonomy"
    if any("x" in status for status in signature.status):
        return "a class of statuses is not for a wildcard to tell"
    paths = globs(signature.path) if signature.path else ()
    if paths and any(
        len(re.findall("[A-Za-z0-9]", one)) < _LEAST_LETTERS for one in anywhere(paths)
    ):
        return f"its path ({signature.path}) stands in too many addresses"
    return SigmaShape(
        hosts=_hosts(signature, service),
        methods=_methods(signature),
        paths=paths,
        params=tuple(_params(signature)),
        statuses=signature.status,
        examples=tuple(_examples(signature)),
        no_tunnel="connect" not in signature.evidence and not signature.methods and not paths,
    )


def service_hosts(service: Service, *, shared: bool) -> tuple[str, ...]:
    """Globs of all hosts of a service, with or without those that serve other things too."""
    found = [glob for domain in service.domains for glob in (domain, f"*.{domain}")]
    for host in service.own_hosts():
        if shared or not host.shared:
            found += [host.host] if host.host else globs(host.host_re or "")
    return tuple(dict.fromkeys(found))


def _hosts(signature: Signature, service: Service) -> tuple[str, ...]:
    if signature.domain:
        return (signature.domain, f"*.{signature.domain}")
    if signature.host:
        return (signature.host,)
    if signature.host_re:
        return globs(signature.host_re)
    return service_hosts(service, shared=True)


def _methods(signature: Signature) -> tuple[str, ...]:
    if "connect" not in signature.evidence:
        return signature.methods
    if signature.evidence == ("connect",):
        return ("CONNECT",)
    return (*signature.methods, "CONNECT") if signature.methods else ()


def _params(signature: Signature) -> Iterator[str]:
    """What the query must contain for each parameter: its name, and how its value begins."""
    for name, pattern in signature.query:
        begun = re.match(r"\^((?:[\w-]|\\[.-])+)", pattern)
        if begun:
            yield f"{name}={begun[1]}".replace("\\", "")
        else:
            yield name if re.search(pattern, "") else f"{name}="


def _examples(signature: Signature) -> Iterator[str]:
    for request in signature.match:
        found = re.fullmatch(r"[^ ]+ [a-z]+://[^/?# ]*(/[^?# ]*).*", request)
        if found:
            yield found[1]


def collides(one: SigmaShape, other: SigmaShape, *, before: bool) -> bool:
    """True where `one` needs a filter against `other`.

    `before`: the pack tries the other first. Otherwise it only matters where the wildcards of
    `one`, which find a path anywhere in an address, would take requests that are the other's.
    """
    if one.methods and other.methods and not set(one.methods) & set(other.methods):
        return False
    if not _any_meets(one.hosts, other.hosts):
        return False
    if before and (not one.paths or not other.paths or _any_meets(one.paths, other.paths)):
        return True
    return _takes(one, other) and not _takes(other, one)


def _takes(one: SigmaShape, other: SigmaShape) -> bool:
    """True where the wildcards of `one` find a request that only `other` should."""
    samples = (*other.examples, *(glob.replace("*", "").replace("?", "x") for glob in other.paths))
    return any(covers(f"*{glob}*", sample) for glob in anywhere(one.paths) for sample in samples)


def _any_meets(some: Sequence[str], others: Sequence[str]) -> bool:
    return any(meet(one, other) for one in some for other in others)


def detection_item(field: str, values: Sequence[str]) -> dict[str, Any]:
    """A field with globs as values, in the modifiers that Sigma has for them."""
    return {field + _modifier(values): _one_or_all([_bare(one, values) for one in values])}


def _modifier(values: Sequence[str]) -> str:
    return "|endswith" if all(_ends(value) for value in values) else ""


def _bare(value: str, values: Sequence[str]) -> str:
    return value[1:] if _modifier(values) else value


def _ends(value: str) -> bool:
    return value.startswith("*") and not re.search("[*?]", value[1:])


def _one_or_all(values: Sequence[str]) -> Any:
    return values[0] if len(values) == 1 else list(values)
