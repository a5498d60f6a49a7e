"""A log whose lines come in a few shapes, each a `Pattern`: the first that fits has the line."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from logan.formats.engine.layout import TEXT, Expressions, Fault, Layout, RequiredLiterals
from logan.formats.engine.pattern import Pattern


class Variants(NamedTuple):
    """Named shapes of a line, in the order in which they are tried."""

    patterns: tuple[tuple[str, Pattern], ...]

    @property
    def required_literals(self) -> RequiredLiterals:
        """The longest text between the fields of each shape."""
        between = [
            max((text for (text,) in pattern.required_literals), key=len, default="")
            for _, pattern in self.patterns
        ]
        return (tuple(between),)

    def fault(self, line: str) -> Fault | None:
        """None where a shape fits, else the fault of the shape that came furthest."""
        faults: list[Fault] = []
        for _, pattern in self.patterns:
            fault = pattern.fault(line)
            if fault is None:
                return None
            faults.append(fault)
        return min(faults, key=lambda fault: len(fault.found))

    def prepare(self, _layout: Layout) -> Sequence[Expressions]:
        """The step that splits `text` by each shape once."""
        return (
            {f"%{name}": TEXT.str.extract_groups(shape.regex) for name, shape in self.patterns},
        )

    def name(self) -> pl.Expr:
        """The name of the shape that a line (after `prepare`) has; null where none fits."""
        return pl.coalesce(
            pl.when(pl.col(f"%{name}").struct.field("f0").is_not_null()).then(pl.lit(name))
            for name, _ in self.patterns
        )

    def reason(self) -> pl.Expr:
        """Null where a shape fits (after `prepare`), else why the first one does not."""
        unfit = self.name().is_null()
        return pl.when(unfit).then(self.patterns[0][1].reason(~unfit))

    def cells(self) -> dict[str, pl.Expr]:
        """The fields (after `prepare`) of the shape that fits; null where it has no such field."""
        found: dict[str, list[pl.Expr]] = {}
        shape = self.name()
        for name, pattern in self.patterns:
            for at, field in enumerate(pattern.names):
                cell = pl.col(f"%{name}").struct.field(f"f{at}")
                found.setdefault(field, []).append(pl.when(shape == name).then(cell))
        return {field: pl.coalesce(cells) for field, cells in found.items()}
