r"""Patterns so plain that the matching engine need not be asked about them.

Asking it means to import Polars first, and a scan has better to do until then. The patterns of the
bundled packs are made of text, `\.`, `\d`, a few ranges, `.`, `(?:a|b)` and `? + *`. These mean the
same to every engine. What is not surely plain is for the engine itself to judge.
"""

import re
from functools import lru_cache
from typing import Final

_ATOM: Final = r"[A-Za-z0-9/_:.]|-|\\[.d]|\[\^?(?:a-z|A-Z|0-9|a-f|A-F|[A-Za-z0-9/._])+-?\]"
_SIGN: Final = re.compile(
    rf"(?P<atom>{_ATOM})|(?P<open>\(\?:)|(?P<close>\))|(?P<bar>\|)|(?P<edge>[\^$])"
    r"|(?P<repeat>[?+*])|(?P<count>\{[0-9](?:,[0-9])?\})"
)
_ANY_CASE: Final = "(?i)"
#: With no more of these, an engine that backtracks is done at once with a text this short.
_MOST_LOOPS: Final = 2
_MOST_OPTIONS: Final = 8
_LONGEST: Final = 200


@lru_cache(maxsize=1024)
def is_plain(pattern: str) -> bool:
    """True where a pattern is surely sound; False says nothing."""
    if len(pattern) > _LONGEST:
        return False
    pattern = pattern.removeprefix(_ANY_CASE)
    at, depth, before = 0, 0, "open"
    while at < len(pattern):
        found = _SIGN.match(pattern, at)
        if found is None:
            return False
        kind = str(found.lastgroup)
        if kind == "count" and not _counts_up(found[0]):
            return False
        # What is repeated is one character or a group, and counted only where it is small.
        if kind == "repeat" and before not in ("atom", "close"):
            return False
        if kind == "count" and before != "atom":
            return False
        depth += (kind == "open") - (kind == "close")
        if depth < 0:
            return False
        at, before = found.end(), kind
    return depth == 0


def _counts_up(count: str) -> bool:
    least, _, most = count[1:-1].partition(",")
    return not most or least <= most


def plain_match(pattern: str, text: str) -> bool | None:
    """True where the pattern takes the whole text; None where only the engine can say."""
    if not is_plain(pattern) or len(text) > _LONGEST or not (text.isascii() and text.isprintable()):
        return None
    loops = sum(pattern.count(sign) for sign in "+*{")
    options = pattern.count("?") - pattern.count("(?")
    looped_group = re.search(r"\)[+*]", pattern)
    if loops > _MOST_LOOPS or options > _MOST_OPTIONS or looped_group:
        return None
    return re.fullmatch(pattern, text) is not None
