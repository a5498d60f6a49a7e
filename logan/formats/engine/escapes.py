"""Undoes what loggers do to characters they dare not write; null stays null.

Only escapes that are whole and stand for text are undone: what cannot be read stays as logged.
"""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote_to_bytes

import polars as pl

_PERCENT: Final = "%[0-9A-Fa-f]{2}"
_HEX_RUN: Final = r"(?:\\x[0-9A-Fa-f]{2})+"
_BACKSLASH: Final = rf"{_HEX_RUN}|\\[\\\"'/]"


def percent(cell: pl.Expr) -> pl.Expr:
    """`J%c3%b6rg` as `Jörg`; a cell whose codes are no UTF-8 stays as it is."""
    return _undone(cell, _PERCENT, _percent)


def backslash(cell: pl.Expr) -> pl.Expr:
    r"""`\x22`, `\"` and `\\` as the characters meant; codes that are no UTF-8 stay."""
    return _undone(cell, _BACKSLASH, _backslash)


def _undone(cell: pl.Expr, regex: str, undo: Callable[[str], str]) -> pl.Expr:
    """`cell` with `undo` done to its values that fit `regex`, once for each different one."""

    def done(cells: pl.Series) -> pl.Series:
        escaped = cells.filter(cells.str.contains(regex)).unique()
        if escaped.is_empty():
            return cells
        return cells.replace({value: undo(value) for value in escaped})

    return cell.map_batches(done, return_dtype=pl.String, is_elementwise=True)


def _percent(text: str) -> str:
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        return text


def _backslash(text: str) -> str:
    return re.sub(_BACKSLASH, _character, text)


def _character(found: re.Match[str]) -> str:
    codes = found.group(0)
    if not codes.startswith("\\x"):
        return codes[1:]
    try:
        return bytes.fromhex(codes.replace("\\x", "")).decode("utf-8")
    except UnicodeDecodeError:
        return codes
