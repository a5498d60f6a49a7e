"""Objects in which a name stands twice with two values: which of them is the gateway's own?

RFC 8259 (section 4) wants the names within an object to be unique, and no library writes one twice.
A gateway that fills a template writes a quote in an address as it came (Zscaler's feeds escape what
an administrator listed), so that a user can add `","user":"..."` of his own. He may spell it as the
gateway does not, where a format reads both: `userName` and `user_name`, nested and with a dot.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import polars as pl

from logan.formats.engine.keyvalue import STANDS_TWICE
from logan.runtime.fast_path import with_fallback

_KEY: Final = r'"(?:[^"\\]|\\.)*"[ \t]*:'
#: A key that is written in codes or with a space may be another key of the object.
_ODD_KEY: Final = r'\\[^"]*"[ \t]*:|"[ \t]+:'
#: What may stand beside the value of another spelling.
_NOTHING: Final = (None, "", "-")

#: No gateway nests so deep as to end Python's decoder; what such a line holds cannot be looked at.
_TOO_DEEP: Final = "its objects lie too deep in each other to see whether a key stands twice"


class AskedKeys(NamedTuple):
    """The keys of a line's objects that columns come from, as they are written.

    `dotted` are those that may also stand as objects within each other. `spellings` gives, for each
    key that the format knows in several spellings, one word for all of them.
    """

    keys: frozenset[str]
    dotted: frozenset[str]
    spellings: Mapping[str, str]


def asked_keys(keys: Iterable[str], synonyms: Sequence[Sequence[str]] = ()) -> AskedKeys:
    """What is asked of objects, by the keys that are read and those among them that mean the same.

    Keys that differ by case, dashes and underscores are spellings of one.
    """
    known = frozenset(keys)
    alike: dict[str, list[str]] = defaultdict(list)
    for key in sorted(known):
        alike[re.sub("[_-]", "", key.lower())].append(key)
    groups = [*synonyms, *(group for group in alike.values() if len(group) > 1)]
    spellings = {key: group[0] for group in reversed(groups) for key in group}
    return AskedKeys(known, frozenset(key for key in known if "." in key), spellings)


def stands_twice(text: pl.Expr, asked: AskedKeys | None = None) -> pl.Expr:
    """Null, or why a line with an object is no record: one of the asked keys (None: any) has two
    values in an object, in whatever spellings.

    Null too where a line is no JSON, alone or behind a header.
    """
    return text.map_batches(
        partial(_reasons, asked=asked), return_dtype=pl.String, is_elementwise=True
    )


def _reasons(lines: pl.Series, *, asked: AskedKeys | None) -> pl.Series:
    names = lines.str.extract_all(_KEY).list
    again = (names.n_unique() < names.len()) | lines.str.contains(_ODD_KEY)
    if asked is not None:
        again |= _in_two_spellings(lines, asked)
    none = pl.Series(lines.name, [None], dtype=pl.String).new_from_index(0, len(lines))
    doubtful = again.fill_null(value=False)
    return with_fallback(none, doubtful, lambda: _exactly(lines.filter(doubtful), asked))


def _in_two_spellings(lines: pl.Series, asked: AskedKeys) -> pl.Series:
    """Which lines may have an asked key in two spellings."""
    found = pl.Series([False]).new_from_index(0, len(lines))
    if asked.spellings:
        word = {f'"{key}"': meant for key, meant in asked.spellings.items()}
        keys = lines.str.extract_all(f"(?:{'|'.join(map(re.escape, word))})")
        meant = keys.list.eval(pl.element().replace(word)).list
        found |= meant.n_unique() < meant.len()
    if asked.dotted:
        heads = "|".join(re.escape(head) for head in {key.split(".")[0] for key in asked.dotted})
        nested, dotted = rf'"(?:{heads})"[ \t]*:[ \t]*\{{', rf'"(?:{heads})\.'
        found |= lines.str.contains(nested) & lines.str.contains(dotted)
    return found


def _exactly(lines: pl.Series, asked: AskedKeys | None) -> pl.Series:
    return pl.Series(lines.name, [_reason(line, asked) for line in lines], dtype=pl.String)


def _reason(line: str, asked: AskedKeys | None) -> str | None:
    twice: list[str] = []

    def checked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        record = dict(pairs)
        if len(record) < len(pairs):
            again = [key for key, value in pairs if value != record[key]]
            twice.extend(key for key in again if asked is None or key in asked.keys)
        if asked is not None:
            twice.extend(_spelled_twice(record, asked))
        return record

    try:
        decoder = json.JSONDecoder(strict=False, object_pairs_hook=checked)
        decoder.raw_decode(line, line.index("{"))
    except ValueError:
        return None
    except RecursionError:
        return _TOO_DEEP
    return f"{STANDS_TWICE}{twice[0]}" if twice else None


def _spelled_twice(record: Mapping[str, Any], asked: AskedKeys) -> list[str]:
    """The keys of an object that have another value in another spelling."""
    first: dict[str, str] = {}
    found: list[str] = []
    for key, value in record.items():
        if value in _NOTHING:
            continue
        if key in asked.spellings:
            other = first.setdefault(asked.spellings[key], key)
            found += [f"{other} and {key}"] if record[other] != value else []
        if key in asked.dotted and _nested(record, key) not in (*_NOTHING, value):
            found.append(key)
    return found


def _nested(record: Any, key: str) -> Any:
    """What stands at a dotted key where each part of it is an object."""
    for part in key.split("."):
        record = record.get(part) if isinstance(record, dict) else None
    return record
