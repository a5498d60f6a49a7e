"""The envelopes of ArcSight and QRadar, CEF and LEEF, for families to name their own events in.

Definitions: OpenText, ArcSight Common Event Format Implementation Standard (versions 0 and 1);
IBM, QRadar Log Event Extended Format (LEEF 1.0 and 2.0). In a CEF header `|` and `\\` are
escaped, in its extension `=` and `\\`. Values hold spaces: one ends where the next ` key=` begins.
A LEEF 1.0 extension is parted by tabs, a LEEF 2.0 one by the character that its header names.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final

import polars as pl

from logan.formats.engine.keyvalue import TWICE, Pairs
from logan.formats.engine.layout import (
    TEXT,
    Expressions,
    Fault,
    Layout,
    RequiredLiterals,
    missing_to_null,
)
from logan.formats.engine.pair_needs import Needs, required_literals_of, unmet, unmet_reason
from logan.formats.engine.reader import (
    CELL,
    Aliases,
    PlainReader,
    StampSpan,
    cell_column,
    under_aliases,
)

_ESCAPES: Final = ("\\=", "\\|", "\\\\")
#: Vendors' words for "nothing" in either envelope.
_MISSING: Final = ("", "-", "N/A", "n/a", "NA", "None", "null")
_PART: Final = r"((?:[^|\\]|\\.)*)"
#: A header field, in needs and cells: no extension key can start like that.
_CEF_HEADER: Final = ("@vendor", "@product", "@version", "@signature", "@name", "@severity")
_LEEF_HEADER: Final = ("@vendor", "@product", "@version", "@event")
_LABELLED: Final = (
    *(f"cs{n}" for n in range(1, 7)),
    *(f"cn{n}" for n in range(1, 4)),
    *(f"flexString{n}" for n in range(1, 3)),
)
#: How the cell of a labelled field begins, and the columns of the steps.
_LABEL: Final = "label:"
_HEADER: Final = "%header"
_MARKED: Final = "%marked"
#: What a LEEF 2.0 header may say of its delimiter: `^`, `x5E` or `0x5E`; nothing means a tab.
_DELIMITER: Final = r"^(?:(0?x[0-9A-Fa-f]{2,4}|[^A-Za-z0-9|])?\|)"
#: Bars between the pairs where a header names no delimiter (PAN-OS, from templates of its guide for
#: LEEF): the first pair ends with one, and no tab is there.
_BARRED: Final = "^ *[A-Za-z_][A-Za-z0-9_.-]*=[^|=]*[|] *[A-Za-z_][A-Za-z0-9_.-]*="
_CHARACTERS: Final = {f"x{code:x}": chr(code) for code in range(1, 128)}
_SPACED_KEY: Final = r" +([A-Za-z_][A-Za-z0-9_.-]*)="
_CEF_PAIRS: Final = Pairs(before="^ *| ", ends="", quotes=False, escapes=_ESCAPES, missing=_MISSING)
_LEEF_PAIRS: Final = Pairs(
    before="^[ \t]*|\t", ends="\t", quotes=False, escapes=_ESCAPES, missing=_MISSING
)


@dataclass(frozen=True, kw_only=True)
class CefEvent(PlainReader):
    """Lines of CEF. Cells are the header's fields, the extension's keys, and labelled fields.

    Header fields are `@vendor`, `@product`, `@version`, `@signature`, `@name`, `@severity`. The
    cell `label:Policy` is the custom field that a line itself labels so (`cs1Label=Policy
    cs1=...`). `needs` are as in `KeyValue`.
    """

    needs: Needs = field(default_factory=dict)
    aliases: Aliases = field(default_factory=dict)
    stamp_span: StampSpan | None = None
    header: tuple[str, ...] = _CEF_HEADER
    # Relays cut `CEF:` off together with the syslog tag that they take it for.
    opening: str = r"^(?:.*?CEF: ?)?[01]\|"
    pairs: Pairs = _CEF_PAIRS

    @cached_property
    def _regex(self) -> str:
        return self.opening + r"\|".join([_PART] * len(self.header)) + r"\|(.*)$"

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._regex)

    @cached_property
    def _needed(self) -> tuple[str, ...]:
        return tuple(name for names in self.needs for name in names.split("|"))

    def steps(self, _layout: Layout, names: frozenset[str]) -> Sequence[Expressions]:
        """The header, the marked extension, a column for each key, then labelled fields."""
        asked = names | frozenset(self._needed)
        return (*self._opened, *under_aliases(self.aliases, asked, self._cells))

    @property
    def _opened(self) -> Sequence[Expressions]:
        part = pl.col(_HEADER).struct
        head = {
            CELL + name: missing_to_null(_unescaped(part[at]), _MISSING)
            for at, name in enumerate(self.header)
        }
        extension = self.plain(part[len(self.header)])
        return (
            {_HEADER: TEXT.str.extract_groups(self._regex)},
            {**head, _MARKED: self.pairs.marked(extension)},
        )

    def _cells(self, names: Sequence[str]) -> Expressions:
        """The columns of keys and labelled fields; the header's are there already."""
        keys = [name for name in names if not name.startswith(_LABEL) and name not in self.header]
        labels = [name for name in names if name.startswith(_LABEL)]
        labelled = (*_LABELLED, *(f"{key}Label" for key in _LABELLED)) if labels else ()
        marked = pl.col(_MARKED)
        return {
            **{CELL + name: self.pairs.cell(marked, name) for name in keys},
            **{CELL + name: self._labelled(name.removeprefix(_LABEL)) for name in labels},
            TWICE: self.pairs.twice(marked, (*keys, *labelled)),
        }

    def _labelled(self, label: str) -> pl.Expr:
        marked = pl.col(_MARKED)
        return pl.coalesce(
            pl.when(self.pairs.cell(marked, f"{key}Label") == label).then(
                self.pairs.cell(marked, key)
            )
            for key in _LABELLED
        )

    def plain(self, extension: pl.Expr) -> pl.Expr:
        """The extension as `pairs` reads it."""
        return extension

    def plain_text(self, extension: str) -> str:
        """`plain` for one line."""
        return extension

    def reason(self, _layout: Layout) -> pl.Expr:
        """Null where a line is a record, else what it lacks."""
        needed = {name: cell_column(name) for name in self._needed}
        return (
            pl.when(pl.col(_HEADER).struct[0].is_null())
            .then(pl.lit("header: not as this format writes it"))
            .otherwise(pl.coalesce(unmet_reason(needed, self.needs), TWICE))
        )

    @cached_property
    def required_literals(self) -> RequiredLiterals:
        """The bar behind the version, the keys, the vendor where it is one."""
        vendors = self.needs.get("@vendor", "").split("|")
        plain = all(re.fullmatch("[A-Za-z ]+", vendor) for vendor in vendors)
        return (
            (".0|", "0|", "1|"),
            *((tuple(vendors),) if plain else ()),
            *required_literals_of(self.needs),
        )

    def values(self, line: str) -> Mapping[str, str] | None:
        """Header fields and keys of one line; None where it has no such header."""
        found = self._compiled.match(line)
        if found is None:
            return None
        *parts, extension = found.groups()
        head = {
            name: re.sub(r"\\([=|\\])", r"\1", part)
            for name, part in zip(self.header, parts, strict=True)
        }
        head = {name: value for name, value in head.items() if value not in _MISSING}
        return {**self.pairs.values(self.plain_text(extension)), **head}

    def check(self, line: str, _layout: Layout) -> Fault | None:
        """The first thing that a line lacks; None where it is a record."""
        return self._fault(line)

    @cached_property
    def _fault(self) -> Callable[[str], Fault | None]:
        """Kept for the lines of a head: layouts, the quick check and the reading ask the same."""
        return lru_cache(maxsize=256)(self._unmet)

    def _unmet(self, line: str) -> Fault | None:
        values = self.values(line)
        return Fault("header", line) if values is None else unmet(values, self.needs)


