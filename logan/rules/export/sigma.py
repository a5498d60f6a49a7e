"""Rules as Sigma rules in the manner of SigmaHQ (category proxy, and dns for the names).

One rule per service finds every request to it, one per signature those that prove something. Sigma
has no order of priority, so a rule carries filters against what the pack tries before it, and
against what only its looser wildcards would take. Values are wildcards throughout (see `globs`).
Fields: sigma-specification, appendix taxonomy 2.1.0; the query is looked for in `c-uri-query`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from logan.rules.explain import PROVES
from logan.rules.export.names import one_line
from logan.rules.export.sigma_shape import (
    SigmaShape,
    collides,
    detection_item,
    service_hosts,
    shape,
)
from logan.rules.export.sigma_yaml import render
from logan.rules.export.written import WrittenRules, stable_id
from logan.rules.model import Pack, Rules, Service
from logan.rules.pack_vocabulary import CONFIDENCES, Category
from logan.rules.signature import Signature
from logan.vocabulary import Activity

Document = dict[str, Any]

#: What a rule's title says of an activity; other activities prove no more than the visit does.
TITLES: Final[Mapping[Activity, str]] = {
    "upload": "Photo Upload",
    "search": "Search Started",
    "results": "Results Opened",
    "click_out": "Result Followed to Its Source",
    "account": "Account Used",
    "payment": "Prices or Checkout Opened",
    "opt_out": "Removal Request",
    "email_link": "Link in a Mail Opened",
    "api": "API Called",
}
_LEVELS: Final = ("informational", "low", "medium", "high")
#: How grave an activity is on a face search, as an index of `_LEVELS`.
_GRAVITY: Final[Mapping[str, int]] = {
    "search": 3,
    "upload": 3,
    "results": 2,
    "click_out": 2,
    "account": 2,
    "payment": 2,
    "api": 2,
}
#: How much less the same thing matters elsewhere.
_LESS: Final[Mapping[Category, int]] = {
    "consumer_face_search": 0,
    "law_enforcement_face_search": 0,
    "vendor_site": 3,
}
_SMALL_WORDS: Final = frozenset(
    ("a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to")
)


def export(rules: Rules) -> WrittenRules:
    """Sigma rules by file name, in the order of the packs."""
    files: dict[str, str] = {}
    left_out: list[str] = []
    for pack in rules.packs:
        for service in pack.services:
            for name, document in _documents(service, pack, left_out):
                files[name] = render(document)
    return WrittenRules(files, tuple(left_out))


class _SigmaRule(NamedTuple):
    """What one rule has of its own, beside its service and pack. `signature` None: it finds every
    request to the service."""

    name: str
    title: str
    text: str
    category: str
    detection: Document
    false_positives: tuple[str, ...]
    signature: Signature | None = None


def _documents(service: Service, pack: Pack, left_out: list[str]) -> Iterator[tuple[str, Document]]:
    if hosts := service_hosts(service, shared=False):
        yield f"proxy/proxy_{service.id}_visit.yml", _visit(service, pack, hosts)
        yield f"dns/net_dns_{service.id}_lookup.yml", _lookup(service, pack, hosts)
    for signature in service.signatures:
        if signature.activity not in TITLES:
            continue
        found = shape(signature, service)
        if isinstance(found, str):
            left_out.append(f"{signature.id}: {found}")
            continue
        name = "proxy/proxy_" + signature.id.replace(".", "_") + ".yml"
        yield name, _of_signature(service, pack, signature, found)


def _visit(service: Service, pack: Pack, hosts: tuple[str, ...]) -> Document:
    text = "Any request to the service; a visit cannot be told from a search by its host alone."
    rule = _SigmaRule(
        name=f"{service.id}/page/{service.id}.visit",
        title="Visited",
        text=text,
        category="proxy",
        detection={"selection": detection_item("cs-host", hosts), "condition": "selection"},
        false_positives=service.false_positives,
    )
    return _document(rule, service, pack)


def _lookup(service: Service, pack: Pack, hosts: tuple[str, ...]) -> Document:
    text = "The name was looked up. That shows neither a visit nor who asked for it."
    rule = _SigmaRule(
        name=f"{service.id}/contact/{service.id}.lookup",
        title="Name Looked Up",
        text=text,
        category="dns",
        detection={"selection": detection_item("query", hosts), "condition": "selection"},
        false_positives=("Browsers and mail scanners look names up without a person.",),
    )
    return _document(rule, service, pack)


def _of_signature(
    service: Service, pack: Pack, signature: Signature, found: SigmaShape
) -> Document:
    rest = signature.id.removeprefix(service.id + ".")
    notes = [PROVES[signature.activity], signature.note or ""]
    if signature.inferred:
        notes.append("This is inferred, not shown, by such a request.")
    if signature.activity == "search" and not signature.status:
        notes.append("Answered with a status of 400 or above it is an attempt, and no search.")
    notes += [
        f"Found as well: {other.id} ({PROVES[other.activity]} Known by its referrer, "
        f"{other.referrer})."
        for other in _unsaid_before(signature, service, found)
    ]
    if signature.dedupe_s:
        notes.append("Further such requests may belong to the same act: not every event is one.")
    rule = _SigmaRule(
        name=f"{service.id}/{signature.activity}/{signature.id}",
        title=f"{TITLES[signature.activity]} ({rest if '.' in rest else signature.id})",
        text=" ".join(note for note in notes if note),
        category="proxy",
        detection=_detection(service, signature, found),
        false_positives=signature.false_positives,
        signature=signature,
    )
    return _document(rule, service, pack)


def _unsaid_before(
    signature: Signature, service: Service, found: SigmaShape
) -> Iterator[Signature]:
    """Signatures that the pack tries first and tells apart by a referrer, which no rule can say."""
    for other in service.signatures[: service.signatures.index(signature)]:
        if other.referrer is None:
            continue
        rival = shape(other._replace(referrer=None), service)
        if not isinstance(rival, str) and collides(found, rival, before=True):
            yield other


def _detection(service: Service, signature: Signature, found: SigmaShape) -> Document:
    detection: Document = {"selection": found.detection()}
    after = False
    for other in service.signatures:
        if other is signature:
            after = True
        elif not isinstance(rival := shape(other, service), str) and collides(
            found, rival, before=not after
        ):
            rest = other.id.removeprefix(service.id + ".").replace(".", "_")
            detection[f"filter_main_{rest}"] = rival.detection()
    if found.no_tunnel:
        detection["filter_main_tunnel"] = {"cs-method": "CONNECT"}
    filtered = len(detection) > 1
    detection["condition"] = "selection and not 1 of filter_main_*" if filtered else "selection"
    return detection


def _document(rule: _SigmaRule, service: Service, pack: Pack) -> Document:
    known = rule.signature or service
    sources = [pack.sources[source] for source in known.sources]
    whats = "; ".join(
        source.what.rstrip(".") + (f" ({source.date})" if source.date else "") for source in sources
    )
    confidence = f"Confidence: {known.confidence} ({CONFIDENCES[known.confidence]})."
    document: Document = {
        "title": _capitalised(f"{one_line(service.name)}: {rule.title}"),
        "id": str(stable_id("sigma", rule.name)),
        "name": rule.name,
        "status": "experimental",
        "description": f"{rule.text} {confidence} Sources: {whats}.",
        "references": list(dict.fromkeys(source.url for source in sources if source.url)),
        "author": f"logan, pack {pack.name}",
        "date": pack.checked,
        "logsource": {"category": rule.category},
        "detection": rule.detection,
        "falsepositives": list(rule.false_positives) or ["Unknown"],
        "level": _level(service, rule.signature),
    }
    return {key: value for key, value in document.items() if value != []}


def _level(service: Service, signature: Signature | None) -> str:
    gravity = 1
    if signature is not None:
        gravity = _GRAVITY.get(signature.activity, 1) - signature.inferred
    return _LEVELS[max(0, gravity - _LESS.get(service.category, 1))]


def _capitalised(title: str) -> str:
    """SigmaHQ's spelling of titles; ids and host names stay as they are."""
    return " ".join(
        re.sub("[a-z]", lambda first: first[0].upper(), word, count=1)
        if word.islower() and word not in _SMALL_WORDS and not re.search("[._/]", word)
        else word
        for word in title.split(" ")
    )
