"""Writes one Sigma rule as SigmaHQ spells them: four spaces, single quotes in detections."""

from collections.abc import Mapping
from typing import Any

import yaml


class _Quoted(str):
    """Text that is written in single quotes."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Lists stand below their key, not beside it."""
        del indentless
        super().increase_indent(flow, False)


def _represent(dumper: yaml.SafeDumper, text: _Quoted) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'")


_Dumper.add_representer(_Quoted, _represent)


def render(document: Mapping[str, Any]) -> str:
    """The rule as one YAML document, without a separator before it."""
    detection = {
        name: part if name == "condition" else _quoted(part)
        for name, part in document["detection"].items()
    }
    return yaml.dump(
        {**document, "detection": detection},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        indent=4,
        width=100,
    )


def _quoted(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _quoted(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_quoted(value) for value in part]
    return _Quoted(part) if isinstance(part, str) else part
