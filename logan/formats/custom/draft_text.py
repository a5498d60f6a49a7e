"""The draft of a mapping file as text: what was guessed, what is in doubt, what is left over."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from logan.errors import ConfigurationError
from logan.formats.custom.draft import DraftCut
from logan.formats.custom.draft_columns import ColumnGuess
from logan.formats.custom.mapping import load_text
from logan.formats.custom.mapping_checks import read_sample

#: Columns that a mapping file must speak of, and what is asked of the log.
_ASKED: Final = {
    "user": "who made the request",
    "client_ip": "the address on the user's side",
    "action": "what the gateway decided",
}
_SHOWN: Final = ("time", "user", "client_ip", "method", "host", "path", "status", "action")


def write_draft(found: DraftCut, guessed: dict[str, ColumnGuess], *, name: str) -> tuple[str, bool]:
    """The text, and whether it is a mapping file that can be used as it stands."""
    bare = "\n".join(_lines(found, guessed, name, {}))
    try:
        form = load_text(bare, path="the draft")
    except ConfigurationError:
        return bare + "\n", False
    record, _ = read_sample(form, found.sample)
    shown = {key: record[key] for key in _SHOWN if record and record[key] is not None}
    return "\n".join(_lines(found, guessed, name, shown)) + "\n", True


def _lines(
    found: DraftCut, guessed: dict[str, ColumnGuess], name: str, record: dict[str, Any]
) -> Iterator[str]:
    yield "# A draft: check every line of it against the vendor's own description of the log."
    yield f"format: {name}"
    yield f"title: {_quoted(name)}"
    yield f"lines: {found.kind}"
    for key, value in found.keys.items():
        yield f"{key}: {_flow(value)}"
    yield "# Does the gateway log what is inside a tunnel (CONNECT) on lines of its own? Say"
    yield "# with-inner-requests, alone, or none where there are no lines of tunnels"
    yield "tunnels: not-documented"
    yield "columns:"
    for column, guess in guessed.items():
        if guess.doubt:
            yield f"  # {_double_quoted(guess.doubt)[1:-1]}"
        yield f"  {column}: {_entry(guess)}"
    for wanted, why in (("time", "when the request was logged"), ("host", "what was asked for")):
        if wanted not in guessed and not (wanted == "host" and "url" in guessed):
            yield f"  # {wanted}: ?  # needed: {why}"
    for wanted, what in _ASKED.items():
        if wanted not in guessed:
            yield f"  {wanted}: null  # {what}: name its field, if there is one"
    used = {name for guess in guessed.values() for name in guess.fields}
    for field, values in found.values.items():
        if field not in used:
            yield f"  # not used: {_quoted(field)}, for example {_quoted(values[0][:60])}"
    yield from _sample(found.sample, record)


def _sample(line: str, record: dict[str, Any]) -> Iterator[str]:
    yield "samples:"
    yield "  # A real line: put invented names and addresses in its place."
    yield f"  - line: {_double_quoted(line)}"
    if not record:
        yield "    record: {}"
        return
    yield "    record:"
    for name, value in record.items():
        yield f"      {name}: {_quoted(_written(value))}"


def _written(value: Any) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)


def _entry(guess: ColumnGuess) -> str:
    """A column's entry: a name where nothing else is to be said."""
    key = "join" if guess.joined else "from"
    if not guess.keys and not guess.joined:
        return _quoted(guess.fields[0])
    source: object = list(guess.fields) if guess.joined else guess.fields[0]
    parts = [f"{key}: {_flow(source)}", *(f"{k}: {_flow(v)}" for k, v in guess.keys.items())]
    return "{" + ", ".join(parts) + "}"


def _flow(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_quoted(str(item)) for item in value) + "]"
    return _double_quoted(str(value)) if str(value) == "\t" else _quoted(str(value))


def _quoted(text: str) -> str:
    """A YAML scalar in single quotes, or in double ones where it holds what those cannot."""
    if not text.isprintable():
        return _double_quoted(text)
    return "'" + text.replace("'", "''") + "'"


def _double_quoted(text: str) -> str:
    out = []
    for character in text:
        if character in '"\\':
            out.append("\\" + character)
        elif character.isprintable():
            out.append(character)
        else:
            code = ord(character)
            known = {9: "\\t", 10: "\\n", 13: "\\r"}
            wide = f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
            out.append(known.get(code, f"\\x{code:02x}" if code <= 0xFF else wide))
    return '"' + "".join(out) + '"'
