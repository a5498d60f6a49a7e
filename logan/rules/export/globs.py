"""Regular expressions as wildcard patterns, the only ones that every SIEM reads in the same way.

Lucene takes `^` and `$` for letters, Splunk cannot join a pattern to a value with OR; `*`
(anything) and `?` (one character) work in all. A glob here may match more than
its pattern, never less.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product
from typing import Any, Final

#: More alternatives than this are no rule that anybody can read.
_MOST: Final = 64
#: Counts of one character, and members of a set, that are written out one by one.
_FEW: Final = 2
_ANYTHING: Final = ("*",)
_REPEATS: Final = tuple(
    getattr(re._constants, name)  # type: ignore[attr-defined]
    for name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
)


@cache
def globs(pattern: str) -> tuple[str, ...]:
    """Globs that between them match all that a pattern matches in full; `*` where too many."""
    found = _sequence(re._parser.parse(pattern))  # type: ignore[attr-defined]
    return tuple(dict.fromkeys(map(_tidy, found)))


def _sequence(nodes: Iterable[tuple[Any, Any]]) -> Sequence[str]:
    parts: Sequence[str] = ("",)
    for node in nodes:
        further = _node(*node)
        if len(parts) * len(further) > _MOST:
            further = _ANYTHING
        parts = [left + right for left, right in product(parts, further)]
    return parts


def _node(operation: Any, value: Any) -> Sequence[str]:
    kinds = re._constants  # type: ignore[attr-defined]
    if operation is kinds.LITERAL:
        return (_literal(value),)
    if operation is kinds.IN:
        return _members(value)
    if operation in (kinds.ANY, kinds.NOT_LITERAL):
        return ("?",)
    if operation is kinds.BRANCH:
        return [glob for branch in value[1] for glob in _sequence(branch)]
    if operation is kinds.SUBPATTERN:
        return _sequence(value[-1])
    if operation in _REPEATS:
        return _repeated(*value)
    return ("",) if operation is kinds.AT else _ANYTHING


def _literal(code: int) -> str:
    """A character; `*`, `?` and `\\` would need an escape that not every tool reads."""
    return "?" if chr(code) in "*?\\" else chr(code)


def _members(members: Sequence[tuple[Any, Any]]) -> Sequence[str]:
    literal = re._constants.LITERAL  # type: ignore[attr-defined]
    if len(members) <= _FEW and all(kind is literal for kind, _ in members):
        return [_literal(code) for _, code in members]
    return ("?",)


def _repeated(least: int, most: int, item: Iterable[tuple[Any, Any]]) -> Sequence[str]:
    once = _sequence(item)
    if most - least <= _FEW and len(once) ** most <= _MOST:
        counts = range(least, most + 1)
        return ["".join(parts) for count in counts for parts in product(once, repeat=count)]
    first = ["".join(parts) for parts in product(once, repeat=least)] if least <= _FEW else [""]
    return [glob + "*" for glob in first]


def _tidy(glob: str) -> str:
    """The same glob without `**`, and with `?` before `*`."""
    return re.sub(r"[*?]*\*[*?]*", lambda run: "?" * run[0].count("?") + "*", glob)


def covers(upper: str, lower: str) -> bool:
    """True where one glob surely matches all that another does (not every such case is seen)."""
    pattern = "".join(
        ".*" if one == "*" else "[^*]" if one == "?" else re.escape(one) for one in upper
    )
    return re.fullmatch(pattern, lower, re.DOTALL) is not None


@cache
def meet(one: str, other: str) -> bool:
    """True where some text matches both globs."""
    if not one or not other:
        return not one.strip("*") and not other.strip("*")
    if one[0] == "*" or other[0] == "*":
        star, rest = (one, other) if one[0] == "*" else (other, one)
        return meet(star[1:], rest) or meet(star, rest[1:])
    same = one[0] == other[0] or "?" in (one[0], other[0])
    return same and meet(one[1:], other[1:])


def anywhere(found: Iterable[str]) -> tuple[str, ...]:
    """Globs to look for anywhere in a text, without those that another finds as well."""
    bare = dict.fromkeys(glob.strip("*") for glob in found)
    return tuple(
        one
        for one in bare
        if not any(other != one and covers(f"*{other}*", f"*{one}*") for other in bare)
    )
