"""The kinds of value a rule file may hold: each reads a node and can print itself as JSON Schema.

A shape adds every problem it finds and returns `BAD`, so that all problems of a file come at once.
Which keys exist is said in `logan.rules.language`; what they mean together in `logan.rules.checks`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Protocol

from logan.errors import Problem
from logan.rules.yaml_nodes import ListNode, MapNode, Node, ScalarNode

Schema = dict[str, Any]


class _Bad:
    def __repr__(self) -> str:
        return "BAD"


#: Stands for a value that could not be read; its problem has been reported.
BAD: Final = _Bad()


@dataclass(slots=True)
class Report:
    """Collects the problems of one file."""

    path: Path | str
    problems: list[Problem] = field(default_factory=list)

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
    near = _nearest(word, known)
    return f"Did you mean `{near[0]}`?" if near else "Known here: " + ", ".join(known) + "."


def _nearest(word: str, known: Mapping[str, Any] | tuple[str, ...]) -> list[str]:
    return get_close_matches(word, list(known), n=1, cutoff=0.6)


def describe(node: Node) -> str:
    """What a node is, in the words of a message."""
    if isinstance(node, MapNode):
        return "a mapping"
    if isinstance(node, ListNode):
        return "a list"
    return "empty" if node.value is None else f"`{node.text[:60]}`"


@dataclass(frozen=True, slots=True)
class Text:
    """Words. `pattern` (a full match, portable between Python and JavaScript) may restrict it."""

    pattern: str | None = None
    example: str | None = None

    def read(self, node: Node, key: str, report: Report) -> Any:
        if not isinstance(node, ScalarNode) or not isinstance(node.value, str) or not node.value:
            advice = self._advice() if self.example else "Write text; quote it if it is a number."
            return report.add(node.line, f"`{key}` is {describe(node)}, not text", advice)
        if self.pattern and not re.fullmatch(self.pattern, node.value):
            message = f"`{key}: {node.value[:60]}` is not of the form {self.pattern}"
            return report.add(node.line, message, self._advice())
        return node.value

    def _advice(self) -> str | None:
        return f"For example `{self.example}`." if self.example else None

    def schema(self) -> Schema:
        found: Schema = {"type": "string", "minLength": 1}
        if self.pattern:
            found["pattern"] = f"^(?:{self.pattern})$"
        if self.example:
            found["examples"] = [self.example]
        return found


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, node: Node, key: str, report: Report) -> Any:
        if isinstance(node, ScalarNode) and node.value in self.words:
            return node.value
        word = node.text if isinstance(node, ScalarNode) else ""
        message = f"`{key}` is {describe(node)}"
        return report.add(node.line, message, suggest(word, self.words))

    def schema(self) -> Schema:
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number between two bounds, both included."""

    least: int
    most: int

    def read(self, node: Node, key: str, report: Report) -> Any:
        value = node.value if isinstance(node, ScalarNode) else None
        if isinstance(value, int) and not isinstance(value, bool):  # noqa: SIM102 (for mypy)
            if self.least <= value <= self.most:
                return value
        advice = f"Write a whole number from {self.least} to {self.most}."
        return report.add(node.line, f"`{key}` is {describe(node)}", advice)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    def read(self, node: Node, key: str, report: Report) -> Any:
        if isinstance(node, ScalarNode) and isinstance(node.value, bool):
            return node.value
        return report.add(node.line, f"`{key}` is {describe(node)}", "Write true or false.")

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar, `2026-11-22`."""

    def read(self, node: Node, key: str, report: Report) -> Any:
        text = node.text if isinstance(node, ScalarNode) else ""
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                pass
        advice = "Write year, month and day: 2026-11-22."
        return report.add(node.line, f"`{key}` is {describe(node)}, not a day", advice)

    def schema(self) -> Schema:
        return {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


@dataclass(frozen=True, slots=True)
class Period:
    """A year, month or day, as exactly as a source gives it."""

    def read(self, node: Node, key: str, report: Report) -> Any:
        text = node.text if isinstance(node, ScalarNode) else ""
        if re.fullmatch("[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?", text):
            return text
        advice = "Write 2024, 2024-05 or 2024-05-17."
        return report.add(node.line, f"`{key}` is {describe(node)}, not a date", advice)

    def schema(self) -> Schema:
        pattern = "^[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?$"
        year = {"type": "integer", "minimum": 1000, "maximum": 9999}
        return {"anyOf": [{"type": "string", "pattern": pattern}, year]}


@dataclass(frozen=True, slots=True)
class Status:
    """A status of HTTP, `404`, or a class of them, `4xx`."""

    def read(self, node: Node, key: str, report: Report) -> Any:
        text = node.text if isinstance(node, ScalarNode) else ""
        if re.fullmatch("[1-5](?:[0-9][0-9]|xx)", text):
            return text
        return report.add(node.line, f"`{key}` has {describe(node)}", "Write 200, or 2xx for all.")

    def schema(self) -> Schema:
        number = {"type": "integer", "minimum": 100, "maximum": 599}
        return {"anyOf": [{"type": "string", "pattern": "^[1-5](?:[0-9][0-9]|xx)$"}, number]}


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression of the linear kind: no look-around, no back-references."""

    def read(self, node: Node, key: str, report: Report) -> Any:
        if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
            advice = "Write a regular expression in single quotes."
            return report.add(node.line, f"`{key}` is {describe(node)}", advice)
        fault = regex_fault(node.value)
        if fault is not None:
            advice = "Patterns are matched in linear time: no look-around, no back-references."
            return report.add(node.line, f"`{key}: {node.value[:60]}` {fault}", advice)
        return node.value

    def schema(self) -> Schema:
        return {"type": "string"}


