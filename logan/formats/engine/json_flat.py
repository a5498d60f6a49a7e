"""Values out of JSON objects on a line, without reading the whole object again for each of them.

An engine that reads a line as JSON takes 4 µs for each value of it. Nearly all gateways write
objects that are flat and name a key once; of those, a value is what stands behind its key. All
other lines go to the engine, and so do values that it may spell in another way than the line does.
"""

import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

import polars as pl

from logan.runtime.fast_path import with_fallback

Steps = Sequence[str | int]

_KEY: Final = r'"[^"\\\x00-\x1f]*"'
_STRING: Final = r'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt])*"'
#: Numbers that an engine neither refuses nor rounds to others.
_NUMBER: Final = r"(?:0|-?[1-9][0-9]{0,17})(?:\.[0-9]{1,9})?"
_SCALAR: Final = f"(?:{_STRING}|{_NUMBER}|true|false|null)"
_VALUE: Final = rf"(?:{_SCALAR}|\[(?:{_SCALAR}(?:, ?{_SCALAR})*)?\])"
_PAIR: Final = f"{_KEY}: ?{_VALUE}"
#: A whole line that is one object without objects in it.
_FLAT: Final = rf"^\{{(?:{_PAIR}(?:, ?{_PAIR})*)?\}}$"
#: Decimals below 2^53 without their point: every reader comes to the same number.
_EXACT: Final = r"-?(?:0|[1-8][0-9]{0,9}|9[0-9]{0,8})\.[0-9]{1,6}"
_SURE: Final = rf"(?:{_STRING}|{_EXACT}|(?:0|-?[1-9][0-9]{{0,17}})|true|false|null)"
_SURE_PAIR: Final = rf"{_KEY}: ?(?:{_SURE}|\[(?:{_SURE}(?:, ?{_SURE})*)?\])"
#: Compiled when a line is JSON: that takes a millisecond.
_SURELY_FLAT: Final = rf"\{{(?:{_SURE_PAIR}(?:, ?{_SURE_PAIR})*)?\}}"
#: A value as it stands in a flat line: a string, a list, or anything else.
_ANY_VALUE: Final = r'("(?:[^"\\]|\\.)*"|\[(?:"(?:[^"\\]|\\.)*"|[^"\]])*\]|[^",\[\]}]+)'
#: Values that an engine may spell in another way: escapes, decimals, lists.
_RESPELT: Final = r'\\|^[^"]*[.\[]'


def load_flat(line: str) -> dict[str, Any] | None:
    """The object on a line as the engine reads it; None where the engine must be asked.

    A call of the engine takes half a millisecond, however short the line.
    """
    if re.fullmatch(_SURELY_FLAT, line) is None:
        return None
    pairs: list[tuple[str, Any]] = json.loads(line, object_pairs_hook=list)
    record = dict(pairs)
    return record if len(record) == len(pairs) else None


def is_json(text: pl.Expr) -> pl.Expr:
    """True where a line is JSON to the engine."""
    return _rows(text).map_batches(_is_json, return_dtype=pl.Boolean, is_elementwise=True)


def _rows(text: pl.Expr) -> pl.Expr:
    """Lines, and whether each is a flat object: the same for all values, so found once."""
    return pl.struct(text.alias("text"), text.str.contains(_FLAT).alias("flat"))


def _is_json(rows: pl.Series) -> pl.Series:
    lines, flat = rows.struct.field("text"), rows.struct.field("flat").fill_null(value=False)
    return with_fallback(flat, ~flat, lambda: _readable(lines.filter(~flat)))


def _readable(lines: pl.Series) -> pl.Series:
    return lines.str.json_path_match("$").is_not_null()


def value_at(text: pl.Expr, steps: Steps) -> pl.Expr:
    """`text.str.json_path_match` of the path that these keys and indices make."""
    read = _reader(tuple(steps))
    return _rows(text).map_batches(read, return_dtype=pl.String, is_elementwise=True)


def path_of(steps: Steps) -> str:
    """The JSON path of keys and indices."""
    quoted = (
        f"[{step}]" if isinstance(step, int) else f'["{step}"]' if "'" in step else f"['{step}']"
        for step in steps
    )
    return "$" + "".join(quoted)


@lru_cache(maxsize=4096)
def _reader(steps: tuple[str | int, ...]) -> Callable[[pl.Series], pl.Series]:
    """One function for a path, however often it is asked for: equal steps are then done once."""
    path = path_of(steps)
    name = str(steps[0])
    readable = isinstance(steps[0], str) and not re.search(r'["\\]', name)
    key = f'"{name}":'
    behind_key = f"{re.escape(key)} ?{_ANY_VALUE}"

    def read(rows: pl.Series) -> pl.Series:
        lines, flat = rows.struct.field("text"), rows.struct.field("flat").fill_null(value=False)
        if not flat.any() or not readable:
            return lines.str.json_path_match(path)
        found = lines.str.extract(behind_key, 1)
        left = ~flat
        if found.null_count() < len(found):
            # Of a key that stands twice the engine takes the last value.
            left |= lines.str.count_matches(key, literal=True) > 1
        value = _respelt(found, steps[1:])
        return with_fallback(value, left, lambda: lines.filter(left).str.json_path_match(path))

    return read


def _respelt(found: pl.Series, inside: Steps) -> pl.Series:
    """Values as the engine spells them, from values as flat lines have them."""
    if inside:
        return found.str.json_path_match(path_of(inside))
    bare = found.str.strip_prefix('"').str.strip_suffix('"')
    left = (found.str.contains(_RESPELT) | (found == "null")).fill_null(value=False)
    return with_fallback(bare, left, lambda: found.filter(left).str.json_path_match("$"))
