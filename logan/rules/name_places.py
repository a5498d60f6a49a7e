"""Where in a name its first encoded sign may stand, and what then stands before and behind it."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from logan.rules.escape_patterns import (
    HEX,
)

#: So many letters before an encoded sign are looked for.
BEFORE: Final = 3


class Place(NamedTuple):
    """A place in a name at which its first encoded sign may stand.

    `before` are texts, one of which then stands before it; `letters` the signs that it may be, and
    `after` letters that follow if nothing encoded does, empty where it does not matter.
    """

    before: tuple[str, ...]
    letters: str
    after: str


def runs_of(name: str) -> list[str]:
    """What stands between the dots and hyphens of a name."""
    return re.split("[.-]", name)


def places(name: str) -> Iterator[Place]:
    """The places of a name, but its first."""
    runs, separators = runs_of(name), re.findall("[.-]", name)
    for at, run in enumerate(runs):
        for place, letter in enumerate(run):
            if at:
                yield Place(tuple(_letters_before(runs, at, place)), letter, "")
            elif place:
                # A letter before a sign may belong to another sign: `%6c%61`.
                doubtful = place == 1 and run[0] in HEX
                yield Place((run[max(0, place - BEFORE) : place],), letter, run[2:3] * doubtful)
        if at < len(separators):
            before, written = run[-BEFORE:], "-" if separators[at] == "-" else ".-"
            yield Place((before,), written, runs[at + 1][:2])
            yield Place((before + "-",), written, "")


def _letters_before(runs: Sequence[str], at: int, place: int) -> Iterator[str]:
    """What may stand before a letter that is not in the first run: also of the run before."""
    for separator in (".", "-", "--"):
        yield (runs[at - 1] + separator + runs[at][:place])[-BEFORE:]


def raw_length(size: int) -> set[str]:
    """The length of a run as DNS has it, one byte; none where it would end the line."""
    return {chr(size)} - {"\n", "\r"}
