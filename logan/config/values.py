"""The single values a rule file may hold: words, choices, numbers, days, patterns.

What is built of them (lists, mappings with keys) is in `logan.config.shape`.
"""

import re
from datetime import date
from typing import Any, Final, NamedTuple

from logan.config.plain_patterns import is_plain, plain_match
from logan.config.shape import BAD, Report, Schema, describe, suggest
from logan.config.yaml_nodes import Node, ScalarNode


class Text(NamedTuple):
    """Words. `pattern` (a full match, portable between Python and JavaScript) may restrict it.

    `form` says in words what the pattern asks for, where that is easier to read.
    """

    pattern: str | None = None
    example: str | None = None
    form: str | None = None

    def read(self, node: Node, key: str, report: Report) -> Any:
        if not isinstance(node, ScalarNode) or not isinstance(node.value, str) or not node.value:
            advice = self._advice() if self.example else "Write text; quote it if it is a number."
            return report.add(node.line, f"`{key}` is {describe(node)}, not text", advice)
        if self.pattern and not re.fullmatch(self.pattern, node.value):
            written = report.notation.pair.format(key, node.value[:60])
            message = f"`{written}` is not {self.form or f'of the form {self.pattern}'}"
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


class Choice(NamedTuple):
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


class WholeNumber(NamedTuple):
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


class Flag:
    """true or false."""

    def read(self, node: Node, key: str, report: Report) -> Any:
        if isinstance(node, ScalarNode) and isinstance(node.value, bool):
            return node.value
        return report.add(node.line, f"`{key}` is {describe(node)}", "Write true or false.")

    def schema(self) -> Schema:
        return {"type": "boolean"}


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


class PeriodValue:
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
    if is_plain(pattern):
        return None
    import polars as pl  # the engine itself is the judge; it is slow to import, so only here

    try:
        pl.select(pl.lit("").str.contains(f"^(?:{pattern})$"))
    except pl.exceptions.ComputeError as error:
        reasons = [line for line in str(error).splitlines() if line.startswith("error:")]
        return "is no pattern: " + (reasons[0].removeprefix("error: ") if reasons else "too large")
    return None


def fully_matches(pattern: str, text: str) -> bool:
    """True where a sound pattern takes the whole text, as the matching engine sees it."""
    if (known := plain_match(pattern, text)) is not None:
        return known
    import polars as pl  # as above

    return bool(pl.select(pl.lit(text).str.contains(f"^(?:{pattern})$")).item())


_HOST_PATTERN: Final = (
    r"(?:[a-z0-9-]|\\[.d]|\[[a-z0-9-]+\]|\(\?:|[)|?+*]|\.[+*]|\{[0-9]+(?:,[0-9]*)?\})+"
)


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
