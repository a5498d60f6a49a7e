"""How the lines of a mapped log are cut into fields: cells, pairs, JSON or a pattern."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import polars as pl

from logan.formats.engine import delimited, json_lines, keyvalue
from logan.formats.engine.base import TEXT, Columns, Fault, Framing, Head, Layout, missing_to_null

#: Alternative names of one field, the best first.
Names = tuple[str, ...]


class Lines(Protocol):
    """What a mapped format needs of its kind of line. `needed` fields must hold something."""

    @property
    def framing(self) -> Framing:
        """Whether records may run over several lines."""

    def layout(self, head: Head) -> Layout | None:
        """What the head fixes; None where it is not this log."""

    def follow(self, layout: Layout, line: str) -> Layout:
        """The layout after a line that names the columns anew."""

    def check(self, line: str, layout: Layout) -> Fault | None:
        """Why a line is no record; None where it is one."""

    def prepare(self, layout: Layout) -> Sequence[Columns]:
        """The steps before `cell` and `reason`."""

    def cell(self, layout: Layout, names: Names) -> pl.Expr:
        """The first of the fields that holds something, as text."""

    def reason(self, layout: Layout) -> pl.Expr:
        """`check`, as an expression."""


@dataclass(frozen=True)
class Cells:
    """Cells between separators: under a line that names them, or under `names` where none does."""

    separator: str
    names: Names
    fields: tuple[Names, ...]
    needed: tuple[Names, ...]
    missing: tuple[str, ...]
    framing: Framing = "csv"

    @cached_property
    def _rows(self) -> delimited.Rows:
        return delimited.Rows(
            needs={names[0]: delimited.ANYTHING for names in self.needed},
            aliases={names[0]: names[1:] for names in self.fields},
            missing=self.missing,
            separators=(self.separator,),
        )

    def layout(self, head: Head) -> Layout | None:
        if self.names:
            return delimited.positions(self.names, separator=self.separator)
        return self._rows.header(head)

    def follow(self, layout: Layout, line: str) -> Layout:
        return self._rows.follow(layout, line)

    def check(self, line: str, layout: Layout) -> Fault | None:
        return self._rows.check(line, layout)

    def prepare(self, layout: Layout) -> Sequence[Columns]:
        return self._rows.prepare(layout)

    def cell(self, layout: Layout, names: Names) -> pl.Expr:
        return self._rows.cells(layout)[names[0]]

    def reason(self, layout: Layout) -> pl.Expr:
        return self._rows.reason(layout)


class _Headless:
    """What kinds of line without a header have in common."""

    def layout(self, head: Head) -> Layout | None:
        del head
        return Layout()

    def follow(self, layout: Layout, line: str) -> Layout:
        del line
        return layout


@dataclass(frozen=True)
class PairLines(_Headless):
    """`key=value` pairs."""

    separator: str
    fields: tuple[Names, ...]
    needed: tuple[Names, ...]
    missing: tuple[str, ...]
    framing: Framing = "line"

    @cached_property
    def _form(self) -> keyvalue.PairFormat:
        mark = re.escape(self.separator)
        ends = " \t" if self.separator == " " else self.separator
        before = f"^(?:<[0-9]+>)?|{mark} *" if self.separator != " " else "^(?:<[0-9]+>)?|[ \t]"
        return keyvalue.PairFormat(
            pairs=keyvalue.Pairs(before=before, ends=ends, missing=self.missing),
            keys=tuple(dict.fromkeys(name for names in self.fields for name in names)),
            needs={"|".join(names): "(?s).+" for names in self.needed},
        )

    def check(self, line: str, layout: Layout) -> Fault | None:
        return self._form.check(line, layout)

    def prepare(self, layout: Layout) -> Sequence[Columns]:
        return self._form.prepare(layout)

    def cell(self, layout: Layout, names: Names) -> pl.Expr:
        del layout
        return pl.coalesce(self._form.cells[name] for name in names)

    def reason(self, layout: Layout) -> pl.Expr:
        del layout
        return self._form.reason()


@dataclass(frozen=True)
class JsonLines(_Headless):
    """JSON objects; a field is a key, or a path of keys with dots."""

    needed: tuple[Names, ...]
    missing: tuple[str, ...]
    framing: Framing = "json"

    @cached_property
    def _shape(self) -> json_lines.Shape:
        return json_lines.Shape(tuple(json_lines.need(*names, regex=".") for names in self.needed))

    def check(self, line: str, layout: Layout) -> Fault | None:
        return self._shape.check(line, layout)

    def prepare(self, layout: Layout) -> Sequence[Columns]:
        del layout
        return ()

    def cell(self, layout: Layout, names: Names) -> pl.Expr:
        return self._shape.cell(layout, *names, missing=self.missing)

    def reason(self, layout: Layout) -> pl.Expr:
        return self._shape.reason_at(layout)


@dataclass(frozen=True)
class Matched(_Headless):
    """A pattern of the whole line; a field is a named group."""

    pattern: str
    needed: tuple[Names, ...]
    missing: tuple[str, ...]
    framing: Framing = "line"

    @cached_property
    def _regex(self) -> str:
        return f"^(?:{self.pattern})$"

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._regex)

    def check(self, line: str, layout: Layout) -> Fault | None:
        del layout
        found = self._compiled.match(line)
        if found is None:
            return Fault("pattern", line)
        for names in self.needed:
            if all(found.group(name) in (None, *self.missing) for name in names):
                return Fault(names[0], found.group(names[0]) or "")
        return None

    def prepare(self, layout: Layout) -> Sequence[Columns]:
        del layout
        return ({"groups": TEXT.str.extract_groups(self._regex)},)

    def cell(self, layout: Layout, names: Names) -> pl.Expr:
        del layout
        groups = pl.col("groups").struct
        return pl.coalesce(missing_to_null(groups.field(name), self.missing) for name in names)

    def reason(self, layout: Layout) -> pl.Expr:
        reason = pl.when(~TEXT.str.contains(self._regex)).then(pl.lit("pattern: does not fit"))
        lacking = [
            pl.when(self.cell(layout, names).is_null()).then(pl.lit(f"{names[0]}: missing"))
            for names in self.needed
        ]
        return pl.coalesce(reason, *lacking)
