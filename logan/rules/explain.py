"""What logan would call one request, by which rule and on whose word, and what came close.

The verdict is that of `logan.rules.per_line.tag` on a one-line log, so it cannot differ from a
scan.
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl

from logan.rules.hosts import is_host
from logan.rules.mentions import NAMED, REFERRER, TRANSLATED
from logan.rules.model import FactSource, Host, Pack, Rules, Service, in_domains
from logan.rules.near_misses import NearMiss, near_misses
from logan.rules.pack_vocabulary import Confidence
from logan.rules.packs import DEFAULT_PACK, bundled_packs
from logan.rules.pages import pages
from logan.rules.per_line import tag
from logan.rules.request import requests_as_records
from logan.rules.sigma.rule import SigmaRule
from logan.rules.signature import Signature
from logan.rules.unknown_addresses import activity_by_path
from logan.vocabulary import Activity, Bin

_MENTIONS: Final = {
    REFERRER: "The request goes elsewhere; its referrer is a page of the service.",
    TRANSLATED: "A page of the service, shown through Google's translating proxy.",
    NAMED: "The request goes elsewhere and names the service.",
}
#: What each activity proves, and nothing more (section 5 of the design).
PROVES: Final[dict[Activity, str]] = {
    "contact": "Contact with the host; a visit cannot be told from a search.",
    "page": "A page was opened.",
    "upload": "A photo left the organisation.",
    "search": "A search was started.",
    "results": "Results of a search were fetched or opened again.",
    "click_out": "The source page of a result was opened.",
    "account": "Log-in, history or another use of an account.",
    "payment": "Prices or the checkout were opened.",
    "opt_out": "A removal request; reported apart, never as a search.",
    "email_link": "A link in the service's own mail was opened.",
    "asset": "Furniture of a page, loaded by itself; shows that a page was open.",
    "poll": "A question that the page asks by itself; no act of a person.",
    "api": "A call whose meaning is in its body, which logs do not have.",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdict on one request and its grounds.

    `signature` is None where the service's default or the bare host decided. `host` is what the
    pack says of this very host. `counting` are sentences on what other requests change. `page` is
    the page whose address a tracker got. `sigma` is the Sigma rule that found it, if one did.
    `pack` is the name of the pack with the rule; `needed` are the options with which a scan uses
    it, empty where it does so by default.
    """

    request: str
    bin: Bin
    service: Service | None
    activity: Activity | None
    inferred: bool
    signature: Signature | None
    grounds: str
    host: Host | None
    confidence: Confidence | None
    sources: tuple[FactSource, ...]
    counting: tuple[str, ...]
    near: tuple[NearMiss, ...]
    page: str | None
    pack: str | None
    needed: str
    sigma: SigmaRule | None = None


def explain(request: str, rules: Rules, *, when: datetime | None = None) -> Explanation:
    """The verdict on a request (`POST https://a.example/x < https://referrer`) made at `when`.

    `when` is now unless given; it matters for rules that hold for a time only.
    """
    records = requests_as_records([request], when=when or datetime.now(UTC))
    tagged = tag(records, rules)
    found = tagged.row(0, named=True)
    service = rules.services.get(found["service"] or "")
    signature = rules.signatures.get(found["rule"] or "")
    sigma = next((rule for rule in rules.sigma if rule.id == found["rule"]), None)
    host = _known_host(records, service)
    pack = next((pack for pack in rules.packs if service in pack.services), None)
    known = host if host and host.confidence != "guess" else None
    counts = found["bin"] in ("hit", "mention")
    decider = (signature or known or service) if counts else None
    return Explanation(
        request=request,
        bin=found["bin"],
        service=service,
        activity=found["activity"],
        inferred=bool(found["inferred"]),
        signature=signature,
        grounds=_grounds_of_sigma(sigma) if sigma else _grounds(found, service, signature),
        host=host,
        confidence=decider.confidence if decider else None,
        sources=_cited(pack, decider),
        counting=tuple(_counting(signature)) if signature else (),
        near=near_misses(records, rules, signature),
        page=tagged.select(pages(rules)).item(),
        pack=pack.name if pack else None,
        needed=_needed(pack, sigma),
        sigma=sigma,
    )


def _needed(pack: Pack | None, sigma: SigmaRule | None) -> str:
    """The options with which a scan uses a pack or rule; none for the default pack."""
    if sigma is not None:
        return f"--rules {shlex.quote(str(sigma.path))}"
    if pack is None or pack.path == bundled_packs().get(DEFAULT_PACK):
        return ""
    if pack.path == bundled_packs().get(pack.name):
        own = " --rules your-sites.yaml" if any(_carries_page(pack)) else ""
        return f"--pack {pack.name}{own}"
    return f"--rules {shlex.quote(str(pack.path))}"


