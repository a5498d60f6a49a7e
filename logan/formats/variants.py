"""A log whose lines come in a few shapes, each a `Pattern`: the first that fits has the line."""

from dataclasses import dataclass

import polars as pl

from logan.formats.base import TEXT, Fault, Pattern


@dataclass(frozen=True)
class Variants:
    """Named shapes of a line, in the order in which they are tried."""

    patterns: tuple[tuple[str, Pattern], ...]

    def fault(self, line: str) -> Fault | None:
        """None where a shape fits, else the fault of the shape that came furthest."""
        faults: list[Fault] = []
        for _, pattern in self.patterns:
            fault = pattern.fault(line)
            if fault is None:
                return None
            faults.append(fault)
        return min(faults, key=lambda fault: len(fault.found))

    def name(self) -> pl.Expr:
        """The name of the shape that `text` has; null where none fits."""
        fits = [
            pl.when(TEXT.str.contains(pattern.regex)).then(pl.lit(name))
            for name, pattern in self.patterns
        ]
        return pl.coalesce(fits)

    def reason(self) -> pl.Expr:
        """Null where a shape fits, else why the first one does not."""
        return pl.when(self.name().is_null()).then(self.patterns[0][1].reason())

    def cells(self) -> dict[str, pl.Expr]:
        """The fields of the shape that fits, by name; null where it has no such field."""
        found: dict[str, list[pl.Expr]] = {}
        shape = self.name()
        for name, pattern in self.patterns:
            for field, cell in pattern.cells().items():
                found.setdefault(field, []).append(pl.when(shape == name).then(cell))
        return {field: pl.coalesce(cells) for field, cells in found.items()}
