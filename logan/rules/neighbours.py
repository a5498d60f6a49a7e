"""Which characters the matches of a pattern can begin with, and which can stand before which.

After Glushkov (1961): both follow from those of the parts of a regular expression. A set of bytes
is a number with a bit for each; letters are lower case, for the patterns are caseless.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

_parser: Final = re._parser  # type: ignore[attr-defined]
_codes: Final = re._constants  # type: ignore[attr-defined]
_EVERY: Final = (1 << 256) - 1
_REPEATS: Final = (_codes.MAX_REPEAT, _codes.MIN_REPEAT, _codes.POSSESSIVE_REPEAT)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """`first`: the bytes that a match can begin with; `before[byte]`: those that may precede it."""

    first: int
    before: tuple[int, ...]


class _Part(NamedTuple):
    """A part of a pattern: whether it can be empty, and the bytes it can begin and end with."""

    empty: bool
    first: int
    last: int


#: For each place where two parts meet, the last bytes of one and the first of the other.
_Meetings = list[tuple[int, int]]


def neighbours(patterns: Iterable[str]) -> Neighbours | None:
    """Of all patterns together; None where one has signs whose matches are not known here."""
    first = 0
    meetings: _Meetings = []
    for pattern in patterns:
        try:
            part = _sequence(_parser.parse(pattern), meetings)
        except (re.error, KeyError):
            return None
        first |= part.first
    before = [0] * 256
    for last, following in meetings:
        for byte in members(following):
            before[byte] |= last
    return Neighbours(first, tuple(before))


def members(octets: int) -> list[int]:
    """The bytes of a set, in order."""
    return [byte for byte in range(256) if octets >> byte & 1]


def _sequence(items: Iterable[tuple[Any, Any]], meetings: _Meetings) -> _Part:
    whole = _Part(True, 0, 0)
    for operation, value in items:
        part = _part(operation, value, meetings)
        meetings.append((whole.last, part.first))
        whole = _Part(
            whole.empty and part.empty,
            whole.first | (part.first if whole.empty else 0),
            part.last | (whole.last if part.empty else 0),
        )
    return whole


def _part(operation: Any, value: Any, meetings: _Meetings) -> _Part:
    if operation in _REPEATS:
        least, most, items = value
        part = _sequence(items, meetings)
        if most > 1:
            meetings.append((part.last, part.first))
        return part._replace(empty=part.empty or least == 0)
    if operation is _codes.SUBPATTERN:
        return _sequence(value[-1], meetings)
    if operation is _codes.BRANCH:
        return _either([_sequence(items, meetings) for items in value[1]])
    if operation is _codes.AT:
        return _Part(True, 0, 0)
    octets = _octets(operation, value)
    return _Part(False, octets, octets)


def _either(parts: Sequence[_Part]) -> _Part:
    first = last = 0
    for part in parts:
        first, last = first | part.first, last | part.last
    return _Part(any(part.empty for part in parts), first, last)


def _octets(operation: Any, value: Any) -> int:
    """The bytes that one sign matches. Raises KeyError for a sign that is not known here."""
    if operation is _codes.LITERAL:
        return _lower(value)
    if operation is _codes.IN:
        return _in_brackets(value)
    # What these leave out is not worth telling.
    return {_codes.ANY: _EVERY, _codes.NOT_LITERAL: _EVERY}[operation]


def _in_brackets(items: Iterable[tuple[Any, Any]]) -> int:
    octets = 0
    for operation, value in items:
        if operation is _codes.LITERAL:
            octets |= _lower(value)
        elif operation is _codes.RANGE:
            for code in range(value[0], value[1] + 1):
                octets |= _lower(code)
        else:  # a negation or a category
            return _EVERY
    return octets


def _lower(code: int) -> int:
    """A character as a set of bytes; what is no byte could be any."""
    return 1 << ord(chr(code).lower()) if code < 0x80 else 1 << code if code < 0x100 else _EVERY
