"""Turns YAML documents that are Sigma rules into `SigmaRule`s; reports all that is wrong with them.

A rule whose `name` is `service/activity/anything`, with an activity of logan's vocabulary, is
counted under them (exported rules are so named). Any other is a service of its own, and its
matches are pages, or contacts where a line shows no more than a host.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from logan.config.shape import Report, describe, suggest
from logan.config.yaml_nodes import ListNode, MapNode, ScalarNode
from logan.config.yaml_nodes import Node as YamlNode
from logan.errors import Problem
from logan.rules.sigma.condition import ConditionFaultError, read_condition
from logan.rules.sigma.detection import read_selection
from logan.rules.sigma.fields import FIELDS
from logan.rules.sigma.kind import OTHER
from logan.rules.sigma.literals import triggers
from logan.rules.sigma.rule import LEVELS, AnyOf, Node, SigmaRule
from logan.vocabulary import ACTIVITIES, Activity, Evidence

_EVIDENCE: Final[Mapping[str, tuple[Evidence, ...]]] = {
    "proxy": ("url", "connect"),
    "webserver": ("url", "connect"),
    "dns": ("dns",),
}
_VISITS: Final = frozenset({"page", "contact"})
_REQUIRED: Final = ("title", "logsource", "detection")
_NAMED: Final = re.compile(rf"([a-z][a-z0-9_]*)/({'|'.join(ACTIVITIES)})/(\S+)")


def read_rules(documents: Sequence[YamlNode], report: Report) -> list[SigmaRule]:
    """The sound rules among documents of one file; problems with the others are reported."""
    found = [read_rule(node, report) for node in documents]
    return [rule for rule in found if rule is not None]


def arrange(rules: Sequence[SigmaRule], problems: list[Problem]) -> tuple[SigmaRule, ...]:
    """Rules in the order in which they are tried: the gravest level first, visits after acts.

    Adds a problem for each rule whose id another has.
    """
    first: dict[str, SigmaRule] = {}
    for rule in rules:
        if rule.id in first:
            message = f"`{rule.id}` exists already at {first[rule.id].path}:{first[rule.id].line}"
            problems.append(Problem(rule.path, rule.line, message, "Give one another `name`."))
        first.setdefault(rule.id, rule)
    return tuple(
        sorted(rules, key=lambda rule: (rule.activity in _VISITS, -LEVELS.index(rule.level)))
    )


def read_rule(node: YamlNode, report: Report) -> SigmaRule | None:
    """The rule in one document; None where problems were reported instead."""
    if not isinstance(node, MapNode):
        report.add(node.line, f"the document is {describe(node)}, not a Sigma rule")
        return None
    keys = {key.text: (key.line, value) for key, value in node.items}
    before = len(report.problems)
    _check_kind(node, keys, report)
    category = _category(keys, report)
    texts = {key: _text(key, keys, report) for key in ("title", "id", "name", "level", "status")}
    _check_words(texts, keys, report)
    condition = _condition(keys, category, report) if category else None
    if len(report.problems) > before or condition is None or category is None:
        return None
    return _rule(texts, condition, category, (report.path, node.line))


def _check_kind(node: MapNode, keys: Mapping[str, Any], report: Report) -> None:
    for key, reason in OTHER.items():
        if key in keys:
            report.add(keys[key][0], f"`{key}`: {reason}", "Take it out of this file.")
            return
    for key in _REQUIRED:
        if key not in keys:
            report.add(node.line, f"the Sigma rule lacks `{key}`")
    taxonomy = keys.get("taxonomy")
    if taxonomy and getattr(taxonomy[1], "text", None) != "sigma":
        report.add(taxonomy[0], "the rule's taxonomy is not `sigma`", "Convert its fields first.")


def _category(keys: Mapping[str, tuple[int, YamlNode]], report: Report) -> str | None:
    if "logsource" not in keys:
        return None
    line, node = keys["logsource"]
    if not isinstance(node, MapNode):
        report.add(line, f"`logsource` is {describe(node)}", "Write `category: proxy` below it.")
        return None
    given = {key.text: value for key, value in node.items}
    for key in sorted(given.keys() - {"category", "definition"}):
        text = getattr(given[key], "text", "")
        report.add(
            given[key].line,
            f"`logsource` asks for {key} `{text[:40]}`, which no line says of itself",
            "Leave it out, and scan only the logs that it means.",
        )
    category = getattr(given.get("category"), "text", "")
    if category not in FIELDS:
        message = f"logan has no records of category `{category[:40]}`"
        report.add(line, message, suggest(category, tuple(FIELDS)))
        return None
    return category


def _text(key: str, keys: Mapping[str, tuple[int, YamlNode]], report: Report) -> str | None:
    if key not in keys:
        return None
    line, node = keys[key]
    if not isinstance(node, ScalarNode) or not node.text.strip():
        report.add(line, f"`{key}` is {describe(node)}, not text")
        return None
    return node.text.strip()


def _check_words(
    texts: Mapping[str, str | None], keys: Mapping[str, tuple[int, YamlNode]], report: Report
) -> None:
    level = texts["level"]
    if level is not None and level not in LEVELS:
        report.add(keys["level"][0], f"`level` is `{level[:40]}`", suggest(level, LEVELS))
    if texts["status"] == "unsupported":
        report.add(keys["status"][0], "the rule calls itself unsupported: its author gave it up")


def _condition(
    keys: Mapping[str, tuple[int, YamlNode]], category: str, report: Report
) -> Node | None:
    if "detection" not in keys:
        return None
    line, node = keys["detection"]
    if not isinstance(node, MapNode):
        report.add(line, f"`detection` is {describe(node)}", "Write selections and a condition.")
        return None
    found: dict[str, Node | None] = {}
    condition: YamlNode | None = None
    for key, value in node.items:
        if key.text == "condition":
            condition = value
        elif key.text == "timeframe":
            message = "`timeframe` asks for several events, and one line is one event"
            report.add(key.line, message, "Leave it out; logan's own tables count.")
        else:
            found[key.text] = read_selection(value, key.text, category, report)
    if condition is None:
        report.add(line, "`detection` lacks `condition`", "For example `condition: selection`.")
        return None
    known = {name: part for name, part in found.items() if part is not None}
    return _joined(condition, known, report) if len(known) == len(found) else None


def _joined(node: YamlNode, selections: Mapping[str, Node], report: Report) -> Node | None:
    """One condition, or several of which one must hold."""
    parts: list[Node] = []
    for one in node.items if isinstance(node, ListNode) else (node,):
        if not isinstance(one, ScalarNode):
            report.add(one.line, f"`condition` is {describe(one)}, not text")
            continue
        try:
            parts.append(read_condition(one.text, selections))
        except ConditionFaultError as fault:
            report.add(one.line, str(fault), fault.advice)
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _rule(
    texts: Mapping[str, str | None], condition: Node, category: str, place: tuple[Path | str, int]
) -> SigmaRule:
    title = texts["title"] or ""
    named = _NAMED.fullmatch(texts["name"] or "")
    activity = named[2] if named else "contact" if category == "dns" else "page"
    slug = re.sub("[^a-z0-9]+", "_", title.lower()).strip("_")[:60] or "sigma"
    return SigmaRule(
        id=named[3] if named else texts["name"] or texts["id"] or f"sigma.{slug}",
        service=named[1] if named else slug,
        name=title.split(": ")[0] if named else title,
        title=title,
        activity=cast(Activity, activity),
        level=texts["level"] or "low",
        evidence=_EVIDENCE[category],
        condition=condition,
        triggers=triggers(condition),
        path=place[0],
        line=place[1],
    )
