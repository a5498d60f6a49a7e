"""JSON objects, one on a line: the shape that many gateways and collectors write.

A value is found by alternative paths (`http.hostname`), each read as nested objects and as one
dotted key. What counts as JSON is decided by the engine that reads it, in Python as in expressions,
so a line that `JsonObject.check` accepts is read without a reason, and the reverse.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any, Final, NamedTuple

import polars as pl

from logan.formats.engine.json_flat import is_json, load_flat, value_at
from logan.formats.engine.json_keys import asked_keys, stands_twice
from logan.formats.engine.json_stamps import stamp_span
from logan.formats.engine.keyvalue import TWICE
from logan.formats.engine.layout import (
    TEXT,
    Expressions,
    Fault,
    Framing,
    Head,
    Layout,
    RequiredLiterals,
    missing_to_null,
)
from logan.formats.engine.reader import (
    CELL,
    Aliases,
    PlainReader,
    StampSpan,
    one_or_more,
    under_aliases,
)

MISSING: Final = ("-", "")
#: How a line with an object begins.
OPENS: Final = r"^[ \t\r]*\{"
_OPENS: Final = re.compile(OPENS)
#: Lines that were parsed, as many as a few heads have.
_PARSED: Final[dict[str, Any]] = {}
_MOST_PARSED: Final = 1_000
_LONGEST_KEPT: Final = 8_192
_UNKNOWN: Final = object()
#: What the columns of values begin with.
VALUE: Final = "%"
_STEP: Final = re.compile(r"([^\[\]]+)((?:\[[0-9]+\])*)")


class RequiredValue(NamedTuple):
    """A value without which a line is no record: at one of `paths`, as text that `regex` fits.

    The expression is searched for, not anchored; the empty one takes any value but null.
    """

    paths: tuple[str, ...]
    regex: str = ""

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.paths[0]


def need(*paths: str, regex: str = "") -> RequiredValue:
    """A value that must be there, at any of the paths."""
    return RequiredValue(paths, regex)


@lru_cache(maxsize=2048)
def _spellings(path: str, under: str | None = None) -> tuple[tuple[str | int, ...], ...]:
    """The key sequences that a path may mean: nested objects, then one dotted key."""
    nested = _steps(path)
    dotted = (path,) if "." in path and "[" not in path else nested
    spellings = [nested] if dotted == nested else [nested, dotted]
    before = _steps(under) if under else ()
    return tuple((*before, *spelling) for spelling in spellings)


def _steps(path: str) -> tuple[str | int, ...]:
    steps: list[str | int] = []
    for part in path.split("."):
        found = _STEP.fullmatch(part)
        if found is None:
            steps.append(part)
            continue
        steps.append(found.group(1))
        steps.extend(int(index) for index in re.findall("[0-9]+", found.group(2)))
    return tuple(steps)


def value(*paths: str, under: str | None = None, of: pl.Expr = TEXT) -> pl.Expr:
    """The first of the paths that a line has a value for, as text; null where it has none.

    Numbers and truth values come as JSON writes them, objects and lists as JSON text.
    """
    found = [value_at(of, steps) for path in paths for steps in _spellings(path, under)]
    return pl.coalesce(found) if len(found) > 1 else found[0]


def parsed(line: str) -> dict[str, Any] | None:
    """The object on a line as the reading engine sees it; None where it is no JSON object.

    Kept for a while, because every JSON format asks this of every line of a head.
    """
    if not _OPENS.match(line):
        return None
    known = _PARSED.get(line, _UNKNOWN)
    if known is _UNKNOWN:
        flat = load_flat(line)
        return _parse([line])[0] if flat is None else _keep([line], [flat])[0]
    record: dict[str, Any] | None = known
    return record


def parse(lines: Sequence[str]) -> None:
    """Have lines ready for `parsed`: one call of the engine for all costs as much as for a few."""
    _parse([line for line in lines if _OPENS.match(line) and line not in _PARSED])


def _parse(lines: list[str]) -> list[dict[str, Any] | None]:
    """The objects of lines that begin like one, kept under them."""
    if not lines:
        return []
    wholes = pl.Series(lines, dtype=pl.String).str.json_path_match("$").to_list()
    found = [json.loads(whole) if whole is not None else None for whole in wholes]
    return _keep(lines, [record if isinstance(record, dict) else None for record in found])


def _keep(
    lines: Sequence[str], records: list[dict[str, Any] | None]
) -> list[dict[str, Any] | None]:
    if len(_PARSED) + len(lines) > _MOST_PARSED:
        _PARSED.clear()
    _PARSED.update(
        (line, record)
        for line, record in zip(lines, records, strict=True)
        if len(line) <= _LONGEST_KEPT
    )
    return records


def text_at(record: Mapping[str, Any], *paths: str, under: str | None = None) -> str | None:
    """What `value` gives for a parsed line."""
    for path in paths:
        for steps in _spellings(path, under):
            found = _walk(record, steps)
            if found is not None:
                return found if isinstance(found, str) else _as_json(found)
    return None


def may_hold(record: Mapping[str, Any], path: str) -> bool:
    """False where an object has no key that a path could begin with."""
    return any(steps[0] in record for steps in _spellings(path))


def _walk(record: Any, steps: Iterable[str | int]) -> Any:
    for step in steps:
        if isinstance(step, int):
            there = isinstance(record, list) and step < len(record)
        else:
            there = isinstance(record, dict) and step in record
        if not there:
            return None
        record = record[step]
    return record


def _as_json(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class JsonObject(PlainReader):
    """Lines that are JSON objects. Cells are paths of keys: `http.headers.Referer[0]`.

    `needs` are what a record of this log must hold, and all of one of `kinds`. `wrappers` are
    keys whose object may hold the record (`event` of Splunk's collector); which one does is
    learnt from the head and kept in the layout's `under`. `synonyms` are groups of keys that mean
    the same, so that a line with two of them and different values is no record. `stamp` is the
    key near the start of a line whose value is its time, in a form that `stamp_span` knows.
    `missing` are the log's words for nothing, read as null.
    """

    needs: tuple[RequiredValue, ...]
    wrappers: tuple[str, ...] = ()
    aliases: Aliases = field(default_factory=dict)
    synonyms: tuple[tuple[str, ...], ...] = ()
    missing: Sequence[str] = MISSING
    stamp: str | None = None
    framing: Framing = "line"
    kinds: tuple[tuple[RequiredValue, ...], ...] = ()

    @property
    def learns(self) -> bool:  # type: ignore[override]
        """Where there are wrappers, which of them is used."""
        return bool(self.wrappers)

    @property
    def stamp_span(self) -> StampSpan | None:  # type: ignore[override]
        """The place of the value of `stamp`."""
        key = self.stamp
        return None if key is None else lambda line, _layout: stamp_span(line, key)

    @cached_property
    def required_literals(self) -> RequiredLiterals:
        """The key of each need in an object; JSON may write it in codes."""
        return (
            ("{",),
            *((*(str(_steps(path)[0]) for path in wanted.paths), "\\u") for wanted in self.needs),
        )

    def steps(self, layout: Layout, names: frozenset[str]) -> Sequence[Expressions]:
        """The value at each path, then the cells."""
        needed = [path for wanted in (*self.needs, *chain(*self.kinds)) for path in wanted.paths]
        asked = [
            path for name in sorted(names) for path in one_or_more(self.aliases.get(name, name))
        ]
        under = layout.under
        paths = dict.fromkeys((*needed, *asked))
        values = {VALUE + path: value(path, under=under) for path in paths}
        values[TWICE] = stands_twice(TEXT, asked_keys(_keys(paths), self.synonyms))
        return (values, *under_aliases(self.aliases, names, self._cells))

    def _cells(self, paths: Sequence[str]) -> Expressions:
        return {CELL + path: missing_to_null(pl.col(VALUE + path), self.missing) for path in paths}

    def layout(self, head: Head) -> Layout:
        """The layout with the wrapper that most lines of the head use, if any."""
        if not self.wrappers:
            return Layout()
        choices = [None, *self.wrappers]
        fitting = {under: self._fitting(head, under) for under in choices}
        best = max(choices, key=lambda under: fitting[under])
        return Layout() if best is None else Layout()._replace(under=best)

    def _fitting(self, head: Head, under: str | None) -> int:
        return sum(self._fault(line, under) is None for line in head.lines)

    def check(self, line: str, layout: Layout) -> Fault | None:
        """The first need that a line does not meet; None where it meets all."""
        return self._fault(line, layout.under)

    def _fault(self, line: str, under: str | None) -> Fault | None:
        record = parsed(line)
        if record is None:
            return Fault("JSON object", line)
        fault = _unmet(record, self.needs, under)
        if fault is not None or not self.kinds:
            return fault
        faults = [_unmet(record, kind, under) for kind in self.kinds]
        return None if None in faults else faults[0]

    def reason(self, _layout: Layout) -> pl.Expr:
        """Null where a line is a record, else what it lacks, or the key that stands twice."""
        valid = TEXT.str.contains(OPENS) & is_json(TEXT)
        reason: Any = pl.when(~valid).then(pl.lit("not a JSON object"))
        for wanted in self.needs:
            unmet = pl.lit(f"{wanted.name}: missing or not as this format writes it")
            reason = reason.when(~_meets(wanted)).then(unmet)
        if self.kinds:
            kinds = (pl.all_horizontal(map(_meets, kind)) for kind in self.kinds)
            reason = reason.when(~pl.any_horizontal(kinds)).then(pl.lit("of no kind that is read"))
        whole: pl.Expr = reason.otherwise(pl.col(TWICE))
        return whole


def _meets(wanted: RequiredValue) -> pl.Expr:
    """True where a line has a value, after the steps of a reader."""
    found = pl.coalesce([pl.col(VALUE + path) for path in wanted.paths])
    meets = found.str.contains(wanted.regex) if wanted.regex else found.is_not_null()
    return meets.fill_null(value=False)


def _unmet(
    record: dict[str, Any], needs: Sequence[RequiredValue], under: str | None
) -> Fault | None:
    """The first of some needs that a record does not meet."""
    for met, wanted in enumerate(needs):
        found = text_at(record, *wanted.paths, under=under)
        if found is None or not re.search(wanted.regex, found):
            # A need that is met says as much as two cells of a line.
            return Fault(wanted.name, found or "no such value", max(1, 2 * met))
    return None


def _keys(paths: Iterable[str]) -> list[str]:
    """The keys that paths go through."""
    spelled = [step for path in paths for steps in _spellings(path) for step in steps]
    return list(dict.fromkeys(step for step in spelled if isinstance(step, str)))
