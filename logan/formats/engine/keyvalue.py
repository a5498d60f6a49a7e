"""Lines made of `key=value` pairs, whatever stands between them and however values are quoted.

One pass marks where every pair begins, stepping over quoted values, so that a key inside a quoted
address is never taken for a field. Families say which keys they need; nothing here knows a gateway.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final

import polars as pl

from logan.formats.engine import pair_marks
from logan.formats.engine.layout import (
    TEXT,
    Expressions,
    Fault,
    Layout,
    RequiredLiterals,
    missing_to_null,
)
from logan.formats.engine.pair_marks import CLOSED, KEY, MARKS, VALUE
from logan.formats.engine.pair_needs import Needs, required_literals_of, unmet, unmet_reason
from logan.formats.engine.reader import (
    CELL,
    Aliases,
    PlainReader,
    StampSpan,
    cell_column,
    under_aliases,
)
from logan.runtime.fast_path import normalised, with_fallback

ANY_KEY: Final = r"[A-Za-z_][A-Za-z0-9_.\[\]-]*"
# A doubled pair of quotes is a line that went through CSV; a quote that never closes is a cut line.
_QUOTED: Final = r'""[^"]*[^"= ]""|"(?:[^"\\]|\\.|"")*(?:"|\\?$)'
#: A tab as a screen shows it, and blanks at the end of the value before it.
_SPACED_TAB: Final = " {4,}"
#: The column of the text with its marks.
_MARKED: Final = "%marked"
#: The column that says which key stands twice.
TWICE: Final = "%twice"
#: How the reason of a line begins in which a key stands twice: its head fits, it is no record.
STANDS_TWICE: Final = "stands twice with different values: "


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """How a gateway writes its pairs. Of a key that stands twice the first value counts, and with
    two different values (`twice`) the line is no record: one of them may be a user's own words. Nor
    is it one with a pair behind a quote within a quoted value. Keys that the vendor itself writes
    twice are `repeated`.

    `before` is what precedes a key (a regular expression), `keys` its known names (empty: any
    word). A bare value ends before the next key, and at the first of the characters `ends` (empty:
    it may hold spaces, so `keys` should be given). A quoted value may hold anything. `escapes` are
    pairs of characters that mean their second one; `missing` the words for "nothing", read as null.
    `spaced_tabs`: a line without any tab was copied from a screen, which makes four spaces of each;
    a user name that ends with a blank hides no key behind it.
    Beside a tab, spaces part nothing: a user agent that holds some would write pairs of its own.
    """

    before: str = "^(?:<[0-9]+>)?|[ \t]"
    assign: str = "="
    keys: tuple[str, ...] = ()
    ends: str = " \t"
    quotes: bool = True
    escapes: tuple[str, ...] = ('\\"', '""', "\\\\")
    missing: tuple[str, ...] = ("", "-")
    spaced_tabs: bool = False
    repeated: tuple[str, ...] = ()

    @cached_property
    def _opening(self) -> str:
        """A key with what precedes it, and its value where that is quoted."""
        quoted = f"({_QUOTED})?" if self.quotes else "()"
        return f"(?:{self.before})({self._key}){self.assign}{quoted}"

    @cached_property
    def _key(self) -> str:
        return "|".join(map(re.escape, self.keys)) if self.keys else ANY_KEY

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._opening)

    def values(self, line: str) -> Mapping[str, str]:
        """The pairs of one line, as `cell` reads them; keys without a value are left out.

        Kept for a while: formats that share a way of writing pairs ask for the same lines.
        """
        return self._values(line)

    @cached_property
    def _values(self) -> Callable[[str], Mapping[str, str]]:
        return lru_cache(maxsize=256)(self._read)

    def _read(self, line: str) -> Mapping[str, str]:
        line = re.sub(MARKS, " ", line)
        if self.spaced_tabs and "\t" not in line:
            line = re.sub(_SPACED_TAB, "\t", line)
        opened = list(self._compiled.finditer(line))
        out: dict[str, str] = {}
        for at, found in enumerate(opened):
            key, quoted = found.group(1), found.group(2)
            stop = opened[at + 1].start() if at + 1 < len(opened) else len(line)
            bare = line[found.end() : stop]
            out.setdefault(key, self._unquoted(quoted) if quoted else self._bare(bare))
        return {key: value for key, value in out.items() if value not in self.missing}

    def _bare(self, value: str) -> str:
        ended = self._end.split(value, maxsplit=1)[0] if self.ends else value
        return self._unescaped(ended).strip(" ")

    @cached_property
    def _end(self) -> re.Pattern[str]:
        return re.compile(f"[{re.escape(self.ends)}]")

    def _unquoted(self, value: str) -> str:
        if re.fullmatch('""[^"]+""', value):
            value = value[1:-1]
        return self._unescaped(value.removeprefix('"').removesuffix('"')).strip(" ")

    def _unescaped(self, value: str) -> str:
        return self._escaped.sub(_second, value) if self.escapes else value

    @cached_property
    def _escaped(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self.escapes)))

    def marked(self, text: pl.Expr = TEXT) -> pl.Expr:
        """The text with a mark before and after every key, made once for all cells of a line."""
        plain = text.str.replace_all(MARKS, " ")
        if self.spaced_tabs:
            tabbed = plain.str.replace_all(_SPACED_TAB, "\t")
            plain = pl.when(plain.str.contains("\t", literal=True)).then(plain).otherwise(tabbed)
        return plain.str.replace_all(self._opening, f"{KEY}${{1}}{VALUE}${{2}}{CLOSED}")

    def cell(self, marked: pl.Expr, key: str) -> pl.Expr:
        """The value of a key in marked text, without quotes and escapes; null where none."""
        bare = f"[^{KEY}{re.escape(self.ends)}]*"
        opening = f"{KEY}{re.escape(key)}{VALUE}"
        value = marked.str.extract(f'{opening}("[^{CLOSED}]*|{CLOSED}{bare})', 1)
        return normalised(value.str.strip_prefix(CLOSED), self._unclean, self._cleaned)

    def twice(
        self, marked: pl.Expr, keys: Sequence[str], synonyms: Sequence[Sequence[str]] = ()
    ) -> pl.Expr:
        """Null, or why marked text is no record: one of `keys` stands there with two values, itself
        or by another key of the same group of `synonyms`."""
        known = frozenset(keys) - frozenset(self.repeated)
        meant = {key: key for key in known} | {key: one[0] for one in synonyms for key in one}
        marks = {f"{KEY}{key}{VALUE}": f"{KEY}{one}{VALUE}" for key, one in meant.items()}

        def found(texts: pl.Series) -> pl.Series:
            names = texts.str.extract_all(pair_marks.MARKED_KEY)
            if synonyms:
                names = names.list.eval(pl.element().replace(marks))
            again = (names.list.n_unique() < names.list.len()).fill_null(value=False)
            none = pl.Series(texts.name, [None], dtype=pl.String).new_from_index(0, len(texts))
            return with_fallback(none, again, lambda: self._twice(texts.filter(again), meant))

        doubled = marked.map_batches(found, return_dtype=pl.String, is_elementwise=True)
        if not self.quotes:
            return doubled
        within = pair_marks.within(marked, self.before, self.assign, known, self._key)
        return pl.coalesce(doubled, within)

    def _twice(self, texts: pl.Series, meant: Mapping[str, str]) -> pl.Series:
        reasons = [self._key_with_two_values(text, meant) for text in texts]
        return pl.Series(texts.name, reasons, dtype=pl.String)

    def _key_with_two_values(self, text: str, meant: Mapping[str, str]) -> str | None:
        first: dict[str, tuple[str, str]] = {}
        for key, quoted, bare in pair_marks.PAIR.findall(text):
            if key not in meant:
                continue
            value = self._unquoted(quoted) if quoted else self._bare(bare)
            other, known = first.get(meant[key], (key, value))
            if known != value and (other == key or not {known, value} & set(self.missing)):
                return f"{STANDS_TWICE}{key if other == key else f'{other} and {key}'}"
            if value not in self.missing or meant[key] not in first:
                first[meant[key]] = key, value
        return None

    @cached_property
    def _unclean(self) -> str:
        """What is found in values that are not what they stand for."""
        nothing = "|".join(map(re.escape, self.missing))
        quote = ['^"'] if self.quotes else []
        return "|".join((*map(re.escape, self.escapes), "^ | $", f"^(?:{nothing})$", *quote))

    def _cleaned(self, value: pl.Expr) -> pl.Expr:
        """A value without quotes and escapes."""
        if self.quotes:
            doubled = normalised(value, '^""', _doubled)
            inner = doubled.str.strip_prefix('"').str.strip_suffix('"')
            value = pl.when(value.str.starts_with('"')).then(inner).otherwise(value)
        if self.escapes:
            value = normalised(value, "|".join(map(re.escape, self.escapes)), self._characters)
        return missing_to_null(value.str.strip_chars(" "), self.missing)

    def _characters(self, value: pl.Expr) -> pl.Expr:
        return value.str.replace_many(list(self.escapes), [pair[1] for pair in self.escapes])


#: The plain form: pairs parted by spaces, values quoted where they hold spaces.
SPACED: Final = Pairs()
#: Pairs parted by tabs.
TABBED: Final = Pairs(before="^(?:<[0-9]+>)?|\t", ends="\t")
#: Pairs parted by bars; a relay's header may stand before the first.
BARRED: Final = Pairs(
    before=r"^(?:[^|=]* )?|\|", ends="|", quotes=False, escapes=("\\=", "\\|", "\\\\")
)


def _doubled(value: pl.Expr) -> pl.Expr:
    """Quotes that went through CSV, single again."""
    return value.str.replace('^""([^"]+)""$', '"${1}"')


def _second(found: re.Match[str]) -> str:
    """What a pair of characters means."""
    return found.group(0)[1]


@dataclass(frozen=True, kw_only=True)
class KeyValue(PlainReader):
    """Lines of `key=value` pairs. Cells are the values of keys.

    `needs` gives for a key (or several parted by `|`, of which one is enough) what its whole value
    must match in a record of this log. `beside` gives what else a record has, by name: expressions
    of which one is found in the line. `synonyms` are groups of keys that mean the same, so that a
    line with two of them and different values is no record.
    """

    pairs: Pairs = SPACED
    needs: Needs = field(default_factory=dict)
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: Aliases = field(default_factory=dict)
    synonyms: tuple[tuple[str, ...], ...] = ()
    stamp_span: StampSpan | None = None

    @cached_property
    def _needed_keys(self) -> tuple[str, ...]:
        return tuple(name for names in self.needs for name in names.split("|"))

    def steps(self, _layout: Layout, names: frozenset[str]) -> Sequence[Expressions]:
        """The marked text, then a column for each key."""
        needed = names | frozenset(self._needed_keys)
        return {_MARKED: self.pairs.marked()}, *under_aliases(self.aliases, needed, self._cells)

    def has(self, _layout: Layout, name: str) -> bool:
        """False where the keys are known, and this is none of them."""
        known = self.pairs.keys
        return not known or name in self.aliases or name in known

    def _cells(self, names: Sequence[str]) -> Expressions:
        marked = pl.col(_MARKED)
        cells = {CELL + name: self.pairs.cell(marked, name) for name in names}
        return {**cells, TWICE: self.pairs.twice(marked, names, self.synonyms)}

    def reason(self, _layout: Layout) -> pl.Expr:
        """Null where a line is a record, else the first need it does not meet."""
        unmet = unmet_reason({key: cell_column(key) for key in self._needed_keys}, self.needs)
        astray = [_astray(name, patterns) for name, patterns in self.beside.items()]
        return pl.coalesce(*astray, unmet, TWICE)

    @cached_property
    def required_literals(self) -> RequiredLiterals:
        """The keys that every line writes."""
        return required_literals_of(self.needs, self.pairs.assign)

    def check(self, line: str, _layout: Layout) -> Fault | None:
        """The first need that a line does not meet; None where it is a record."""
        return self._fault(line)

    @cached_property
    def _fault(self) -> Callable[[str], Fault | None]:
        """Kept for the lines of a head: layouts, the quick check and the reading ask the same."""
        return lru_cache(maxsize=256)(self._find_fault)

    def _find_fault(self, line: str) -> Fault | None:
        for name, patterns in self.beside.items():
            if not any(re.search(pattern, line) for pattern in patterns):
                return Fault(name, line)
        return unmet(self.pairs.values(line), self.needs)


def _astray(name: str, patterns: Sequence[str]) -> pl.Expr:
    """Null where one of the patterns is found in a line."""
    found = pl.any_horizontal(TEXT.str.contains(pattern) for pattern in patterns)
    return pl.when(~found).then(pl.lit(f"{name}: not as this format writes it"))
