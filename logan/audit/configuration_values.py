"""The single values that the audit's configuration may hold, beside those of all such files.

What a value says of this machine (a zone, a folder, a command, logs) is compared with it only where
it is about to be used: the state of an audit can be asked for when its logs are gone.
"""

import re
from collections.abc import Callable, Container
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from logan.config.shape import BAD, Report, Schema, Shape, describe, suggest
from logan.config.values import Text
from logan.config.yaml_nodes import Node, ScalarNode
from logan.errors import Problem, UsageError

_SECONDS: Final = {"m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_MONTHS: Final = {"mo": 1, "y": 12}


class Purpose(IntEnum):
    """What a configuration is read for; each needs what those before it need.

    `ASK`: what the ledger says. `RUN`: logs are read. `BEGIN`: it is checked for all that follows.
    """

    ASK = 0
    RUN = 1
    BEGIN = 2


class Surroundings(NamedTuple):
    """The machine that a configuration is for, and what of it does not fit.

    `path` is that of the configuration: relative paths in it start from its folder. What does not
    fit is no fault of the text, so reading goes on, and all of it is told together.
    """

    path: Path
    purpose: Purpose
    problems: list[Problem]

    def add(self, line: int, message: str, advice: str | None = None) -> None:
        """Notes something that does not fit."""
        self.problems.append(Problem(self.path, line, message, advice))


class Checked(NamedTuple):
    """A kind of value with a further check of what its parts mean together."""

    shape: Shape
    check: Callable[[Any, Report], None]

    def read(self, node: Node, key: str, report: Report) -> Any:
        value = self.shape.read(node, key, report)
        if value is not BAD:
            self.check(value, report)
        return value

    def schema(self) -> Schema:
        return self.shape.schema()


class Duration:
    """A length of time that is the same everywhere: `90m` or `90min`, `3h`, `14d`, `2w`."""

    def read(self, node: Node, key: str, report: Report) -> Any:
        found = read_duration(node.value) if isinstance(node, ScalarNode) else None
        if found is not None:
            return found
        advice = 'Write a number up to 99999 and min, h, d or w: "3h", "14d".'
        return report.add(node.line, f"`{key}` is {describe(node)}, not a length of time", advice)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^[1-9][0-9]{0,4}(?:m|min|h|d|w)$"}


def read_duration(text: object) -> timedelta | None:
    """A length of time as `Duration` has it; None for anything else."""
    found = _number_and_unit(text, _SECONDS)
    return timedelta(seconds=found[0] * _SECONDS[found[1]]) if found else None


class RetentionPeriod(NamedTuple):
    """How long something is kept: days, weeks, months or years of the calendar."""

    length: int
    unit: str

    def before(self, moment: datetime) -> datetime:
        """The moment so long before another; the last day of a month that has no such day.

        Never before the year 1.
        """
        if self.unit in _SECONDS:
            return moment - timedelta(seconds=self.length * _SECONDS[self.unit])
        months = moment.year * 12 + moment.month - 1 - self.length * _MONTHS[self.unit]
        year, month = max(months // 12, 1), months % 12 + 1
        following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        last_day = (following - timedelta(days=1)).day
        return moment.replace(year=year, month=month, day=min(moment.day, last_day))

    def __str__(self) -> str:
        return f"{self.length}{self.unit}"


class RetentionValue:
    """How long something is kept: `400d`, `18mo`, `7y`."""

    def read(self, node: Node, key: str, report: Report) -> Any:
        text = node.value if isinstance(node, ScalarNode) else None
        found = _number_and_unit(text, ("d", "w", *_MONTHS))
        if found is not None and found[0] <= _MOST_OF[found[1]]:
            return RetentionPeriod(*found)
        advice = 'Write a number and d, w, mo or y: "400d", "7y"; at most 100 years.'
        return report.add(node.line, f"`{key}` is {describe(node)}, not a length of time", advice)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^[1-9][0-9]{0,4}(?:d|w|mo|y)$"}


#: A hundred years: whoever writes more has mistaken the unit.
_MOST_OF: Final = {"d": 36_525, "w": 5_218, "mo": 1_200, "y": 100}


def _number_and_unit(text: object, units: Container[str]) -> tuple[int, str] | None:
    found = re.fullmatch("([1-9][0-9]{0,4})([a-z]+)", text) if isinstance(text, str) else None
    return (int(found[1]), found[2]) if found and found[2] in units else None


class ZoneName(NamedTuple):
    """A time zone: a name such as Europe/London, or an offset."""

    around: Surroundings

    def read(self, node: Node, key: str, report: Report) -> Any:
        name = Text(example="Europe/London").read(node, key, report)
        if name is not BAD and self.around.purpose >= Purpose.RUN and not _is_zone(name):
            advice = "Write a name such as Europe/London, or +01:00."
            message = f"`{key}` is {describe(node)}, no time zone"
            self.around.add(node.line, message, advice)
        return name

    def schema(self) -> Schema:
        return {"type": "string"}


def _is_zone(name: str) -> bool:
    from logan.runtime.zones import require_zone  # it asks Polars

    try:
        require_zone(name)
    except UsageError:
        return False
    return True


class PackName:
    """The name of a rule pack that comes with logan."""

    def read(self, node: Node, key: str, report: Report) -> Any:
        from logan.rules.packs import bundled_packs

        name = Text(example="facial-search").read(node, key, report)
        if name is BAD or name in (known := tuple(bundled_packs())):
            return name
        message = f"no rule pack is called {describe(node)}"
        return report.add(node.line, message, suggest(name, known))

    def schema(self) -> Schema:
        return {"type": "string"}
