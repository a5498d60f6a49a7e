"""Which raw lines a rule could match: literals derived from its condition, for the prefilter.

A line too many costs a moment; one too few would be a wrong "none found". So only text that a
gateway writes as it is counts, and a rule that demands none takes every line.
"""

import re
from typing import Final

from logan.rules.name_patterns import name_pattern
from logan.rules.sigma.rule import All, AnyOf, Has, Node, Not, Value

#: Every line that is not blank.
EVERY_LINE: Final = "."

#: Fields that stand in the line as text. Methods and statuses may be logged as codes, addresses of
#: clients in several spellings.
_WRITTEN: Final = frozenset(
    {"host", "path", "query", "url", "extension", "referrer", "user_agent", "user", "text"}
)
#: Shorter literals are in so many lines that they sift nothing.
_SHORTEST: Final = 3
#: What `logan.rules.sigma.expression.address` may add to an address by itself.
_ADDED: Final = frozenset({"http", "https"})


def triggers(condition: Node) -> tuple[str, ...]:
    """Patterns (caseless, bytes), one of which is in every line that the condition can match."""
    found = _needed(condition)
    return tuple(dict.fromkeys(found)) if found else (EVERY_LINE,)


def _needed(node: Node) -> tuple[str, ...] | None:
    """Alternatives, one of which must be there; None where nothing must."""
    if isinstance(node, Not):
        return None
    if isinstance(node, All):
        return _rarest([_needed(part) for part in node.parts])
    if isinstance(node, AnyOf):
        return _either([_needed(part) for part in node.parts])
    choices = [_of_value(node, value) for value in node.values]
    return _rarest(choices) if node.every else _either(choices)


def _either(choices: list[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    known = [choice for choice in choices if choice is not None]
    return tuple(one for choice in known for one in choice) if len(known) == len(choices) else None


def _rarest(choices: list[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    known = [choice for choice in choices if choice is not None]
    return max(known, key=lambda choice: min(map(len, choice)), default=None)


def _of_value(has: Has, value: Value) -> tuple[str, ...] | None:
    if value.operation not in ("text", "pattern") or has.field not in _WRITTEN:
        return None
    if has.field == "host":
        names = [name for run in value.runs for name in re.findall(r"[a-z0-9.-]+", run.lower())]
        pieces = [name.strip(".-") for name in names if "xn--" not in name]
        return _longest([piece for piece in pieces if ".." not in piece], host=True)
    words = [word for run in value.runs for word in re.findall(r"[A-Za-z0-9_-]+", run)]
    return _longest([word for word in words if not _may_be_added(word, has)], host=False)


def _may_be_added(word: str, has: Has) -> bool:
    return has.field == "url" and (
        word.lower() in _ADDED or word.isdigit() or "xn--" in word.lower()
    )


def _longest(pieces: list[str], *, host: bool) -> tuple[str, ...] | None:
    longest = max(pieces, key=len, default="")
    if len(longest) < _SHORTEST:
        return None
    return (name_pattern(longest) if host else re.escape(longest),)
