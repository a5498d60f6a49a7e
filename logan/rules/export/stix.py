"""STIX 2.1 indicators: one per domain, one for what lies below it, one per single host.

Patterns hold one comparison each, because many platforms read no more than `[x:value = 'y']`.
Ids are stable; `created` and `valid_from` are the day on which the pack was last checked.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from logan.rules.export.names import WatchedNames, unlisted_patterns, watched
from logan.rules.export.written import WrittenRules, stable_id
from logan.rules.model import Pack, Rules
from logan.rules.pack_vocabulary import CONFIDENCES

#: Numbers for STIX's `confidence` (0 to 100), by its scale "None / Low / Med / High".
_CONFIDENCE = {"vendor": 85, "client": 85, "traffic": 50, "news": 50, "inference": 15, "guess": 15}


def export(rules: Rules) -> WrittenRules:
    """One bundle, with logan as the author of its indicators."""
    found, left_out = watched(rules)
    checked = max(pack.checked for pack in rules.packs)
    packs = {service.id: pack for pack in rules.packs for service in pack.services}
    objects = [_author(min(pack.checked for pack in rules.packs))]
    for one in found:
        objects += _indicators(one, packs[one.service.id])
    bundle = {
        "type": "bundle",
        "id": f"bundle--{stable_id('stix', f'bundle {rules.version} {checked}')}",
        "objects": objects,
    }
    text = json.dumps(bundle, indent=2, ensure_ascii=False) + "\n"
    return WrittenRules({"logan-watched.stix.json": text}, (*left_out, *unlisted_patterns(found)))


def _author(day: date) -> dict[str, Any]:
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": _author_id(),
        "created": _at(day),
        "modified": _at(day),
        "name": "logan",
        "identity_class": "system",
    }


def _author_id() -> str:
    return f"identity--{stable_id('stix', 'identity')}"


def _indicators(one: WatchedNames, pack: Pack) -> Iterator[dict[str, Any]]:
    for domain in one.domains:
        yield _indicator(one, pack, f"[domain-name:value = '{domain}']")
        yield _indicator(one, pack, f"[domain-name:value LIKE '%.{domain}']")
    for host in one.hosts:
        yield _indicator(one, pack, f"[domain-name:value = '{host}']")


def _indicator(one: WatchedNames, pack: Pack, pattern: str) -> dict[str, Any]:
    service = one.service
    sources = [pack.sources[source] for source in service.sources]
    found = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{stable_id('stix', f'{service.id} {pattern}')}",
        "created_by_ref": _author_id(),
        "created": _at(service.valid_from or pack.checked),
        "modified": _at(pack.checked),
        "name": service.name,
        "description": f"Contact with {service.name}; a host alone cannot tell a visit from a "
        f"search. Known by: {CONFIDENCES[service.confidence]}.",
        "indicator_types": ["unknown"],
        "pattern": pattern,
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": _at(service.valid_from or pack.checked),
        "confidence": _CONFIDENCE[service.confidence],
        "labels": [service.category.replace("_", "-")],
        "external_references": [
            {"source_name": "logan", "external_id": service.id},
            *({"source_name": source.what, "url": source.url} for source in sources if source.url),
        ],
    }
    if service.valid_to:
        found["valid_until"] = _at(service.valid_to)
    return found


def _at(day: date) -> str:
    return f"{day}T00:00:00.000Z"
