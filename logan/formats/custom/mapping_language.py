"""The language of mapping files: every key, its kind of value and its meaning.

A mapping file describes a log that logan does not know. What its values mean together, and that its
samples are read as they say, is checked in `logan.formats.custom.mapping`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from logan.config.shape import (
    BAD,
    Entry,
    Key,
    ListOf,
    MapOf,
    MappingShape,
    Report,
    Schema,
    Shape,
    describe,
)
from logan.config.values import Choice, Regex, Text
from logan.config.yaml_nodes import ListNode, MapNode, Node, ScalarNode
from logan.vocabulary import EVIDENCE

#: How the lines of a log are made.
LINES: Final = ("csv", "tsv", "words", "key-value", "json", "regex")

FIELD: Final = Text(example="dest_host")
FIELDS: Final = ListOf(FIELD)
_WORDS: Final = ListOf(Text(example="DENY"))


@dataclass(frozen=True, slots=True)
class FieldOr:
    """A field's name; a list of names, of which the first that holds something counts; or more."""

    record: MappingShape

    def read(self, node: Node, key: str, report: Report) -> Any:
        if isinstance(node, MapNode):
            return self.record.read(node, key, report)
        fields = FIELDS if isinstance(node, ListNode) else FIELD
        value = fields.read(node, key, report)
        if value is BAD:
            return BAD
        names = value if isinstance(value, tuple) else (value,)
        return Entry(node.line, {"from": names}, {"from": node.line})

    def schema(self) -> Schema:
        return {"anyOf": [FIELD.schema(), FIELDS.schema(), self.record.schema()]}


@dataclass(frozen=True, slots=True)
class ChoiceOr:
    """One of a few words; or, where lines differ, which field tells."""

    words: tuple[str, ...]
    record: MappingShape

    def read(self, node: Node, key: str, report: Report) -> Any:
        shape = self.record if isinstance(node, MapNode) else Choice(self.words)
        return shape.read(node, key, report)

    def schema(self) -> Schema:
        return {"anyOf": [Choice(self.words).schema(), self.record.schema()]}


@dataclass(frozen=True, slots=True)
class OrNone:
    """What a shape reads; or `null`, which says that the log does not have it."""

    shape: Shape

    def read(self, node: Node, key: str, report: Report) -> Any:
        if isinstance(node, ScalarNode) and node.value is None:
            return None
        return self.shape.read(node, key, report)

    def schema(self) -> Schema:
        return {"anyOf": [self.shape.schema(), {"type": "null"}]}


@dataclass(frozen=True, slots=True)
class OneOrMore:
    """One name or a list of them."""

    def read(self, node: Node, key: str, report: Report) -> Any:
        if isinstance(node, ListNode):
            return FIELDS.read(node, key, report)
        value = FIELD.read(node, key, report)
        return BAD if value is BAD else (value,)

    def schema(self) -> Schema:
        return {"anyOf": [FIELD.schema(), FIELDS.schema()]}


@dataclass(frozen=True, slots=True)
class WrittenValue:
    """A value as it is written, whatever its type; `null` for none."""

    def read(self, node: Node, key: str, report: Report) -> Any:
        if isinstance(node, ScalarNode):
            return None if node.value is None else node.text
        return report.add(node.line, f"`{key}` is {describe(node)}, not a value")

    def schema(self) -> Schema:
        return {"type": ["string", "number", "boolean", "null"]}


_SOURCE: Final = {
    "from": Key(OneOrMore(), "the field; of several the first that holds something"),
    "join": Key(FIELDS, "fields that make the value together, with a space between them"),
}
_VALUE: Final = {
    "value": Key(Text(example="https"), "the same on every line"),
    "extract": Key(Regex(), "what of the field is meant: the first group, else all that fits"),
}


def _column(what: str, **keys: Key) -> FieldOr:
    return FieldOr(MappingShape(what, {**_SOURCE, **keys}, one_of=("from", "join")))


