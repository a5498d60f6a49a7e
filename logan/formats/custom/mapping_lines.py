"""The readers of mapped logs: cells, pairs, JSON, or a pattern with named groups."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import polars as pl

from logan.formats.custom.mapping_language import all_fields, sources
from logan.formats.engine.delimited import ANYTHING, Delimited
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.keyvalue import KeyValue, Pairs
from logan.formats.engine.layout import (
    TEXT,
    Expressions,
    Fault,
    Layout,
    RequiredLiterals,
    missing_to_null,
)
from logan.formats.engine.reader import (
    CELL,
    Aliases,
    PlainReader,
    Reader,
    UnknownCellError,
    under_aliases,
)

_SEPARATORS: Final = {"csv": ",", "tsv": "\t", "words": " ", "key-value": " "}
#: The column of a line's groups.
_GROUPS: Final = "%groups"
Names = tuple[str, ...]


def reader_of(values: Mapping[str, Any]) -> Reader:
    """The reader that a mapping file describes.

    A record must have its time, and what it asked for; and `needs`, where the file gives any.
    """
    kind, columns = values["lines"], values["columns"].values
    missing = tuple(dict.fromkeys(("", "-", *values.get("missing", ()))))
    asked = columns.get("host", columns.get("url"))
    needed = sources(columns["time"]) + (sources(asked)[:1] if asked is not None else ())
    asks = dict.fromkeys(needed, ANYTHING) | {(k,): v for k, v in values.get("needs", {}).items()}
    separator = values.get("separator", _SEPARATORS.get(kind, ""))
    if kind == "json":
        whole = {
            names: "." if regex == ANYTHING else f"^(?:{regex})$" for names, regex in asks.items()
        }
        needs = tuple(need(*names, regex=regex) for names, regex in whole.items())
        return JsonObject(needs, missing=missing, framing="json")
    if kind == "regex":
        return NamedGroups(values["pattern"], asks, missing)
    if kind == "key-value":
        return _pairs(separator, asks, missing)
    return _cells(values, separator, asks, missing)


def _pairs(separator: str, asks: Mapping[Names, str], missing: Names) -> Reader:
    mark = re.escape(separator)
    spaced = separator == " "
    before = "^(?:<[0-9]+>)?|[ \t]" if spaced else f"^(?:<[0-9]+>)?|{mark} *"
    return KeyValue(
        pairs=Pairs(before=before, ends=" \t" if spaced else separator, missing=missing),
        needs={"|".join(names): f"(?s:{regex})" for names, regex in asks.items()},
    )


def _cells(
    values: Mapping[str, Any], separator: str, asks: Mapping[Names, str], missing: Names
) -> Reader:
    order = values.get("names", ())
    return Delimited(
        needs={names[0]: regex for names, regex in asks.items()},
        aliases={} if order else {names[0]: names[1:] for names in all_fields(values)},
        missing=missing,
        separators=(separator,),
        order=order,
        headed=not order,
    )


@dataclass(frozen=True)
class NamedGroups(PlainReader):
    """Lines that a pattern takes whole. Cells are its named groups.

    `needs` gives for a group (or several, of which one is enough) what its whole value must match.
    """

    pattern_text: str
    needs: Mapping[Names, str]
    missing: Names
    aliases: Aliases = field(default_factory=dict)
    required_literals: RequiredLiterals = ()

    @cached_property
    def _regex(self) -> str:
        return f"^(?:{self.pattern_text})$"

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._regex)

    def check(self, line: str, _layout: Layout) -> Fault | None:
        """Whether the pattern takes the line, then the first need it does not meet."""
        found = self._compiled.match(line)
        if found is None:
            return Fault("pattern", line)
        for names, regex in self.needs.items():
            values = [found.group(name) for name in names]
            there = [value for value in values if value not in (None, *self.missing)]
            if not any(re.fullmatch(f"(?s:{regex})", value) for value in there[:1]):
                return Fault(names[0], values[0] or "")
        return None

    def steps(self, _layout: Layout, names: frozenset[str]) -> Sequence[Expressions]:
        """The line split into its groups, then its cells."""
        asked = names | {name for group in self.needs for name in group}
        split = {_GROUPS: TEXT.str.extract_groups(self._regex)}
        return (split, *under_aliases(self.aliases, asked, self._cells))

    def _cells(self, names: Sequence[str]) -> Expressions:
        known = tuple(self._compiled.groupindex)
        for name in names:
            if name not in known:
                raise UnknownCellError(name, known)
        groups = pl.col(_GROUPS).struct
        return {CELL + name: missing_to_null(groups.field(name), self.missing) for name in names}

    def reason(self, _layout: Layout) -> pl.Expr:
        """`check`, as an expression."""
        reason = pl.when(~TEXT.str.contains(self._regex)).then(pl.lit("pattern: does not fit"))
        lacking = []
        for names, regex in self.needs.items():
            value = pl.coalesce(pl.col(CELL + name) for name in names)
            met = value.str.contains(f"^(?s:{regex})$").fill_null(value=False)
            lacking.append(pl.when(~met).then(pl.lit(f"{names[0]}: missing or not as needed")))
        return pl.coalesce(reason, *lacking)
