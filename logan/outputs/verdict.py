"""What verifying a package or a ledger came to, for a person and for a program."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logan.outputs.text import printable
from logan.outputs.words import count


def write_verdict(
    place: str,
    facts: Mapping[str, str],
    faults: Sequence[tuple[str, str, str]],
    *,
    sound: str = "nothing was changed, and the tables add up",
) -> Iterator[str]:
    """The lines of a verdict: sound or not first, then what is wrong and what that means.

    `sound` says what it means that nothing is wrong. `facts` are further findings by name; `faults`
    are (place, what, meaning). Everything that may come from a file is made safe.
    """
    shown = printable(place)
    if faults:
        yield f"NOT SOUND: {shown}: {count(len(faults), 'thing')} wrong"
    else:
        yield f"SOUND: {shown}: {sound}"
    for where, what, meaning in faults:
        yield f"  {printable(where)}: {printable(what)}"
        yield f"      {printable(meaning)}"
    for name, value in facts.items():
        yield f"  {name:<12} {printable(value)}"


def verdict_document(
    place: str,
    facts: Mapping[str, Any],
    faults: Sequence[tuple[str, str, str]],
    *,
    of: str = "package",
) -> dict[str, Any]:
    """The same for a program; `of` is what was verified."""
    listed = [{"place": where, "what": what, "means": means} for where, what, means in faults]
    return {of: place, "sound": not faults, "faults": listed, **facts}