def _carries_page(pack: Pack) -> Iterator[bool]:
    """For each signature, whether it looks for pages of the user's own sites."""
    return (one.carries_page for service in pack.services for one in service.signatures)


def _known_host(records: pl.DataFrame, service: Service | None) -> Host | None:
    """The pack's own word on the request's host, a guess included."""
    for host in service.hosts if service else ():
        if not host.shared and records.select(is_host(pl.col("host"), [host])).item():
            return host
    return None


def _grounds(found: Mapping[str, Any], service: Service | None, signature: Signature | None) -> str:
    if found["bin"] == "hit" and service:
        return _grounds_of_hit(found, service) + _by_answer(found, signature)
    if found["bin"] == "mention":
        return _MENTIONS[found["rule"]] + " Listed, never counted as a hit."
    if found["bin"] == "cleared" and service:
        if in_domains(found["host"] or "", service):
            return f"The host was not {service.name} at that time (valid_from, valid_to)."
        return f"It has the letters of {service.name}, but names another host: a look-alike."
    if found["bin"] == "rejected":
        return f"The request cannot be read: {found['reason']}."
    return "It names no watched service."


def _grounds_of_sigma(rule: SigmaRule) -> str:
    return f"The Sigma rule `{rule.title}` ({rule.path}:{rule.line}, level {rule.level}) matches."


def _grounds_of_hit(found: Mapping[str, Any], service: Service) -> str:
    own = in_domains(found["host"], service) or not any(one.shared for one in service.own_hosts())
    host = (
        f"{found['host']} {'belongs to' if own else 'serves, among other things,'} {service.name}"
    )
    if found["rule"]:
        return f"{host}, and the rule {found['rule']} matches."
    if found["evidence"] == "url" and found["activity"] == _activity_by_path(found["path"]):
        return (
            f"{host}; no rule of the service knows this address. A general rule for words of "
            "paths, which no source says of this service, says what sites usually have there."
        )
    if found["evidence"] == "url":
        return f"{host}; no rule knows this address, so it is judged by its kind alone."
    seen = "a name was looked up" if found["evidence"] == "dns" else "a tunnel was opened"
    return f"{host}; the line shows no more than that {seen}."


def _activity_by_path(path: str | None) -> str | None:
    """What a path says by its words, as `unknown_addresses` takes it."""
    one = pl.DataFrame({"path": [path]}, schema={"path": pl.String})
    activity: str | None = one.select(activity_by_path()).item()
    return activity


def _by_answer(found: Mapping[str, Any], signature: Signature | None) -> str:
    """What method and answer change about what was asked for (`logan.rules.answers`)."""
    asked = signature.activity if signature else None
    if found["evidence"] == "dns" or (signature and asked == found["activity"]):
        return ""
    if found["method"] == "HEAD":
        return " But HEAD shows nothing to anybody."
    status = found["status"]
    if status is None or (status < 300 and not signature):
        return ""
    if asked == "search" and found["activity"] == "api":
        return f" But the service refused it ({status}): an attempt, and no search."
    if signature or found["activity"] == "asset":
        return f" But the answer ({status}) shows nothing of it."
    return ""


def _cited(pack: Pack | None, decider: Signature | Host | Service | None) -> tuple[FactSource, ...]:
    if pack is None or decider is None:
        return ()
    return tuple(pack.sources[source] for source in decider.sources)


def _counting(signature: Signature) -> Iterator[str]:
    """What other requests of the same person change about this one."""
    if signature.requires_prior:
        priors, limit = " or ".join(signature.requires_prior), _span(signature.within_s or 0)
        yield f"Without {priors} within {limit} before, it counts as {signature.otherwise}."
    if signature.dedupe_s:
        begun = " or ".join((signature.id, *signature.follows))
        yield f"Within {_span(signature.dedupe_s)} after {begun}, it counts as {signature.again}."
    if signature.extends:
        yield "Every further request makes that span last as long again."
    if signature.new_by_param or signature.new_by_path:
        place = f"parameter {signature.new_by_param}" if signature.new_by_param else "path"
        yield f"A request with another {place} has a span of its own."
    if signature.renewed_by:
        yield f"{' or '.join(signature.renewed_by)} ends that span."
    if implied := signature.implies_search:
        known = f", unless {' or '.join(implied.unless)} came since" if implied.unless else ""
        yield (
            f"Within {_span(implied.within_s)} after {' or '.join(implied.after)}{known}, it shows "
            "that a search went before: counted as one, and called inferred."
        )
    if signature.also:
        yield "The same request carries the photo: it counts as an upload too."


def _span(seconds: int) -> str:
    if seconds % 3600 == 0:
        return "1 hour" if seconds == 3600 else f"{seconds // 3600} hours"
    if seconds % 60 == 0:
        return "1 minute" if seconds == 60 else f"{seconds // 60} minutes"
    return f"{seconds} seconds"