_PLAIN: Final[Shape] = FieldOr(
    MappingShape("a column", {**_SOURCE, **_VALUE}, one_of=("from", "join", "value"))
)
_TELLS: Final = Key(OneOrMore(), "the field that tells", required=True)
#: Whether what is inside a tunnel is logged: the answers that hold for all lines.
TUNNELS: Final = ("with-inner-requests", "alone", "none", "not-documented")
COLUMNS: Final = MappingShape(
    "the columns",
    {
        "time": Key(
            _column(
                "the time",
                form=Key(
                    Text(example="%d/%m/%Y %H:%M:%S"),
                    "iso, epoch (seconds, milli-, micro- or nanoseconds), or a strptime format",
                ),
                zone=Key(
                    Text(example="Europe/London"),
                    "the zone of stamps that carry none, where the log has always the same",
                ),
            ),
            "when the gateway logged the request",
            required=True,
        ),
        "user": Key(OrNone(_PLAIN), "who made it; null where the log does not say", required=True),
        "client_ip": Key(
            OrNone(_PLAIN),
            "the user's side, never the gateway's public side; null where the log has none",
            required=True,
        ),
        "method": Key(_PLAIN, "of the request"),
        "url": Key(_PLAIN, "whole address, host:port of a tunnel, or a path"),
        "scheme": Key(_PLAIN, "of the request"),
        "host": Key(_PLAIN, "that was asked for"),
        "port": Key(_PLAIN, "of the request"),
        "path": Key(_PLAIN, "of the request"),
        "query": Key(_PLAIN, "of the request"),
        "status": Key(_PLAIN, "of the response"),
        "action": Key(
            OrNone(
                _column(
                    "the action",
                    allowed=Key(_WORDS, "words for: let through"),
                    blocked=Key(_WORDS, "words for: stopped"),
                    auth=Key(_WORDS, "words for: sent to log on, which is no visit"),
                )
            ),
            "what the gateway decided; null where the log does not say",
            required=True,
        ),
        "bytes_sent": Key(_PLAIN, "from the user towards the site"),
        "bytes_received": Key(_PLAIN, "towards the user"),
        "referrer": Key(_PLAIN, "the page that the request came from"),
        "user_agent": Key(_PLAIN, "the program that made it"),
        "repeat": Key(
            MappingShape(
                "a repeat",
                {
                    "from": Key(OneOrMore(), "the field that tells", required=True),
                    "words": Key(_WORDS, "its values in lines that are no request", required=True),
                    "why": Key(Text(), "what such a line is, for the account", required=True),
                },
            ),
            "lines that are no request",
        ),
        "companion": Key(
            _column(
                "a companion",
                answer=Key(_WORDS, "words of lines of which a request has one"),
                remark=Key(_WORDS, "words of lines of which a request has any number, at its time"),
                session=Key(_WORDS, "words of lines that come when the session ends"),
            ),
            "lines about a request that count only where it has no line of its own",
        ),
    },
)

SAMPLE: Final = MappingShape(
    "a sample",
    {
        "line": Key(Text(), "a line of the log, with invented values", required=True),
        "record": Key(
            MappingShape(
                "a record",
                {
                    name: Key(WrittenValue(), "the value that must come out")
                    for name in ("evidence", *COLUMNS.keys)
                },
            ),
            "what must be read from it, column by column",
            required=True,
        ),
    },
)
MAPPING: Final = MappingShape(
    "the file",
    {
        "format": Key(
            Text("[a-z][a-z0-9]*(?:-[a-z0-9]+)*", example="acme-gateway"),
            "the name that `--format` takes and the account shows",
            required=True,
        ),
        "title": Key(Text(), "what people call the log", required=True),
        "lines": Key(Choice(LINES), "how a line is made", required=True),
        "separator": Key(Text(), "between cells or pairs, where it is not the usual one"),
        "names": Key(FIELDS, "of the cells in their order, where no line of the log names them"),
        "pattern": Key(Regex(), "the whole line, with named groups (?P<name>...)"),
        "missing": Key(_WORDS, "the log's words for nothing; `-` and the empty word always are"),
        "evidence": Key(
            ChoiceOr(
                EVIDENCE,
                MappingShape(
                    "the evidence",
                    {
                        "from": _TELLS,
                        "connect": Key(_WORDS, "its values where only a connection was seen"),
                        "dns": Key(_WORDS, "its values in look-ups"),
                    },
                ),
            ),
            "what a line proves; follows from method and address unless told otherwise",
        ),
        "tunnels": Key(
            ChoiceOr(
                TUNNELS,
                MappingShape(
                    "the tunnels",
                    {
                        "from": _TELLS,
                        "words": Key(_WORDS, "its values in lines that open one", required=True),
                    },
                ),
            ),
            "does the gateway log what is inside a tunnel (CONNECT) on lines of its own? "
            "Say with-inner-requests, alone, none (no lines of tunnels) or not-documented",
            required=True,
        ),
        "needs": Key(
            MapOf(FIELD, Regex()),
            "fields without which a line is no record, and what their whole values match",
        ),
        "columns": Key(COLUMNS, "where each column comes from", required=True),
        "samples": Key(ListOf(SAMPLE), "lines that must be read as they say", required=True),
        "near_misses": Key(ListOf(Text()), "lines of something else, which must be refused"),
        "definition": Key(Text(), "the vendor's document that the file follows"),
        "note": Key(Text(), "what the log cannot show"),
    },
)


def sources(entry: Entry) -> tuple[tuple[str, ...], ...]:
    """The fields of a column: one of alternatives, several that are joined, none of a constant."""
    if "join" in entry.values:
        return tuple((name,) for name in entry.values["join"])
    return (entry.values["from"],) if "from" in entry.values else ()


def columns_of_log(columns: Entry) -> dict[str, Entry]:
    """The columns that the log has."""
    return {name: entry for name, entry in columns.values.items() if entry is not None}


def all_fields(values: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """The fields that a mapping reads, each with its alternatives."""
    entries = [*values["columns"].values.values(), values.get("evidence"), values.get("tunnels")]
    named = tuple(
        names for entry in entries if isinstance(entry, Entry) for names in sources(entry)
    )
    return (*named, *((name,) for name in values.get("needs", {})))
