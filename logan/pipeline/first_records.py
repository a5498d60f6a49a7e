"""The first records of a source, by which it is known whether it names what was asked for.

A line that asks for a whole address names its host, wherever the log keeps it. Any other address
may be a referrer's, or stand in a user agent.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import filterfalse, repeat
from typing import Final

from logan.formats.detect.head import MOST_LINES
from logan.formats.engine.enveloped import EnvelopedFormat
from logan.formats.engine.layout import Head
from logan.intake.sources import Source

#: Lines that show it: the first ones, and every so many of those behind them.
_OPENING_LINES: Final = 5
_EVERY: Final = 8
#: The same of sources of which more cannot be read later on.
_MORE_LINES: Final = 60
#: A method and a whole address, or that of a tunnel. Each expression begins with text, which is
#: found in a third of the time that letters of a kind take.
_BEFORE_SLASHES: Final = "|".join(f"(?<=[A-Z]{{3}} [A-Za-z]{{{n}}}://)" for n in range(2, 7))
_WHOLE: Final = re.compile(f"://(?:{_BEFORE_SLASHES})".encode())
_TUNNEL: Final = re.compile(b"CONNECT [^ /:]+:[0-9]")


def first_records(head: Head, form: EnvelopedFormat, origin: Source) -> tuple[str, ...]:
    """Some of the lines of a head that are no directives, its first ones among them."""
    lines = head.lines
    if form.directive is not None:
        lines = tuple(line for line in lines if not form.is_directive(line))
    if origin.read_once:
        return lines[:_MORE_LINES]
    return tuple([lines[row] for row in record_rows(len(lines))])


@lru_cache(maxsize=MOST_LINES)
def record_rows(lines: int) -> tuple[int, ...]:
    """Which of so many records these are, of a source that can be read again."""
    rows = range(lines)
    return (*rows[:_OPENING_LINES], *rows[_OPENING_LINES::_EVERY])


def opening(records: Sequence[str]) -> tuple[str, ...]:
    """The first records of a source; none where each of them asks for a whole address."""
    lines = map(str.encode, records, repeat("utf-8"), repeat("surrogatepass"))
    asking = all(map(_TUNNEL.search, filterfalse(_WHOLE.search, lines)))
    return () if asking else tuple(records)


def asks_for_address(line: bytes) -> bool:
    """True for the bytes of a line with a method and a whole address, or that of a tunnel."""
    return bool(_WHOLE.search(line) or _TUNNEL.search(line))
