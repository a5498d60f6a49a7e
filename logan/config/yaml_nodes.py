"""Reads YAML into nodes that know their line; refuses what a rule file has no use for.

The tree is built from parser events, so depth is bounded before any recursion starts and an alias
is never followed. Scalars are typed by the YAML 1.2 core schema, as editors do (`no` is a word).
What a value means is decided in `logan.config.values` and `logan.config.shape`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from logan.errors import Problem

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 20
MAX_INTEGER_DIGITS: Final = 15

Scalar = str | int | float | bool | None

_NUMERIC: Final = "+-.0123456789"
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
#: CSafeLoader is the same parser in C; PyYAML may be installed without it.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ScalarNode(NamedTuple):
    """One value. `text` is as written, `value` as the YAML core schema types it."""

    line: int
    text: str
    value: Scalar


class ListNode(NamedTuple):
    """A sequence."""

    line: int
    items: tuple["Node", ...]


class MapNode(NamedTuple):
    """A mapping in file order; its keys are unique scalars."""

    line: int
    items: tuple[tuple[ScalarNode, "Node"], ...]


Node = ScalarNode | ListNode | MapNode


class _RefusedError(Exception):
    """Reading stops here: the rest of the file cannot be trusted to mean anything."""

    def __init__(self, line: int, message: str, advice: str) -> None:
        super().__init__(message)
        self.line, self.message, self.advice = line, message, advice


def read_yaml(path: Path, problems: list[Problem]) -> Node | None:
    """The root node of the one document in `path`; None where a problem was added instead."""
    return only_document(read_documents(path, problems), path, problems)


def parse_yaml(content: bytes, *, path: Path | str, problems: list[Problem]) -> Node | None:
    """As `read_yaml`, from bytes; `path` is used in messages only."""
    return only_document(parse_documents(content, path=path, problems=problems), path, problems)


def only_document(documents: list[Node], path: Path | str, problems: list[Problem]) -> Node | None:
    """The one document of a file that may hold no more; None where there is none."""
    if len(documents) > 1:
        advice = "Give each pack a file of its own."
        problems.append(Problem(path, documents[1].line, "starts a second document", advice))
        return None
    return documents[0] if documents else None


def read_documents(path: Path, problems: list[Problem]) -> list[Node]:
    """The root nodes of all documents in `path`; none where a problem was added instead."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        problems.append(Problem(path, None, f"cannot be read: {error.strerror}"))
        return []
    return parse_documents(content, path=path, problems=problems)


def parse_documents(content: bytes, *, path: Path | str, problems: list[Problem]) -> list[Node]:
    """As `read_documents`, from bytes; `path` is used in messages only."""
    if len(content) > MAX_BYTES:
        advice = "Split it: a folder of packs is read as one."
        problems.append(Problem(path, None, f"is larger than {MAX_BYTES:,} bytes", advice))
        return []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.append(Problem(path, line, "is not UTF-8", "Save the file as UTF-8."))
        return []
    try:
        return _documents(text, path, problems)
    except _RefusedError as refused:
        problems.append(Problem(path, refused.line, refused.message, refused.advice))
    except yaml.YAMLError as error:
        problems.append(_syntax_problem(error, text, path))
    return []


def _syntax_problem(error: yaml.YAMLError, text: str, path: Path | str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        return Problem(path, mark.line + 1, f"is not YAML: {getattr(error, 'problem', error)}")
    position = getattr(error, "position", None)
    line = text.count("\n", 0, position) + 1 if isinstance(position, int) else None
    return Problem(path, line, "has a character that YAML does not allow")


def _documents(text: str, path: Path | str, problems: list[Problem]) -> list[Node]:
    events = _checked_events(text)
    found = [_node(first, events, path, problems) for first in events]
    if not found:
        problems.append(Problem(path, None, "is empty", "Start with `pack: <name>`."))
    return found


def _checked_events(text: str) -> Iterator[yaml.Event]:
    """Node events only, with everything refused that could grow, hide or run something."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            yield event
        elif isinstance(event, yaml.NodeEvent):
            if event.anchor is not None:  # an alias has one too
                advice = "Write the value out."
                raise _RefusedError(_line(event), "uses a YAML anchor or alias", advice)
            if (tag := getattr(event, "tag", None)) is not None:
                advice = "Leave the tag out."
                raise _RefusedError(_line(event), f"uses the YAML tag {tag}", advice)
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    message = f"nests deeper than {MAX_DEPTH} levels"
                    raise _RefusedError(_line(event), message, "Flatten it.")
            yield event


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _node(
    event: yaml.Event, events: Iterator[yaml.Event], path: Path | str, problems: list[Problem]
) -> Node:
    line = _line(event)
    if isinstance(event, yaml.ScalarEvent):
        return ScalarNode(line, event.value, _typed(event, line))
    if isinstance(event, yaml.SequenceStartEvent):
        items: list[Node] = []
        while not isinstance(child := next(events), yaml.SequenceEndEvent):
            items.append(_node(child, events, path, problems))
        return ListNode(line, tuple(items))
    return _map_node(line, events, path, problems)


def _map_node(
    line: int, events: Iterator[yaml.Event], path: Path | str, problems: list[Problem]
) -> MapNode:
    seen: dict[str, tuple[ScalarNode, Node]] = {}
    while not isinstance(child := next(events), yaml.MappingEndEvent):
        key = _node(child, events, path, problems)
        if not isinstance(key, ScalarNode):
            raise _RefusedError(
                key.line, "has a key that is no plain word", "Use a word as the key."
            )
        value = _node(next(events), events, path, problems)
        if key.text in seen:
            first = seen[key.text][0].line
            message = f"`{key.text}` is given twice (first on line {first})"
            problems.append(Problem(path, key.line, message, "Keep one of the two."))
            continue
        seen[key.text] = (key, value)
    return MapNode(line, tuple(seen.values()))


def _typed(event: yaml.ScalarEvent, line: int) -> Scalar:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    if _INTEGER.fullmatch(text):
        if len(text) > MAX_INTEGER_DIGITS:
            raise _RefusedError(
                line, "has a number too large to mean anything", "Quote it, if text."
            )
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