def regex_fault(pattern: str) -> str | None:
    """Why the matching engine refuses a pattern, in one line; None where it takes it."""
    import polars as pl  # the engine itself is the judge; it is slow to import, so only here

    try:
        pl.select(pl.lit("").str.contains(f"^(?:{pattern})$"))
    except pl.exceptions.ComputeError as error:
        reasons = [line for line in str(error).splitlines() if line.startswith("error:")]
        return "is no pattern: " + (reasons[0].removeprefix("error: ") if reasons else "too large")
    return None


def fully_matches(pattern: str, text: str) -> bool:
    """True where a sound pattern takes the whole text, as the matching engine sees it."""
    import polars as pl

    return bool(pl.select(pl.lit(text).str.contains(f"^(?:{pattern})$")).item())


_HOST_PATTERN: Final = (
    r"(?:[a-z0-9-]|\\[.d]|\[[a-z0-9-]+\]|\(\?:|[)|?+*]|\.[+*]|\{[0-9]+(?:,[0-9]*)?\})+"
)


@dataclass(frozen=True, slots=True)
class HostPattern:
    """A pattern for hosts, in the few signs that mean the same on raw bytes of a log line."""

    def read(self, node: Node, key: str, report: Report) -> Any:
        value = Regex().read(node, key, report)
        if value is BAD or re.fullmatch(_HOST_PATTERN, value):
            return value
        advice = r"Write a-z 0-9 - \. \d [a-z] (?:a|b) and .+ with ? + * {2,3}, in lower case."
        return report.add(node.line, f"`{key}: {value[:60]}` is too clever for a host", advice)

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1, "pattern": f"^{_HOST_PATTERN}$"}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one kind of value; words stand in it once."""

    item: Shape
    least: int = 1

    def read(self, node: Node, key: str, report: Report) -> Any:
        if not isinstance(node, ListNode):
            advice = "Write a list: one `- item` per line, or [a, b]."
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
        unique = not isinstance(self.item, Record)
        found: Schema = {"type": "array", "items": self.item.schema(), "minItems": self.least}
        return found | ({"uniqueItems": True} if unique else {})


@dataclass(frozen=True, slots=True)
class MapOf:
    """Free keys (of a form) to one kind of value."""

    key: Text
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


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a `Record`: its kind of value, its meaning, and whether it must be there."""

    shape: Shape
    meaning: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A mapping that was read: values by key, and where each key stands."""

    line: int
    values: Mapping[str, Any]
    lines: Mapping[str, int]

    def line_of(self, key: str) -> int:
        """The line of a key; of the entry where the key was left out."""
        return self.lines.get(key, self.line)


@dataclass(frozen=True, slots=True)
class Record:
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
                "Write `key: value` lines: " + ", ".join(self._required()) + " ...",
            )
        before = len(report.problems)
        values: dict[str, Any] = {}
        lines: dict[str, int] = {}
        meant: set[str] = set()
        for name, child in node.items:
            if (known := self.keys.get(name.text)) is None:
                message = f"{self.what} has no key `{name.text[:60]}`"
                report.add(name.line, message, suggest(name.text, tuple(self.keys)))
                meant.update(_nearest(name.text, tuple(self.keys)))
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
