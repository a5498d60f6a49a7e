"""Mapping files: logs that logan does not know, described in YAML and read like any other.

A file is checked as strictly as rules are: unknown keys, fields that no line has, a zone that does
not exist and samples that do not come out as they say are all reported at once, with their place.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from logan import canonical
from logan.errors import ConfigurationError, Problem, UsageError
from logan.formats import clock
from logan.formats.base import ByteCounts, Clock, Columns, Format, Head, Layout, Shows, integer
from logan.formats.detection import detect, head_of
from logan.formats.mapping_language import MAPPING
from logan.formats.mapping_lines import Cells, JsonLines, Lines, Matched, Names, PairLines
from logan.formats.table import raw
from logan.rules.shape import Entry, Report
from logan.rules.yaml_nodes import Node, parse_yaml, read_yaml
from logan.schema import ACTION, LINE
from logan.zones import require_zone

_SEPARATORS: Final = {"csv": ",", "tsv": "\t", "words": " ", "key-value": " "}
_NUMBERS: Final = ("port", "status", "bytes_sent", "bytes_received")
_ISO_WALLS: Final = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f")
_APART: Final = ("time", "action", "repeat")


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
        _check(entry, report)
    if problems or not isinstance(entry, Entry):
        raise ConfigurationError(problems)
    form = _format(entry, path)
    _check_samples(form, entry, report)
    if problems:
        raise ConfigurationError(problems)
    return form


def _source(entry: Entry) -> tuple[Names, ...]:
    """The fields of a column: one of alternatives, or several that are joined."""
    if "join" in entry.values:
        return tuple((name,) for name in entry.values["join"])
    return (entry.values["from"],)


def _fields(columns: Mapping[str, Entry]) -> tuple[Names, ...]:
    return tuple(names for entry in columns.values() for names in _source(entry))


def _check(entry: Entry, report: Report) -> None:
    """What the keys mean together."""
    values, kind = entry.values, entry.values["lines"]
    columns: Mapping[str, Entry] = values["columns"].values
    for key, kinds in (
        ("names", ("csv", "tsv", "words")),
        ("separator", ("csv", "key-value")),
        ("pattern", ("regex",)),
    ):
        if key in values and kind not in kinds:
            report.add(entry.line_of(key), f"`{key}` means nothing for `lines: {kind}`", "Drop it.")
    if kind == "regex" and "pattern" not in values:
        report.add(entry.line_of("lines"), "`lines: regex` needs `pattern`")
    if kind == "words" and "names" not in values:
        report.add(entry.line_of("lines"), "`lines: words` needs `names`", "List every word.")
    if not {"host", "url"} & set(columns):
        advice = "Without the requested host a log cannot show visits."
        report.add(values["columns"].line, "neither `host` nor `url` is mapped", advice)
    _check_fields(entry, columns, report)
    _check_zone(columns["time"], report)


def _check_fields(entry: Entry, columns: Mapping[str, Entry], report: Report) -> None:
    """That the fields exist, where the file itself says which there are."""
    if "pattern" in entry.values and entry.values["lines"] == "regex":
        known = tuple(re.findall(r"\(\?P<([^>]+)>", entry.values["pattern"]))
        where = "the pattern has no group"
    elif "names" in entry.values:
        known, where = entry.values["names"], "`names` has no"
    else:
        return
    for column in columns.values():
        for names in _source(column):
            for name in names:
                if name not in known:
                    report.add(
                        column.line_of("from" if "from" in column.values else "join"),
                        f"{where} `{name[:60]}`",
                        "There are: " + ", ".join(known) + ".",
                    )


def _check_zone(time: Entry, report: Report) -> None:
    zone = time.values.get("zone")
    try:
        if zone is not None:
            require_zone(zone)
    except UsageError:
        advice = "Write a name such as Europe/London, or +01:00."
        report.add(time.line_of("zone"), f"`zone: {zone}` is no time zone", advice)


def _lines(entry: Entry) -> Lines:
    values, kind = entry.values, entry.values["lines"]
    columns: Mapping[str, Entry] = values["columns"].values
    missing = tuple(dict.fromkeys(("", "-", *values.get("missing", ()))))
    asked = columns.get("host", columns.get("url"))
    needed = _source(columns["time"]) + (_source(asked)[:1] if asked is not None else ())
    separator = values.get("separator", _SEPARATORS.get(kind, ""))
    if kind == "json":
        return JsonLines(needed, missing)
    if kind == "regex":
        return Matched(values["pattern"], needed, missing)
    if kind == "key-value":
        return PairLines(separator, _fields(columns), needed, missing)
    return Cells(separator, values.get("names", ()), _fields(columns), needed, missing)


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
        found = [lines.cell(layout, names) for names in _source(columns[name])]
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
    return out


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


def _check_samples(form: Format, entry: Entry, report: Report) -> None:
    """That every sample comes out as it says."""
    for sample in entry.values["samples"]:
        line, wanted = sample.values["line"], sample.values["record"].values
        record, fault = read_sample(form, line)
        if record is None:
            report.add(sample.line_of("line"), f"the sample is not read: {fault}")
            continue
        for name, value in wanted.items():
            found = _written(record[name])
            if found != value:
                place = sample.values["record"].line_of(name)
                report.add(place, f"the sample's `{name}` comes out as {found!r}, not {value!r}")


def read_sample(form: Format, line: str) -> tuple[dict[str, Any] | None, str]:
    """The canonical record of a sample (a header may stand above it), or why there is none."""
    head = head_of(line.encode(), whole=True)
    verdict = detect(head, (form,), named=True)
    if verdict.best is None:
        return None, verdict.explanation or "it does not fit"
    frame = pl.DataFrame({"source": [0], "line": [1], "text": [head.lines[-1]]}, schema=LINE)
    layout = verdict.best.layout
    (row,) = canonical.records(raw(frame, form, layout), zone=layout.zone).to_dicts()
    return (None, row["reason"]) if row["reason"] else (row, "")


def _written(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return None if value is None else str(value)


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
