"""Objects in which a key stands twice with two values: which of them is the gateway's own?

RFC 8259 (section 4) wants the names within an object to be unique, and no library writes one twice.
A gateway that fills a template writes a quote in an address as it came (Zscaler's feeds escape what
an administrator listed), so that a user can add `","user":"..."` of his own.
"""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import polars as pl

from logan.formats.engine.keyvalue import STANDS_TWICE
from logan.runtime.fast_path import with_fallback

_KEY: Final = r'"(?:[^"\\]|\\.)*"[ \t]*:'
#: A key that is written in codes or with a space may be another key of the object.
_ODD_KEY: Final = r'\\[^"]*"[ \t]*:|"[ \t]+:'

#: No gateway nests so deep as to end Python's decoder; what such a line holds cannot be looked at.
_TOO_DEEP: Final = "its objects lie too deep in each other to see whether a key stands twice"


def stands_twice(text: pl.Expr, keys: Sequence[str] | None = None) -> pl.Expr:
    """Null, or why a line with an object is no record: one of `keys` (None: any) has two values in
    an object.

    Null too where a line is no JSON, alone or behind a header.
    """
    known = None if keys is None else frozenset(keys)
    return text.map_batches(
        partial(_reasons, known=known), return_dtype=pl.String, is_elementwise=True
    )


def _reasons(lines: pl.Series, *, known: frozenset[str] | None) -> pl.Series:
    names = lines.str.extract_all(_KEY).list
    again = (names.n_unique() < names.len()) | lines.str.contains(_ODD_KEY)
    none = pl.Series(lines.name, [None], dtype=pl.String).new_from_index(0, len(lines))
    doubtful = again.fill_null(value=False)
    return with_fallback(none, doubtful, lambda: _exactly(lines.filter(doubtful), known))


def _exactly(lines: pl.Series, known: frozenset[str] | None) -> pl.Series:
    return pl.Series(lines.name, [_reason(line, known) for line in lines], dtype=pl.String)


def _reason(line: str, known: frozenset[str] | None) -> str | None:
    twice: list[str] = []

    def checked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        record = dict(pairs)
        if len(record) < len(pairs):
            again = [key for key, value in pairs if value != record[key]]
            twice.extend(key for key in again if known is None or key in known)
        return record

    try:
        decoder = json.JSONDecoder(strict=False, object_pairs_hook=checked)
        decoder.raw_decode(line, line.index("{"))
    except ValueError:
        return None
    except RecursionError:
        return _TOO_DEEP
    return f"{STANDS_TWICE}{twice[0]}" if twice else None
