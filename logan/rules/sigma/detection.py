"""Reads the selections of a `detection`: maps and lists of fields, values and modifiers.

What cannot be honoured is a problem with its line, never passed over: a rule that is half
understood would find half of what its author meant.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from logan.config.shape import Report, describe, suggest
from logan.config.yaml_nodes import ListNode, MapNode, ScalarNode
from logan.config.yaml_nodes import Node as YamlNode
from logan.rules.sigma.fields import FIELDS, NUMBERS, UNKNOWABLE
from logan.rules.sigma.rule import All, AnyOf, Field, Has, Node, Not, Operation, Value
from logan.rules.sigma.values import ValueFaultError, network_value, regex_value, text_value

_PLACES: Final = ("contains", "startswith", "endswith")
_COMPARISONS: Final[Mapping[str, Operation]] = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_KNOWN: Final = (*_PLACES, "all", "cased", "re", "i", "m", "s", "exists", "cidr", "neq")
#: Modifiers of Sigma (appendix modifiers 2.1.0) that have no meaning for a record of a request.
_REFUSED: Final = (
    *("windash", "expand", "fieldref", "wide", "utf16", "utf16le", "utf16be"),
    *("base64", "base64offset", "minute", "hour", "day", "week", "month", "year"),
)


def read_selection(node: YamlNode, name: str, category: str, report: Report) -> Node | None:
    """One selection as a condition; None where a problem was reported instead."""
    if isinstance(node, ListNode) and node.items:
        return _joined([read_selection(one, name, category, report) for one in node.items], AnyOf)
    if isinstance(node, MapNode) and node.items:
        items = [_read_item(key, value, category, report) for key, value in node.items]
        return _joined(items, All)
    if isinstance(node, ScalarNode) and isinstance(node.value, str | int) and node.text:
        word = _read_value(node, "text", (), node, report)
        return None if word is None else Has("text", (word,))
    advice = "Write a map of fields and values, or a list of words."
    report.add(node.line, f"selection `{name}` is {describe(node)}", advice)
    return None


def _joined(parts: Sequence[Node | None], kind: type[All] | type[AnyOf]) -> Node | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return known[0] if len(known) == 1 else kind(tuple(known))


def _read_item(key: ScalarNode, value: YamlNode, category: str, report: Report) -> Node | None:
    name, *modifiers = key.text.split("|")
    field = _read_field(name, key.line, category, report)
    sound = _check_modifiers(modifiers, key, report)
    values = value.items if isinstance(value, ListNode) else (value,)
    if not values:
        report.add(value.line, f"`{key.text}` is an empty list", "Leave the field out instead.")
    if field is None or not sound or not values:
        return None
    read = [_read_value(one, field, modifiers, key, report) for one in values]
    known = tuple(one for one in read if one is not None)
    if len(known) < len(read):
        return None
    asked = Has(field, known, every="all" in modifiers)
    absent = "exists" in modifiers and values[0].text == "false"  # type: ignore[union-attr]
    return Not(asked) if "neq" in modifiers or absent else asked


def _read_field(name: str, line: int, category: str, report: Report) -> Field | None:
    if not name:
        return "text"
    known = FIELDS[category]
    # Some pipelines write W3C's names: cs(Referer), cs(User-Agent).
    plain = re.sub(r"^cs\((.*)\)$", r"cs-\1", name.lower())
    if plain in known:
        return known[plain]
    if reason := UNKNOWABLE.get((category, plain)):
        report.add(line, f"the field `{name}` {reason}", "Ask for another field.")
    else:
        message = f"logan's records have no field `{name[:60]}` of category {category}"
        report.add(line, message, suggest(plain, tuple(known)))
    return None


def _check_modifiers(modifiers: Sequence[str], key: ScalarNode, report: Report) -> bool:
    before = len(report.problems)
    for modifier in modifiers:
        if modifier in _REFUSED:
            message = f"the modifier `{modifier}` of `{key.text}` cannot be honoured"
            report.add(key.line, message, "Write the values out, or leave the rule to a SIEM.")
        elif modifier not in (*_KNOWN, *_COMPARISONS):
            message = f"`{key.text}` has an unknown modifier `{modifier}`"
            report.add(key.line, message, suggest(modifier, (*_KNOWN, *_COMPARISONS)))
    kinds = {*_PLACES, "re", "cidr", "exists", *_COMPARISONS} & set(modifiers)
    if len(kinds) > 1:
        message = f"the modifiers {', '.join(sorted(kinds))} of `{key.text}` exclude each other"
        report.add(key.line, message, "Keep one.")
    if {"i", "m", "s"} & set(modifiers) and "re" not in modifiers:
        report.add(key.line, f"`{key.text}` has flags for a pattern, and no `re`", "Write `|re|i`.")
    return len(report.problems) == before


def _read_value(
    node: YamlNode, field: Field, modifiers: Sequence[str], key: ScalarNode, report: Report
) -> Value | None:
    if not isinstance(node, ScalarNode):
        message = f"`{key.text}` has {describe(node)} where a value should be"
        report.add(node.line, message, "Write one value, or a list of values.")
        return None
    try:
        return _value(node, field, modifiers)
    except ValueFaultError as fault:
        report.add(node.line, f"`{key.text}`: {fault}")
        return None


def _value(node: ScalarNode, field: Field, modifiers: Sequence[str]) -> Value:
    if "exists" in modifiers:
        if not isinstance(node.value, bool):
            raise ValueFaultError(f"`exists` needs true or false, not `{node.text[:60]}`")
        return Value("present")
    if node.value is None:
        return Value("null")
    if isinstance(node.value, bool):
        raise ValueFaultError(f"`{node.text}` is no value that a log has; quote it if it is text")
    for modifier, operation in _COMPARISONS.items():
        if modifier in modifiers:
            return _comparison(node, field, operation)
    if "re" in modifiers:
        return regex_value(node.text, "".join(one for one in "ims" if one in modifiers))
    if "cidr" in modifiers:
        return network_value(node.text)
    place = next((one for one in _PLACES if one in modifiers), "")
    if field == "text" and not place:
        place = "contains"
    if not node.text and not place:
        return Value("null")
    return text_value(node.text, place=place, cased="cased" in modifiers)


def _comparison(node: ScalarNode, field: Field, operation: Operation) -> Value:
    if field not in NUMBERS:
        raise ValueFaultError("is compared with a number, and is none")
    if not isinstance(node.value, int | float):
        raise ValueFaultError(f"`{node.text[:60]}` is no number")
    return Value(operation, node.text)
