"""Tells Sigma rules from rule packs, before the rest of Sigma is loaded for them."""

from collections.abc import Mapping
from typing import Final

from logan.config.yaml_nodes import MapNode, Node

#: Other documents of the standard, and an old one, by the key that marks them.
OTHER: Final[Mapping[str, str]] = {
    "correlation": "is a correlation rule: it counts or orders events, which one line cannot meet",
    "filter": "is a Sigma filter: it changes other rules",
    "action": "uses `action`, which newer Sigma has not: write each rule out",
}


def is_sigma(node: Node) -> bool:
    """True for a document that is meant to be a Sigma rule, sound or not."""
    if not isinstance(node, MapNode):
        return False
    keys = {key.text for key, _ in node.items}
    return bool(keys & {"detection", "logsource", *OTHER}) and "pack" not in keys
