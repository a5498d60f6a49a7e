"""A MISP event with the watched domains and hosts as attributes for detection.

Fields as in the MISP core format (draft-dulaunoy-misp-core-format). An event, not a warning list:
warning lists name what is harmless.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any

from logan.rules.export.names import WatchedNames, unlisted_patterns, watched
from logan.rules.export.written import WrittenRules, stable_id
from logan.rules.model import Rules
from logan.rules.pack_vocabulary import CONFIDENCES

_TAGS = ('gdpr:special-categories="biometric-data"', "tlp:clear")


def export(rules: Rules) -> WrittenRules:
    """One event; the uuids of event and attributes stay the same from export to export."""
    found, left_out = watched(rules)
    checked = max(pack.checked for pack in rules.packs)
    stamp = str(int(datetime.combine(checked, time(), UTC).timestamp()))
    names = " ".join(pack.name for pack in rules.packs)
    event = {
        "uuid": str(stable_id("misp", f"event {names}")),
        "info": f"Face search and other services watched by logan: {rules.version}",
        "date": checked.isoformat(),
        "timestamp": stamp,
        "threat_level_id": "4",
        "analysis": "2",
        "distribution": "0",
        "published": False,
        "Orgc": {"name": "logan", "uuid": str(stable_id("misp", "organisation"))},
        "Tag": [{"name": name} for name in _TAGS],
        "Attribute": [
            {**attribute, "timestamp": stamp} for one in found for attribute in _attributes(one)
        ],
    }
    text = json.dumps({"Event": event}, indent=2, ensure_ascii=False) + "\n"
    return WrittenRules({"logan-watched.misp.json": text}, (*left_out, *unlisted_patterns(found)))


def _attributes(one: WatchedNames) -> Iterator[dict[str, Any]]:
    service = one.service
    named = [("domain", name) for name in one.domains] + [("hostname", name) for name in one.hosts]
    for kind, name in named:
        yield {
            "uuid": str(stable_id("misp", f"{kind} {name}")),
            "type": kind,
            "category": "Network activity",
            "value": name,
            "to_ids": True,
            "disable_correlation": False,
            "distribution": "5",
            "comment": f"{service.name}. Contact shows no search. "
            f"Known by: {CONFIDENCES[service.confidence]}.",
        }
