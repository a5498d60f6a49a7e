"""Rows of a table as JSON, made by columns: byte for byte what Python's encoder writes of each.

That takes a hundred microseconds for a person, in a force of a hundred thousand.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Final

import polars as pl

from logan.runtime.fast_path import normalised

#: Only a text with one of these stands in JSON otherwise than as it is (RFC 8259, and ASCII alone).
_ESCAPED: Final = r"[^ !#-\[\]-~]"
#: Rows that are written at once, about a kilobyte each.
_ROWS: Final = 2_000


class JsonRows:
    """The rows of frames as a list of objects with two blanks for a level, written once.

    `level` is the one that the list stands in. Columns are text, whole numbers, truth values, times
    in UTC, and lists of text; others raise `TypeError`.
    """

    def __init__(self, frames: Iterable[pl.DataFrame], *, level: int = 0) -> None:
        self._frames = frames
        self._level = level

    def pieces(self) -> Iterator[str]:
        """The text in pieces, each of some thousand rows."""
        before = "["
        for frame in self._frames:
            for rows in frame.iter_slices(_ROWS):
                if rows.height:
                    yield before + self._break(1) + self._text(rows)
                    before = ","
        yield "[]" if before == "[" else self._break(0) + "]"

    def _text(self, rows: pl.DataFrame) -> str:
        parts: list[pl.Expr] = []
        for place, (name, kind) in enumerate(rows.schema.items()):
            before = ("," if place else "{") + self._break(2) + json.dumps(name) + ": "
            parts += [pl.lit(before), self._value(pl.col(name), kind).fill_null("null")]
        row = pl.concat_str(*parts, pl.lit(self._break(1) + "}"))
        return str(rows.select(row.str.join("," + self._break(1))).item())

    def _value(self, value: pl.Expr, kind: pl.DataType) -> pl.Expr:
        if kind == pl.String:
            return _quoted(value)
        if kind.is_integer() or kind == pl.Boolean:
            return value.cast(pl.String)
        if isinstance(kind, pl.Datetime):
            return _instant(value)
        if isinstance(kind, pl.List):
            items = value.list.eval(_quoted(pl.element()).fill_null("null"))
            start, end = (pl.lit(text) for text in ("[" + self._break(3), self._break(2) + "]"))
            listed = pl.concat_str(start, items.list.join("," + self._break(3)), end)
            return pl.when(value.list.len() == 0).then(pl.lit("[]")).otherwise(listed)
        raise TypeError(f"{kind} has no form in JSON")

    def _break(self, deeper: int) -> str:
        return "\n" + "  " * (self._level + deeper)


def _quoted(text: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit('"'), normalised(text, _ESCAPED, _with_escapes), pl.lit('"'))


def _with_escapes(text: pl.Expr) -> pl.Expr:
    def escape(values: pl.Series) -> pl.Series:
        escaped = [value if value is None else json.dumps(value)[1:-1] for value in values]
        return pl.Series(values.name, escaped, dtype=pl.String)

    return text.map_batches(escape, return_dtype=pl.String)


def _instant(time: pl.Expr) -> pl.Expr:
    """As `isoformat`: a fraction that is not zero has six digits."""
    fraction = (
        pl.when(time.dt.microsecond() != 0).then(time.dt.strftime("%.6f")).otherwise(pl.lit(""))
    )
    return pl.concat_str(time.dt.strftime('"%Y-%m-%dT%H:%M:%S'), fraction, pl.lit('Z"'))