@dataclass(frozen=True, kw_only=True)
class LeefEvent(CefEvent):
    """Lines of LEEF; header fields are `@vendor`, `@product`, `@version` and `@event`."""

    header: tuple[str, ...] = _LEEF_HEADER
    opening: str = r"^(?:.*?LEEF: ?)?[12]\.0\|"
    pairs: Pairs = _LEEF_PAIRS

    def plain(self, extension: pl.Expr) -> pl.Expr:
        """The extension parted by tabs, whatever its header said.

        rsyslog writes a tab that it receives as `#011`, all of them or none: beside a real one it
        is what a user wrote. Where pasting turned tabs into spaces, a value ends before the next
        ` key=`.
        """
        code = extension.str.extract(_DELIMITER, 1).str.to_lowercase()
        named = code.str.replace("^0?x0*", "x").replace(_CHARACTERS).fill_null("\t")
        rest = extension.str.replace(_DELIMITER, "")
        barred = code.is_null() & rest.str.contains(_BARRED) & ~rest.str.contains("\t|#011")
        named = pl.when(barred).then(pl.lit("|")).otherwise(named)
        parted = rest.str.split(named).list.join("\t")
        named_tabs = parted.str.replace_all("#011", "\t", literal=True)
        tabbed = pl.when(parted.str.contains("\t", literal=True)).then(parted).otherwise(named_tabs)
        spaced = rest.str.replace_all(_SPACED_KEY, "\t${1}=")
        return pl.when(tabbed.str.contains("\t", literal=True)).then(tabbed).otherwise(spaced)

    def plain_text(self, extension: str) -> str:
        """`plain` for one line."""
        found = re.match(_DELIMITER, extension)
        code = re.sub("^0?x0*", "x", (found.group(1) or "\t").lower()) if found else "\t"
        rest = extension[found.end() :] if found else extension
        if not (found and found.group(1)) and re.search(_BARRED, rest):
            code = code if re.search("\t|#011", rest) else "|"
        parted = rest.replace(_CHARACTERS.get(code, code), "\t")
        tabbed = parted if "\t" in parted else parted.replace("#011", "\t")
        return tabbed if "\t" in tabbed else re.sub(_SPACED_KEY, r"\t\1=", rest)


def _unescaped(cell: pl.Expr) -> pl.Expr:
    return cell.str.replace_many(list(_ESCAPES), [pair[1] for pair in _ESCAPES])


def with_domain(user: pl.Expr, domain: pl.Expr) -> pl.Expr:
    """`DOMAIN\\user` of the two fields that hold its parts; the user as it is where it has both."""
    lacks = domain.is_not_null() & ~user.str.contains(r"[\\@/=:]")
    joined = pl.concat_str(domain, pl.lit("\\"), user)
    return pl.when(lacks).then(joined).otherwise(user)
