"""How the lines of an unknown log are made: the first step to a mapping file for it.

Which of its fields is which column is guessed in `logan.formats.custom.draft_columns`, the text
written in `logan.formats.custom.draft_text`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from logan.formats.engine import delimited_cells, json_lines, keyvalue
from logan.formats.engine.envelope import envelopes
from logan.formats.engine.layout import Head

#: The share of lines that must be cut alike before a log is said to be made that way.
_MOST: Final = 0.8
_LEAST_FIELDS: Final = 4
_LINES: Final = 60

Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class DraftCut:
    """How the lines of a log are made: the kind, its keys in the mapping file, values by field.

    `sample` is the first record, with the header above it where there is one.
    """

    kind: str
    keys: Mapping[str, object]
    values: Values
    sample: str


def cut(head: Head) -> DraftCut | None:
    """How the lines are made, out of any envelope; None where they are alike in no known way."""
    for _, inner in envelopes(head) if head.lines else ():
        lines = inner.lines[:_LINES]
        for way in (_as_json, _with_header, _as_pairs, _without_header):
            found = way(lines)
            if found is not None:
                return found
    return None


def _alike(rows: Sequence[Mapping[str, str] | None], lines: Sequence[str]) -> bool:
    fitting = sum(row is not None and len(row) >= _LEAST_FIELDS for row in rows)
    return bool(lines) and fitting >= _MOST * len(lines)


def _columns_of(rows: Sequence[Mapping[str, str] | None]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for row in rows:
        for name, value in (row or {}).items():
            values.setdefault(name, []).append(value)
    return values


def _as_json(lines: Sequence[str]) -> DraftCut | None:
    rows = [_flat(record) if (record := json_lines.parsed(line)) else None for line in lines]
    return DraftCut("json", {}, _columns_of(rows), lines[0]) if _alike(rows, lines) else None


def _flat(record: Mapping[str, object], before: str = "") -> dict[str, str]:
    """The scalar values of an object, by the path of their keys."""
    out: dict[str, str] = {}
    for key, value in record.items():
        if isinstance(value, Mapping):
            out |= _flat(value, f"{before}{key}.")
        elif not isinstance(value, list) and value is not None:
            out[f"{before}{key}"] = json_lines.text_at({"v": value}, "v") or ""
    return out


def _with_header(lines: Sequence[str]) -> DraftCut | None:
    if not lines:
        return None
    for separator in (",", "\t", ";", "|"):
        names = delimited_cells.split(lines[0], separator)
        if names is None or len(set(names)) < max(_LEAST_FIELDS, len(names)):
            continue
        if not all(re.fullmatch(r"[A-Za-z@_][A-Za-z0-9 _.()/@:-]*", name) for name in names):
            continue
        rows = [_cells(line, separator, names) for line in lines[1:]]
        if _alike(rows, lines[1:]):
            kind, keys = _kind(separator)
            return DraftCut(kind, keys, _columns_of(rows), "\n".join(lines[:2]))
    return None


def _kind(separator: str) -> tuple[str, dict[str, object]]:
    if separator == "\t":
        return "tsv", {}
    return "csv", {} if separator == "," else {"separator": separator}


def _cells(line: str, separator: str, names: Sequence[str]) -> dict[str, str] | None:
    values = delimited_cells.split(line, separator)
    if values is None or len(values) != len(names):
        return None
    return dict(zip(names, values, strict=True))


def _as_pairs(lines: Sequence[str]) -> DraftCut | None:
    for separator, pairs in (
        ("\t", keyvalue.TABBED),
        ("|", keyvalue.BARRED),
        (" ", keyvalue.SPACED),
    ):
        rows = [pairs.values(line) for line in lines]
        if _alike(rows, lines):
            keys = {} if separator == " " else {"separator": separator}
            return DraftCut("key-value", keys, _columns_of(rows), lines[0])
    return None


def _without_header(lines: Sequence[str]) -> DraftCut | None:
    for separator in ("\t", ",", ";", "|", " "):
        counts = [
            len(values) for line in lines if (values := delimited_cells.split(line, separator))
        ]
        width = max(set(counts), key=counts.count, default=0)
        names = [f"field{number}" for number in range(1, width + 1)]
        rows = [_cells(line, separator, names) for line in lines]
        if _alike(rows, lines):
            kind, keys = ("words", {}) if separator == " " else _kind(separator)
            return DraftCut(kind, {**keys, "names": names}, _columns_of(rows), lines[0])
    return None
