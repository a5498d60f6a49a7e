"""Mapping files: logs that logan does not know, described in YAML and read like any other.

A file is checked as strictly as rules are: unknown keys, fields that no line has, a zone that does
not exist and samples that do not come out as they say are all reported at once, with their place.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from logan.config.shape import Entry, Report
from logan.config.yaml_nodes import Node, parse_yaml, read_yaml
from logan.errors import ConfigurationError, Problem
from logan.formats.custom.mapping_checks import check_mapping, check_samples
from logan.formats.custom.mapping_language import MAPPING, all_fields, sources
from logan.formats.custom.mapping_lines import Cells, JsonLines, Lines, Matched, PairLines
from logan.formats.engine import clock
from logan.formats.engine.base import (
    ByteCounts,
    Clock,
    Columns,
    Format,
    Head,
    Layout,
    Shows,
    integer,
)
from logan.schema import ACTION, COMPANION
from logan.vocabulary import COMPANIONS

_SEPARATORS: Final = {"csv": ",", "tsv": "\t", "words": " ", "key-value": " "}
_NUMBERS: Final = ("port", "status", "bytes_sent", "bytes_received")
_ISO_WALLS: Final = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f")
_APART: Final = ("time", "action", "repeat", "companion")


def load_format(path: Path) -> Format:
    """The format that a mapping file describes. Raises ConfigurationError with every problem."""
    problems: list[Problem] = []
    node = read_yaml(path, problems)
    return _loaded(node, path, problems)


def load_text(text: str, *, path: str = "<text>") -> Format:
    """As `load_format`, for a mapping given as text."""
    problems: list[Problem] = []
    node = parse_yaml(text.encode(), path=path, problems=problems)
    return _loaded(node, path, problems)


def _loaded(node: Node | None, path: Path | str, problems: list[Problem]) -> Format:
    report = Report(path, problems)
    entry = MAPPING.read(node, "the file", report) if node is not None else None
    if isinstance(entry, Entry):
        check_mapping(entry, report)
    if problems or not isinstance(entry, Entry):
        raise ConfigurationError(problems)
    form = _format(entry, path)
    check_samples(form, entry, report)
    if problems:
        raise ConfigurationError(problems)
    return form


def _lines(entry: Entry) -> Lines:
    values, kind = entry.values, entry.values["lines"]
    columns: Mapping[str, Entry] = values["columns"].values
    missing = tuple(dict.fromkeys(("", "-", *values.get("missing", ()))))
    asked = columns.get("host", columns.get("url"))
    needed = sources(columns["time"]) + (sources(asked)[:1] if asked is not None else ())
    separator = values.get("separator", _SEPARATORS.get(kind, ""))
    if kind == "json":
        return JsonLines(needed, missing)
    if kind == "regex":
        return Matched(values["pattern"], needed, missing)
    if kind == "key-value":
        return PairLines(separator, all_fields(columns), needed, missing)
    return Cells(separator, values.get("names", ()), all_fields(columns), needed, missing)


def _format(entry: Entry, path: Path | str) -> Format:
    values = entry.values
    columns: Mapping[str, Entry] = values["columns"].values
    lines = _lines(entry)
    zone = columns["time"].values.get("zone")

    def layout(head: Head) -> Layout | None:
        found = lines.layout(head)
        if found is None or zone is None:
            return found
        return Layout(found.names, zone, found.options, found.blind)

    def read(at: Layout) -> Columns:
        return _columns(entry, lines, at)

    return Format(
        name=values["format"],
        title=values["title"],
        definition=f"the mapping file {path}",
        shows=_shows(columns, values.get("evidence", "url")),
        check=lines.check,
        columns=read,
        prepare=lines.prepare,
        layout=layout,
        follow=lines.follow,
        framing=lines.framing,
        rank=9,
        samples=tuple(sample.values["line"] for sample in values["samples"]),
        near_misses=(),
    )


def _shows(columns: Mapping[str, Entry], evidence: Any) -> Shows:
    sent, received = "bytes_sent" in columns, "bytes_received" in columns
    counts: ByteCounts = "both" if sent and received else "none"
    if sent != received:
        counts = "sent" if sent else "received"
    return Shows("user" in columns, (evidence,), counts, _clock(columns["time"]))


def _clock(time: Entry) -> Clock:
    """Whose clock the stamps are: a form with an offset carries its own."""
    form = time.values.get("form", "iso")
    if form == "epoch":
        return "utc"
    return "offset" if "%z" in form else "local"


def _columns(entry: Entry, lines: Lines, layout: Layout) -> Columns:
    columns: Mapping[str, Entry] = entry.values["columns"].values

    def cell(name: str) -> pl.Expr:
        found = [lines.cell(layout, names) for names in sources(columns[name])]
        return pl.concat_str(found, separator=" ") if len(found) > 1 else found[0]

    evidence = entry.values.get("evidence", "url")
    shown = pl.lit(evidence)
    if evidence == "url" and "method" in columns:
        shown = pl.when(cell("method").str.to_uppercase() == "CONNECT").then(pl.lit("connect"))
        shown = shown.otherwise(pl.lit("url"))
    out = {
        "reason": lines.reason(layout),
        **_time(cell("time"), columns["time"].values.get("form", "iso")),
        "evidence": shown,
        "action": _action(columns.get("action"), cell),
    }
    for name in columns:
        if name not in _APART:
            out[name] = integer(cell(name)) if name in _NUMBERS else cell(name)
    if "repeat" in columns:
        words, why = columns["repeat"].values["words"], columns["repeat"].values["why"]
        out["repeat"] = pl.when(cell("repeat").is_in(list(words))).then(pl.lit(why))
    if "companion" in columns:
        out["companion"] = _companion(columns["companion"], cell("companion"))
    return out


def _companion(entry: Entry, cell: pl.Expr) -> pl.Expr:
    """What a line says of a request that may have a line of its own."""
    kind: pl.Expr = pl.lit(None, dtype=COMPANION)
    for name in COMPANIONS:
        words = list(entry.values.get(name, ()))
        kind = pl.when(cell.is_in(words)).then(pl.lit(name, COMPANION)).otherwise(kind)
    return kind


def _time(stamp: pl.Expr, form: str) -> Columns:
    if form == "epoch":
        return {"time": clock.epoch(stamp)}
    if form == "iso":
        walls = pl.coalesce(clock.naive(stamp, wall) for wall in _ISO_WALLS)
        return {"time": clock.iso_offset(stamp), "local_time": walls}
    if "%z" in form:
        return {"time": stamp.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")}
    return {"local_time": clock.naive(stamp, form)}


def _action(entry: Entry | None, cell: Any) -> pl.Expr:
    """The gateway's word for what it did; a word on no list is unknown."""
    action: pl.Expr = pl.lit("unknown")
    for name in ("allowed", "blocked", "auth") if entry is not None else ():
        words = entry.values.get(name, ()) if entry is not None else ()
        if words:
            fits = cell("action").is_in(list(words)).fill_null(value=False)
            action = pl.when(fits).then(pl.lit(name)).otherwise(action)
    return action.cast(ACTION)


def load_formats(paths: Sequence[Path], known: Sequence[Format]) -> tuple[Format, ...]:
    """The formats of several mapping files. Raises ConfigurationError; names must be new."""
    problems: list[Problem] = []
    names = {form.name for form in known}
    found: list[Format] = []
    for path in paths:
        try:
            form = load_format(path)
        except ConfigurationError as error:
            problems += error.problems
            continue
        if form.name in names:
            problems.append(Problem(path, None, f"there is a format `{form.name}` already"))
        names.add(form.name)
        found.append(form)
    if problems:
        raise ConfigurationError(problems)
    return tuple(found)
