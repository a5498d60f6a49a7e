r"""Characters that stand for letters of a name, as JSON escapes them, where they may be in one.

`FORCE\u2134` is a domain and a collar number, and may be in every line of a log. So an escaped
character counts only if behind it stands what follows it in a name, or before it what a name ends
with.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from logan.rules.character_patterns import any_text, json_unit
from logan.rules.name_places import BEFORE, raw_length, runs_of
from logan.rules.spelling import lookalike_characters


def json_characters_in(names: Sequence[str], characters: Iterable[str]) -> Iterator[str]:
    """Patterns, one of which is where the first encoded sign of a name is one of the characters."""
    units: dict[str, set[str]] = {}
    for one in characters:
        units.setdefault(lookalike_characters()[one], set()).add(json_unit(one))
    # Some write the dots of a host as hyphens.
    written = [form for name in names for form in {name, name.replace(".", "-")}]
    for meant, some in sorted(units.items()):
        escaped = rf"\\u(?:{any_text(some)})"
        yield rf"{escaped}[%\\&\x80-\xff{_signs_after(meant, written)}]"
        yield from (re.escape(before) + escaped for before in sorted(_ends_before(meant, written)))


def _signs_after(meant: str, names: Iterable[str]) -> str:
    """What may stand behind a character in a name, between the brackets of a pattern.

    One that stands for none has any sign of a name behind it, but the first.
    """
    behind = {
        name[at + len(meant) :]
        for name in names
        for at in range(0 if meant else 1, len(name))
        if name.startswith(meant, at)
    }
    signs = {rest[0] for rest in behind if rest}
    sizes = {len(runs_of(rest)[1]) for rest in behind if rest.startswith((".", "-"))}
    lengths = {one for size in sizes for one in raw_length(size)}
    parted = bool(signs & {"-", "."}) or meant.endswith(("-", "."))
    separators = {"-", ".", "("} if parted else set()
    return "".join(rf"\x{ord(one):02x}" for one in sorted(signs | lengths | separators))


def _ends_before(meant: str, names: Iterable[str]) -> set[str]:
    """What stands before a character that ends a name; empty where it is a whole run."""
    ends = (name.removesuffix(meant) for name in names if meant and name.endswith(meant))
    return {runs_of(end)[-1][-BEFORE:] for end in ends}
