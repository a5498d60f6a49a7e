"""The kinds of value a rule file may hold: each reads a node and can print itself as JSON Schema.

A shape adds every problem it finds and returns `BAD`, so that all problems of a file come at once.
Single values are in `logan.config.values`; which keys exist is said in `logan.rules.language`, what
they mean together in `logan.rules.checks`.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from logan.config.yaml_nodes import ListNode, MapNode, Node, ScalarNode
from logan.errors import Problem

Schema = dict[str, Any]


class _Bad:
    def __repr__(self) -> str:
        return "BAD"


#: Stands for a value that could not be read; its problem has been reported.
BAD: Final = _Bad()


class Notation(NamedTuple):
    """How advice writes a list, a mapping's lines and a key with its value."""

    items: str
    lines: str
    pair: str


YAML: Final = Notation("one `- item` per line, or [a, b]", "`key: value`", "{}: {}")
TOML: Final = Notation('["a", "b"]', "`key = value`", "{} = {}")


class Report:
    """Collects the problems of one file, which is written in `notation`."""

    def __init__(
        self,
        path: Path | str,
        problems: list[Problem] | None = None,
        notation: Notation = YAML,
    ) -> None:
        self.path, self.notation = path, notation
        self.problems = [] if problems is None else problems

    def add(self, line: int | None, message: str, advice: str | None = None) -> _Bad:
        """Notes a problem; returns `BAD` so that a reader can end with it."""
        self.problems.append(Problem(self.path, line, message, advice))
        return BAD


class Shape(Protocol):
    """One kind of value."""

    def read(self, node: Node, key: str, report: Report) -> Any:
        """The value, or `BAD` with a problem reported. `key` is for messages."""

    def schema(self) -> Schema:
        """The same restriction as JSON Schema (2020-12)."""


def suggest(word: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    """Advice for a misspelt word: the likeliest one meant, else everything there is."""
    near = find_nearest_word(word, known)
    return f"Did you mean `{near}`?" if near else "Known here: " + ", ".join(known) + "."


def find_nearest_word(word: str, known: Iterable[str]) -> str | None:
    """The known word that a misspelt one is likeliest to mean; None where none is near."""
    from difflib import get_close_matches  # only mistakes need it

    return next(iter(get_close_matches(word, list(known), n=1, cutoff=0.6)), None)


def describe(node: Node) -> str:
    """What a node is, in the words of a message."""
    if isinstance(node, MapNode):
        return "a mapping"
    if isinstance(node, ListNode):
        return "a list"
    return "empty" if node.value is None else f"`{node.text[:60]}`"


class ListOf(NamedTuple):
    """A list of one kind of value; words stand in it once."""

    item: Shape
    least: int = 1

    def read(self, node: Node, key: str, report: Report) -> Any:
        if not isinstance(node, ListNode):
            advice = f"Write a list: {report.notation.items}."
            return report.add(node.line, f"`{key}` is {describe(node)}, not a list", advice)
        if len(node.items) < self.least:
            return report.add(node.line, f"`{key}` is an empty list", "Leave the key out instead.")
        values = [self.item.read(item, key, report) for item in node.items]
        seen: list[Any] = []
        for item, value in zip(node.items, values, strict=True):
            if isinstance(value, str) and value in seen:
                report.add(item.line, f"`{key}` has `{value[:60]}` twice", "Keep one.")
            seen.append(value)
        return tuple(value for value in values if value is not BAD)

    def schema(self) -> Schema:
        unique = not isinstance(self.item, MappingShape)
        found: Schema = {"type": "array", "items": self.item.schema(), "minItems": self.least}
        return found | ({"uniqueItems": True} if unique else {})


class MapOf(NamedTuple):
    """Free keys (of a form) to one kind of value."""

    key: Shape
    item: Shape

    def read(self, node: Node, key: str, report: Report) -> Any:
        if not isinstance(node, MapNode) or not node.items:
            return report.add(node.line, f"`{key}` is {describe(node)}", "Write `name: value`.")
        found: dict[str, Any] = {}
        for name, value in node.items:
            # Parameter names may look like numbers; a key is always words.
            word = self.key.read(ScalarNode(name.line, name.text, name.text), key, report)
            read = self.item.read(value, name.text, report)
            if word is not BAD and read is not BAD:
                found[word] = read
        return found

    def schema(self) -> Schema:
        return {
            "type": "object",
            "minProperties": 1,
            "propertyNames": self.key.schema(),
            "additionalProperties": self.item.schema(),
        }


class Key(NamedTuple):
    """One key of a `MappingShape`: its kind of value, its meaning, and whether it must be there."""

    shape: Shape
    meaning: str
    required: bool = False


class Entry(NamedTuple):
    """A mapping that was read: values by key, and where each key stands."""

    line: int
    values: Mapping[str, Any]
    lines: Mapping[str, int]

    def line_of(self, key: str) -> int:
        """The line of a key; of the entry where the key was left out."""
        return self.lines.get(key, self.line)


class MappingShape(NamedTuple):
    """A mapping with a fixed set of keys; of `one_of` exactly one, of `at_most_one` no more."""

    what: str
    keys: Mapping[str, Key]
    one_of: tuple[str, ...] = ()
    at_most_one: tuple[str, ...] = ()

    def read(self, node: Node, key: str, report: Report) -> Any:
        if not isinstance(node, MapNode):
            return report.add(
                node.line,
                f"`{key}` has {describe(node)} where {self.what} should be",
                f"Write {report.notation.lines} lines: " + ", ".join(self._required()) + " ...",
            )
        before = len(report.problems)
        values: dict[str, Any] = {}
        lines: dict[str, int] = {}
        meant: set[str] = set()
        for name, child in node.items:
            if (known := self.keys.get(name.text)) is None:
                message = f"{self.what} has no key `{name.text[:60]}`"
                report.add(name.line, message, suggest(name.text, tuple(self.keys)))
                if near := find_nearest_word(name.text, self.keys):
                    meant.add(near)
                continue
            lines[name.text] = name.line
            values[name.text] = known.shape.read(child, name.text, report)
        self._check_presence(node, lines, meant, report)
        return Entry(node.line, values, lines) if len(report.problems) == before else BAD

    def _required(self) -> list[str]:
        return [name for name, key in self.keys.items() if key.required]

    def _check_presence(
        self, node: MapNode, given: Mapping[str, int], meant: set[str], report: Report
    ) -> None:
        for name in self._required():
            # A misspelt key is one mistake, not two.
            if name not in given and name not in meant:
                meaning = self.keys[name].meaning
                report.add(node.line, f"{self.what} lacks `{name}`", f"`{name}`: {meaning}")
        for names, least in ((self.one_of, 1), (self.at_most_one, 0)):
            present = [name for name in names if name in given]
            if names and not least <= len(present) <= 1:
                wanted = "exactly one" if least else "at most one"
                line = max((given[name] for name in present), default=node.line)
                report.add(line, f"{self.what} needs {wanted} of " + ", ".join(names))

    def schema(self) -> Schema:
        found: Schema = {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                name: {"description": key.meaning, **key.shape.schema()}
                for name, key in self.keys.items()
            },
        }
        if required := self._required():
            found["required"] = required
        if self.one_of:
            found["oneOf"] = [{"required": [name]} for name in self.one_of]
        if self.at_most_one:
            pairs = [
                {"required": [one, other]}
                for index, one in enumerate(self.at_most_one)
                for other in self.at_most_one[index + 1 :]
            ]
            found["not"] = {"anyOf": pairs}
        return found
