"""What a Sigma rule says, as values: tests on fields, joined by and, or and not.

Nothing here reads a file or looks at a log line.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from logan.vocabulary import Activity, Evidence

#: The columns of a record that a rule can ask for, and two that are made from them.
Field = Literal[
    "host",
    "path",
    "query",
    "url",
    "extension",
    "method",
    "status",
    "bytes_sent",
    "bytes_received",
    "user",
    "client_ip",
    "referrer",
    "user_agent",
    "text",
]

#: Levels from what matters least; where several rules match a line, the highest names it.
LEVELS: Final = ("informational", "low", "medium", "high", "critical")

#: `text` (wildcards) and `pattern` (the rule's own) are found in the field's text; `null` and
#: `present` ask whether there is a value; the rest compare numbers.
Operation = Literal["text", "pattern", "null", "present", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Value:
    """One thing that a field is asked for.

    `text` is a pattern of the matching engine, or a number. `runs` are pieces of plain text that
    stand in everything the pattern finds (in any case of letters), as they stand in the rule.
    """

    operation: Operation
    text: str = ""
    runs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Has:
    """A field that has one of the values (with `every`: all of them). A null field has none."""

    field: Field
    values: tuple[Value, ...]
    every: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold, or its field has no value."""

    part: "Node"


Node = Has | All | AnyOf | Not


@dataclass(frozen=True, slots=True)
class SigmaRule:
    """One rule. `evidence` is what a record must be for it to be asked.

    `triggers` are patterns for the prefilter (caseless, bytes): a raw line that can match has one.
    `id` is what a finding is marked with; `service` groups findings, `name` is shown for it.
    """

    id: str
    service: str
    name: str
    title: str
    activity: Activity
    level: str
    evidence: tuple[Evidence, ...]
    condition: Node
    triggers: tuple[str, ...]
    path: Path | str
    line: int
