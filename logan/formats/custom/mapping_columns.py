"""The columns and the answer about tunnels of a mapping file, as every format declares them."""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from logan.config.shape import Entry
from logan.formats.custom.mapping_language import columns_of_log, sources
from logan.formats.engine import stamps
from logan.formats.engine.columns import (
    LOGGED_ALONE,
    LOGGED_WITH_INNER_REQUESTS,
    NOT_DOCUMENTED,
    NOT_LOGGED,
    Columns,
    EvidenceColumn,
    EvidenceKind,
    Tunnels,
    sees,
    stated_by_line,
)
from logan.formats.engine.layout import integer
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import (
    Cells,
    Derivation,
    Given,
    always,
    joined,
    value,
    where,
    words,
)
from logan.schema import COMPANION
from logan.vocabulary import COMPANIONS

_ANSWERS: Final = {
    "with-inner-requests": LOGGED_WITH_INNER_REQUESTS,
    "alone": LOGGED_ALONE,
    "none": NOT_LOGGED,
    "not-documented": NOT_DOCUMENTED,
}
_NUMBERS: Final = ("port", "status", "bytes_sent", "bytes_received")
_APART: Final = ("time", "user", "client_ip", "action", "repeat", "companion")


def columns_of(values: Mapping[str, Any]) -> Columns:
    """The columns that a mapping file gives."""
    entries = columns_of_log(values["columns"])
    plain: dict[str, Any] = {
        name: _given(name, entry) for name, entry in entries.items() if name not in _APART
    }
    return Columns(
        time=_stamp(entries["time"]),
        user=_given("user", entries["user"]) if "user" in entries else None,
        client_ip=_given("client_ip", entries["client_ip"]) if "client_ip" in entries else None,
        action=_action(entries["action"]) if "action" in entries else None,
        repeat=_repeat(entries["repeat"]) if "repeat" in entries else None,
        companion=_companion(entries["companion"]) if "companion" in entries else None,
        evidence=_evidence(values.get("evidence")),
        **plain,
    )


def tunnels_of(answer: str | Entry) -> Tunnels:
    """What a mapping file answers about tunnels."""
    if isinstance(answer, str):
        return _ANSWERS[answer]
    return stated_by_line(_says(answer.values["from"], answer.values["words"]))


def _says(names: tuple[str, ...], words: tuple[str, ...]) -> Derivation:
    """True where a field has one of the words."""
    return lambda cell: cell.first(*names).is_in(list(words)).fill_null(value=False)


def _given(name: str, entry: Entry) -> Given:
    """What a column is given by."""
    if "value" in entry.values:
        return always(entry.values["value"])
    given = _source(entry)
    if "extract" not in entry.values:
        return given
    return _extracted(given, entry.values["extract"], number=name in _NUMBERS)


def _source(entry: Entry) -> Given:
    names = sources(entry)
    return joined(*(name for (name,) in names)) if len(names) > 1 else names[0]


def _extracted(given: Given, pattern: str, *, number: bool) -> Derivation:
    """What a pattern finds in a value: its first group, else all that it takes."""
    whole = f"({pattern})" if "(" not in pattern.replace(r"\(", "").replace("(?:", "") else pattern

    def extract(cell: Cells) -> pl.Expr:
        found = value(given, cell).str.extract(whole, 1)
        return integer(found) if number else found

    return extract


def _stamp(entry: Entry) -> Stamp:
    given, form = _source(entry), entry.values.get("form", "iso")
    if form == "epoch":
        return stamps.epoch(given)
    if form == "iso":
        return stamps.iso_or_local(given)
    made = stamps.with_offset if "%z" in form else stamps.local
    return made(given, form)


def _action(entry: Entry) -> Derivation:
    lists = {name: entry.values.get(name, ()) for name in ("allowed", "blocked")}
    return words(_source(entry), **lists, challenged=entry.values.get("auth", ()))


def _repeat(entry: Entry) -> Derivation:
    return where(_says(entry.values["from"], entry.values["words"]), entry.values["why"])


def _companion(entry: Entry) -> Derivation:
    """What a line says of a request that may have a line of its own."""

    def kind(cell: Cells) -> pl.Expr:
        word = value(_source(entry), cell)
        found: pl.Expr = pl.lit(None, dtype=COMPANION)
        for name in COMPANIONS:
            holds = word.is_in(list(entry.values.get(name, ())))
            found = pl.when(holds).then(pl.lit(name, COMPANION)).otherwise(found)
        return found

    return kind


def _evidence(given: str | Entry | None) -> EvidenceColumn | None:
    if given is None or given == "url":
        return None
    if not isinstance(given, Entry):
        return sees(given)  # type: ignore[arg-type]
    known: tuple[EvidenceKind, ...] = ("connect", "dns")
    kinds = [kind for kind in known if kind in given.values]

    def of_line(cell: Cells) -> pl.Expr:
        shown: pl.Expr = pl.lit("url")
        for kind in kinds:
            holds = _says(given.values["from"], given.values[kind])(cell)
            shown = pl.when(holds).then(pl.lit(kind)).otherwise(shown)
        return shown

    return EvidenceColumn(("url", *kinds), of_line)
