"""Formats for people: the list, the README table, what files are taken for, lines by field."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from logan.formats.engine.enveloped import EnvelopedFormat
from logan.formats.engine.format import Format
from logan.outputs.grid import Column, lay_out
from logan.outputs.page import Page, open_page
from logan.pipeline.inspect import ExplainedLine, InspectedSource
from logan.pipeline.layout_in_force import LayoutInForce
from logan.schema import RECORD

EVIDENCE_WORDS: Final = {"url": "URLs", "connect": "hosts of tunnels", "dns": "look-ups"}
BYTES_WORDS: Final = {
    "none": "none",
    "sent": "sent",
    "received": "received",
    "both": "sent, received",
}
CLOCK_WORDS: Final = {
    "utc": "UTC",
    "offset": "offset in each",
    "local": "local: give --tz",
    "envelope": "its envelope's",
}
_ORIGINS: Final = {
    "record": "in each record",
    "header": "from the file's header",
    "envelope": "in the stamp before each record",
    "option": "as given with --tz",
    "assumed": "assumed: give --tz",
}
_UNSAID: Final = ("source", "line")


def format_records(formats: Sequence[Format]) -> list[dict[str, Any]]:
    """Every format as plain values, for JSON."""
    return [
        {
            "name": form.name,
            "title": form.title,
            "definition": form.definition,
            "user": form.shows.user,
            "evidence": list(form.shows.evidence),
            "bytes": form.shows.bytes,
            "clock": form.shows.clock,
            "note": form.shows.note or None,
        }
        for form in formats
    ]


def markdown_table(formats: Sequence[Format]) -> str:
    """The table of formats for README.md, one row per format, ending in a line end."""
    titles = ("Log", "`--format`", "Shows", "User", "Bytes", "Clock", "Note")
    rows = [
        (form.title, f"`{form.name}`", *_shown(form), form.shows.note.rstrip("."))
        for form in formats
    ]
    lines = [titles, ("---",) * len(titles), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _shown(form: Format) -> tuple[str, str, str, str]:
    """What a format shows: evidence, user, bytes, clock."""
    shows = form.shows
    evidence = ", ".join(EVIDENCE_WORDS[name] for name in shows.evidence)
    user = "yes" if shows.user else "no"
    return evidence, user, BYTES_WORDS[shows.bytes], CLOCK_WORDS[shows.clock]


def print_formats(formats: Sequence[Format], *, console: Console) -> None:
    """Print all formats with what their logs can show, and the notes on what they cannot."""
    page = open_page(console, top=None)
    cells = list(zip(*(_shown(form) for form in formats), strict=True))
    columns = [
        Column("format", [form.name for form in formats], right=False),
        Column("log", [form.title for form in formats], rank=1, right=False, cut="end"),
        Column("shows", cells[0], right=False, cut="end", least=8),
        Column("user", cells[1], right=False),
        Column("bytes", cells[2], rank=3, right=False),
        Column("clock", cells[3], rank=2, right=False),
    ]
    table = lay_out(columns, width=page.width, marks=page.marks)
    _print(console, table[:1])
    for line, form in zip(table[1:], formats, strict=True):
        _print(console, [line])
        if form.shows.note:
            _print(console, page.wrap(form.shows.note, first="    ", style="dim"))


def detected_record(one: InspectedSource) -> dict[str, Any]:
    """What an input is taken for, as plain values, for JSON."""
    recognised, in_force = one.recognised, one.in_force
    form, verdict = recognised.format, recognised.verdict
    best, other = (verdict.best, verdict.runner_up) if verdict else (None, None)
    return {
        "source": recognised.name,
        "format": form.name if form else None,
        "other_log": recognised.other_log.name if recognised.other_log else None,
        "confidence": best.confidence if best else None,
        "envelope": list(EnvelopedFormat(form, in_force.layout).layers) if form else [],
        "zone": in_force.zone,
        "zone_origin": in_force.zone_origin if form else None,
        "runner_up": {"format": other.format.name, "confidence": other.confidence}
        if other
        else None,
        "failure": one.failure,
        "advice": one.advice,
    }


def print_detected(found: Iterable[InspectedSource], *, console: Console) -> None:
    """Print what each input is taken for as it is found out."""
    page = open_page(console, top=None)
    for one in found:
        _print(console, _verdict_lines(one, page))


def print_explained(
    one: InspectedSource, lines: Iterable[ExplainedLine], *, console: Console
) -> None:
    """Print what an input is taken for, and its first lines field by field."""
    page = open_page(console, top=None)
    _print(console, _verdict_lines(one, page))
    if one.recognised.format is not None:
        _print(
            console, page.wrap(f"by {one.recognised.format.definition}", first="  ", style="dim")
        )
    for line in lines:
        _print(console, _line_lines(line, page))


def _verdict_lines(one: InspectedSource, page: Page) -> Iterator[Text]:
    form = one.recognised.format
    yield Text(page.safe(one.recognised.name), style="bold")
    known = one.recognised.other_log
    if known is not None:
        words = f"{known.name}: {known.title}. No access log: it is left out"
        yield from page.wrap(words, first="  ")
    elif form is None and one.failure is None:
        yield from page.wrap("empty: nothing to read", first="  ")
    if form is not None:
        yield from page.wrap(f"{form.name}: {form.title}", first="  ")
        yield from page.wrap(_fit(one), first="  ", style="dim")
    if one.failure is not None:
        yield from page.wrap(one.failure, first="  ", style="red")
        yield from page.wrap(one.advice or "", first="    ")


def _fit(one: InspectedSource) -> str:
    """How well the head fits, what else would, what was around it, and its clock."""
    verdict = one.recognised.verdict
    best = verdict.best if verdict else None
    parts = [f"{best.confidence:.0%} of the first lines fit" if best else ""]
    if best and best.fault_line is not None:
        parts.append(f"line {best.fault_line} fails at {best.fault}")
    other = verdict.runner_up if verdict else None
    if other is not None:
        parts.append(f"next best {other.format.name} ({other.confidence:.0%}; --format chooses)")
    form = one.recognised.format
    around = EnvelopedFormat(form, one.in_force.layout).around if form else ""
    if around:
        parts.append(f"taken out of: {around}")
    return "; ".join([*filter(None, parts), f"clock: {_clock(one.in_force)}"])


def _clock(in_force: LayoutInForce) -> str:
    if in_force.layout.stamps.envelope_clock is not None:
        return f"that of the line's envelope, {in_force.zone or 'with its offset'}"
    if in_force.zone_origin in ("record", "envelope"):
        return _ORIGINS[in_force.zone_origin]
    return f"{in_force.zone or 'UTC'}, {_ORIGINS[in_force.zone_origin]}"


def _line_lines(line: ExplainedLine, page: Page) -> Iterator[Text]:
    yield Text()
    what = ", a directive" if line.directive else ""
    yield Text(f"line {line.number}{what}", style="bold")
    yield Text("  " + page.safe(line.text, width=max(page.width - 2, 40)), style="dim")
    if line.reason is not None:
        yield from page.wrap(f"no record: {line.fault or line.reason}", first="  ", style="red")
        return
    if line.directive:
        return
    width = max(map(len, RECORD)) + 2
    for name, value in line.record.items():
        yield from page.wrap(_value(value), first=f"  {name:<{width}}")
    absent = [name for name in RECORD if name not in line.record and name not in _UNSAID]
    yield from page.wrap(", ".join(absent), first=f"  {'not said':<{width}}", style="dim")
    if line.repeat is not None:
        yield from page.wrap(f"no request of its own: {line.repeat}", first="  ")


def _value(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").replace("+00:00", " UTC")
    return str(value)


def _print(console: Console, lines: Iterable[Text]) -> None:
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False, markup=False, emoji=False)
