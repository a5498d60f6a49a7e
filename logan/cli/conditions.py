"""The conditions of `--fail-on`: what they may ask for, and whether they hold for a result."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from logan.errors import UsageError

if TYPE_CHECKING:
    from logan.result import ScanResult
    from logan.tables.headline import Totals

_COMPARISONS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_CONDITION: Final = re.compile(r"\s*([a-z_]+)\s*(>=|<=|==|!=|=|>|<)\s*([0-9]+)\s*")
#: Measures that are totals over the selected hits and mentions.
_TOTALS: Final = (
    "hits",
    "users",
    "searches",
    "uploads",
    "possible_uploads",
    "blocked",
    "allowed",
    "mentions",
)
#: `rejected` are lines of the whole input that name a service and could not be parsed;
#: `uncovered` are hours of the period without a line, added up over gateways.
MEASURES: Final = (*_TOTALS, "rejected", "uncovered")


class Condition(NamedTuple):
    """`measure` compared with a number; `str()` gives it as a person would write it."""

    measure: str
    sign: str
    limit: int

    def holds(self, value: int) -> bool:
        """True if the comparison is true of this value."""
        return _COMPARISONS[self.sign](value, self.limit)

    def __str__(self) -> str:
        return f"{self.measure}{self.sign}{self.limit}"


def read_condition(text: str) -> Condition:
    """Read `hits>0`. Raises UsageError with what is known."""
    found = _CONDITION.fullmatch(text)
    if found is None or found.group(1) not in MEASURES:
        raise UsageError(
            f"--fail-on {text!r}: not a condition. Write one of {', '.join(MEASURES)}, "
            "a comparison and a number: 'hits>0'"
        )
    sign = "==" if found.group(2) == "=" else found.group(2)
    return Condition(found.group(1), sign, int(found.group(3)))


def find_held(
    result: "ScanResult", conditions: Sequence[Condition], counted: "Totals | None" = None
) -> list[tuple[Condition, int]]:
    """Find the conditions that hold, in the order given, each with the value that it met.

    `counted` are the totals of the result where somebody has made them already.
    """
    values = {name: _measure(result, name, counted) for name in {one.measure for one in conditions}}
    return [(one, values[one.measure]) for one in conditions if one.holds(values[one.measure])]


def _measure(result: "ScanResult", name: str, counted: "Totals | None") -> int:
    if name == "rejected":
        return sum(source.bins.get("rejected", 0) for source in result.sources)
    if name == "uncovered":
        from logan.tables.coverage import count_uncovered

        return count_uncovered(result)
    from logan.tables.headline import totals

    value: int = getattr(counted or totals(result), name)
    return value
