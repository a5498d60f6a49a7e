"""Reads TOML into nodes that know their line, the same nodes as those of YAML files.

What a file holds is decided by the standard library, which knows no lines. A file that it takes is
walked a second time for the places of keys and values; so little needs to be understood there that
nothing can be misread: where a string, a list and a table end.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from logan.config.yaml_nodes import MAX_BYTES, MAX_DEPTH, ListNode, MapNode, Node, ScalarNode
from logan.errors import Problem

_QUOTED: Final = r'"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'"
_PART: Final = f"(?:{_QUOTED}|[A-Za-z0-9_-]+)"
_KEY: Final = re.compile(rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*")
#: Up to two quotes may stand before the three that end a string of several lines.
_STRING: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}' + r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}|" + _QUOTED,
    re.DOTALL,
)
_OTHER: Final = re.compile(r"[^,\]}#\n]+")
_SPACE: Final = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def parse_toml(content: bytes, *, path: Path | str, problems: list[Problem]) -> MapNode | None:
    """The root table of a file with this content; None where a problem was added instead.

    `path` is used in messages only.
    """
    if len(content) > MAX_BYTES:
        problems.append(Problem(path, None, f"is larger than {MAX_BYTES:,} bytes"))
        return None
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.append(Problem(path, line, "is not UTF-8", "Save the file as UTF-8."))
        return None
    try:
        tomllib.loads(text)
        return _Walk(text).document()
    except RecursionError:
        message = f"nests deeper than {MAX_DEPTH} levels"
        problems.append(Problem(path, None, message, "Flatten it."))
    except ValueError as error:
        problems.append(_syntax_problem(str(error), text, path))
    return None


def _syntax_problem(message: str, text: str, path: Path | str) -> Problem:
    place = _PLACE.search(message)
    line = None
    if place is not None:
        line = int(place[1]) if place[1] else text.rstrip("\n").count("\n") + 1
    said = _PLACE.sub("", message)
    return Problem(path, line, f"is not TOML: {said[:1].lower()}{said[1:]}")


@dataclass
class _Table:
    """A table that is still growing: its headers and dotted keys may stand apart."""

    line: int
    items: dict[str, tuple[ScalarNode, Any]] = field(default_factory=dict)

    def below(self, key: ScalarNode) -> "_Table":
        """The table of this name, made where there is none; of several, the last."""
        found: _Table | list[_Table]
        _, found = self.items.setdefault(key.text, (key, _Table(key.line)))
        return found[-1] if isinstance(found, list) else found

    def append(self, key: ScalarNode) -> "_Table":
        """A further table of an array of this name."""
        tables: list[_Table]
        _, tables = self.items.setdefault(key.text, (key, []))
        tables.append(_Table(key.line))
        return tables[-1]


class _Walk:
    """A second way through a text that is known to be sound TOML."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._ends = [found.start() for found in re.finditer("\n", text)]

    def document(self) -> MapNode:
        root = current = _Table(1)
        while self._skip_space() < len(self._text):
            if self._peek() == "[":
                current = self._header(root)
            else:
                self._pair(current)
        return _finished_table(root)

    def _header(self, root: _Table) -> _Table:
        several = self._text.startswith("[[", self._at)
        self._at += 1 + several
        *above, last = self._key()
        self._skip_space()
        self._at += 1 + several
        table = root
        for key in above:
            table = table.below(key)
        return table.append(last) if several else table.below(last)

    def _pair(self, table: _Table, depth: int = 0) -> None:
        *above, last = self._key()
        for key in above:
            table = table.below(key)
        self._skip_space()
        self._at += 1  # the equals sign
        table.items[last.text] = (last, self._value(depth + 1))

    def _key(self) -> list[ScalarNode]:
        self._skip_space()
        line, written = self._line(), self._take(_KEY)
        inner: Any = tomllib.loads(f"{written} = 0")
        parts = []
        while isinstance(inner, dict):
            ((name, inner),) = inner.items()
            parts.append(ScalarNode(line, name, name))
        return parts

    def _value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise RecursionError
        self._skip_space()
        line, opens = self._line(), self._peek()
        if opens == "[":
            return ListNode(line, tuple(_finished(one) for one in self._items(depth)))
        if opens == "{":
            return self._inline_table(line, depth)
        return _scalar(line, self._take(_STRING if opens in "\"'" else _OTHER).strip())

    def _items(self, depth: int) -> Iterator[Any]:
        self._at += 1
        while not self._closed("]"):
            yield self._value(depth + 1)

    def _inline_table(self, line: int, depth: int) -> _Table:
        table = _Table(line)
        self._at += 1
        while not self._closed("}"):
            self._pair(table, depth)
        return table

    def _closed(self, bracket: str) -> bool:
        """True behind the bracket; False where a further item stands."""
        self._skip_space()
        if self._peek() == ",":
            self._at += 1
            self._skip_space()
        ended = self._peek() == bracket
        self._at += ended
        return ended

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        assert found is not None, "the standard library took this text"  # noqa: S101
        self._at = found.end()
        return found[0]

    def _skip_space(self) -> int:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at

    def _peek(self) -> str:
        return self._text[self._at]

    def _line(self) -> int:
        return bisect_left(self._ends, self._at) + 1


def _scalar(line: int, written: str) -> ScalarNode:
    value = tomllib.loads(f"value = {written}")["value"]
    if isinstance(value, str):
        return ScalarNode(line, value, value)
    is_number = isinstance(value, int | float)
    return ScalarNode(line, written, value if is_number else written)


def _finished(value: Any) -> Node:
    if isinstance(value, _Table):
        return _finished_table(value)
    if isinstance(value, list):
        return ListNode(value[0].line, tuple(_finished_table(table) for table in value))
    node: Node = value
    return node


def _finished_table(table: _Table) -> MapNode:
    items = ((key, _finished(value)) for key, value in table.items.values())
    return MapNode(table.line, tuple(items))
