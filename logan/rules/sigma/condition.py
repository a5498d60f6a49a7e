"""Reads a `condition`: names joined by and, or, not, parentheses, `1 of` and `all of`.

`not` binds closest, then `and`, then `or` (sigma-specification, "Condition").
"""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

from logan.config.shape import suggest
from logan.rules.sigma.rule import All, AnyOf, Node, Not

_TOKEN: Final = re.compile(r"\s*([()]|[^\s()]+)")
_COUNTS: Final = ("1", "any", "all")
#: Deeper nesting than this is no condition that anybody wrote.
_DEEPEST: Final = 50


class ConditionFaultError(Exception):
    """A condition cannot be honoured; `advice` says what to write instead."""

    def __init__(self, message: str, advice: str | None = None) -> None:
        super().__init__(message)
        self.advice = advice


def read_condition(text: str, selections: Mapping[str, Node]) -> Node:
    """The condition over selections by name. Raises `ConditionFaultError`."""
    if "|" in text:
        what = text.split("|", 1)[1].strip().split("(")[0].split(" ")[0]
        raise ConditionFaultError(
            f"the condition counts events (`{what[:30]}`), which one line cannot meet",
            "Leave the part after `|` out; logan's own tables count.",
        )
    return _Parser(_TOKEN.findall(text), selections).read()


class _Parser:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, tokens: list[str], selections: Mapping[str, Node]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._selections = selections

    def read(self) -> Node:
        node = self._either()
        if (extra := self._peek()) is not None:
            raise ConditionFaultError(f"the condition has `{extra[:60]}` where it should end")
        return node

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self) -> str:
        token = self._peek()
        if token is None:
            raise ConditionFaultError("the condition ends where a name should stand")
        self._at += 1
        return token

    def _is_next(self, word: str) -> bool:
        token = self._peek()
        if token is None or token.lower() != word:
            return False
        self._at += 1
        return True

    def _either(self) -> Node:
        parts = [self._both()]
        while self._is_next("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _both(self) -> Node:
        parts = [self._single()]
        while self._is_next("and"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _single(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ConditionFaultError(f"the condition nests deeper than {_DEEPEST} levels")
        try:
            if self._is_next("not"):
                return Not(self._single())
            if self._is_next("("):
                return self._group()
            return self._named(self._take())
        finally:
            self._depth -= 1

    def _group(self) -> Node:
        node = self._either()
        if not self._is_next(")"):
            raise ConditionFaultError("the condition lacks a `)`")
        return node

    def _named(self, name: str) -> Node:
        if (self._peek() or "").lower() == "of":
            self._at += 1
            return self._several(name, self._take())
        if name not in self._selections:
            raise ConditionFaultError(
                f"the condition names `{name[:60]}`, which is no selection",
                suggest(name, tuple(self._selections)),
            )
        return self._selections[name]

    def _several(self, count: str, pattern: str) -> Node:
        if count.lower() not in _COUNTS:
            raise ConditionFaultError(
                f"`{count[:30]} of` cannot be honoured", "Write `1 of` or `all of`."
            )
        parts = [
            node
            for name, node in self._selections.items()
            if (not name.startswith("_") if pattern == "them" else fnmatchcase(name, pattern))
        ]
        if not parts:
            raise ConditionFaultError(
                f"no selection is named `{pattern[:60]}`", suggest(pattern, tuple(self._selections))
            )
        return (All if count.lower() == "all" else AnyOf)(tuple(parts))
