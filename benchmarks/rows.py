"""Rows of the table out of a race: what was found, beside what is asked."""

from dataclasses import dataclass, replace
from typing import Literal

from measure import GB, Race, Result


@dataclass(frozen=True)
class Bound:
    """What is asked of a number, whose unit is in the words that follow it."""

    kind: Literal["at least", "at most", "under"]
    number: float
    unit: str = "times"

    def __str__(self) -> str:
        return f"{self.kind} {self.number:g} {self.unit}".rstrip()

    def is_met(self, found: float) -> bool:
        if self.kind == "under":
            return found < self.number
        return found >= self.number if self.kind == "at least" else found <= self.number


def raced_row(
    raced: Race,
    row: str,
    what: str,
    bound: Bound,
    ratio: float,
    unit: str,
    *,
    note: str = "",
    tools: dict[str, str] | None = None,
) -> Result:
    """The row of a race whose `ratio`, in the words of `unit`, is to be within a bound."""
    return Result(
        row=row,
        what=what,
        target=str(bound),
        met=bound.is_met(ratio),
        ratio=ratio,
        unit=unit,
        sides=raced.sides,
        others=raced.others,
        note=note,
        tools=tools or {},
    )


def rate_and_ratio(
    raced: Race,
    *,
    row: str,
    what: str,
    size: int,
    least: tuple[float, float],
    wanted: str,
    unit: str,
    duckdb: str,
) -> list[Result]:
    """Two rows out of one race with DuckDB: logan's GB/s, and how many times as fast it is.

    `least` has the targets of both, `wanted` the second one in words, `duckdb` its version.
    """
    rate = round(size / GB / raced.seconds("logan"), 3)
    ratio = raced.ratio("duckdb", "logan")
    tools = {"duckdb": duckdb}
    speed, faster = Bound("at least", least[0], "GB/s"), Bound("at least", least[1])
    compared = raced_row(raced, f"{row}-duckdb", what, faster, ratio, unit, tools=tools)
    return [
        raced_row(raced, f"{row}-rate", what, speed, rate, "GB/s", tools=tools),
        replace(compared, target=wanted),
    ]
