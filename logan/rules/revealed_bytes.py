r"""Lines with the letters of names spelled out: all that `spelling.plain` undoes, on bytes.

Nearly every line with an encoded sign is spelled out in vain, so this is what such lines cost. What
is common is found and replaced by NumPy; Python sees an escape once, however often a text has it.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from logan.rules.spelling import lookalike_characters

#: `revealed` stops here; what `plain` undoes has fewer layers.
_MOST_LAYERS: Final = 16
_PERCENT: Final = ord("%")
#: No character of more than one byte begins with a smaller one.
_LEAST_LEAD: Final = 0xC2
_LONGEST: Final = 4
#: With more characters to replace, all are replaced in one pass.
_FEW: Final = 32
_LINE_ENDS: Final = (0x0A, 0x0D)
_DEEP: Final = re.compile(rb"%(?:25)+(?=[0-9a-f]{2})", re.IGNORECASE)
# Both begin with one byte, which Python's engine skips to: ten times faster than a choice of two.
_BACKSLASHED: Final = rb"""\\\\*(?:
    u(?P<high>d[89ab][0-9a-f]{2})\\+u(?P<low>d[c-f][0-9a-f]{2})
    | u(?P<unicode>[0-9a-f]{4}) | x(?P<byte>[0-9a-f]{2}) | 0(?P<octal>[0-7]{2}) | (?P<slash>/)
)"""
_ENTITY: Final = rb"""&(?:
    (?:amp;)*(?:\#x(?P<hexadecimal>[0-9a-f]{2,5});|\#(?P<decimal>[0-9]{2,6});)
    | (?:amp;)+
)"""
_BASES: Final = {"unicode": 16, "byte": 16, "octal": 8, "hexadecimal": 16, "decimal": 10}
#: Where none of these stands, there is no entity.
_ENTITIES: Final = (b"&#", b"&a", b"&A")
_CHARACTER: Final = re.compile(rb"([\xc2-\xf4][\x80-\xbf]{1,3})")


def revealed(data: bytes) -> bytes:
    """Lines with letters spelled out: all that `plain` undoes, on bytes. No line end comes or goes.

    It may undo more, so that what is looked for in the result is a superset of what `plain`
    reveals.
    """
    done = None
    for _ in range(_MOST_LAYERS):
        data = _without_escapes(data)
        if data == done:
            break
        done = data = _with_letters(data)
    return data


def _without_escapes(data: bytes) -> bytes:
    """One layer of percent-encoding, and of the other escapes, undone."""
    if b"%" in data:
        data = _without_percent(_DEEP.sub(b"%", data) if b"%25" in data else data)
    # One byte is found many times sooner than two.
    if b"\\" in data:
        data = _BACKSLASHES.undone(data)
    if b"&" in data and any(sign in data for sign in _ENTITIES):
        data = _ENTITIES_UNDONE.undone(data)
    return data


def _without_percent(data: bytes) -> bytes:
    """One layer of percent-encoding undone, but of line ends."""
    octets = np.frombuffer(data, dtype=np.uint8)
    at = np.flatnonzero(octets[:-2] == _PERCENT)
    digits = _digits()
    # What is no digit is negative, and so is all that is made with it.
    code = (digits[octets[at + 1]] << 4) | digits[octets[at + 2]]
    real = code >= 0
    for end in _LINE_ENDS:
        real &= code != end
    at = at[real]
    if not len(at):
        return data
    spelled, kept = octets.copy(), np.ones(len(octets), dtype=np.bool_)
    spelled[at] = code[real]
    kept[at + 1] = kept[at + 2] = False
    return spelled[kept].tobytes()


@cache
def _digits() -> npt.NDArray[np.int16]:
    """The value of each byte as a hexadecimal digit; -1 where it is none."""
    digits = np.full(256, -1, dtype=np.int16)
    for digit in "0123456789abcdefABCDEF":
        digits[ord(digit)] = int(digit, 16)
    return digits


class _Meanings(dict[bytes, bytes]):
    """What texts stand for, each worked out when it first comes."""

    def __init__(self, meaning: Callable[[bytes], bytes]) -> None:
        self._meaning = meaning

    def __missing__(self, text: bytes) -> bytes:
        found = self[text] = self._meaning(text)
        return found


class _Escapes:
    """Escapes of a kind, by an expression whose groups say what each stands for."""

    def __init__(self, expression: bytes, other: bytes) -> None:
        """`other` is what an escape stands for that has no group of `_BASES`."""
        flags = re.IGNORECASE | re.VERBOSE
        self._one = re.compile(expression, flags)
        self._apart = re.compile(b"(" + re.sub(rb"\?P<[a-z]+>", b"?:", expression) + b")", flags)
        self._other = other

    def undone(self, data: bytes) -> bytes:
        """Each escape replaced by what it stands for."""
        return _replaced(data, self._apart, _Meanings(self._meaning))

    def _meaning(self, text: bytes) -> bytes:
        """The character; the text itself where that is none, or would end a line."""
        found = self._one.match(text)
        kind = found and found.lastgroup
        if found is None or kind is None or kind == "slash":
            return self._other
        if kind == "low":
            high, low = int(found["high"], 16), int(found["low"], 16)
            code = 0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF)
        else:
            code = int(found[kind], _BASES[kind])
        if code in _LINE_ENDS or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
            return text
        return chr(code).encode()


_BACKSLASHES: Final = _Escapes(_BACKSLASHED, b"/")
_ENTITIES_UNDONE: Final = _Escapes(_ENTITY, b"&")


def _replaced(data: bytes, part: re.Pattern[bytes], meanings: dict[bytes, bytes]) -> bytes:
    """Data with all that matches `part`, which has one group around it, replaced."""
    pieces = part.split(data)
    pieces[1::2] = map(meanings.__getitem__, pieces[1::2])
    return b"".join(pieces)


def _with_letters(data: bytes) -> bytes:
    """Every character that stands for letters, or for none, made what it stands for."""
    if data.isascii():
        return data
    found = _characters_in(data)
    if len(found) > _FEW:
        return _replaced(data, _CHARACTER, _Meanings(_letters().meaning))
    # A byte that begins a character is never within one: each can be replaced by itself.
    for character, letters in found:
        data = data.replace(character, letters)
    return data


class _Letters(NamedTuple):
    """Characters that stand for letters, or for none: what for, by their bytes and by the number
    that these make; `masks` say by the first byte how many belong to a character."""

    by_bytes: dict[bytes, bytes]
    by_number: dict[int, bytes]
    masks: npt.NDArray[np.uint32]

    def meaning(self, character: bytes) -> bytes:
        """What a character stands for: for itself, if for nothing else."""
        return self.by_bytes.get(character, character)


@cache
def _letters() -> _Letters:
    meant = {one.encode(): letters.encode() for one, letters in lookalike_characters().items()}
    masks = np.zeros(256, dtype=np.uint32)
    masks[_LEAST_LEAD:], masks[0xE0:], masks[0xF0:] = 0xFFFF0000, 0xFFFFFF00, 0xFFFFFFFF
    numbers = {int.from_bytes(one.ljust(_LONGEST, b"\0"), "big"): one for one in meant}
    return _Letters(meant, numbers, masks)


def _characters_in(data: bytes) -> list[tuple[bytes, bytes]]:
    """The characters of a text that stand for letters, or for none, with what they stand for."""
    letters = _letters()
    octets = np.frombuffer(data + bytes(_LONGEST), dtype=np.uint8)
    at = np.flatnonzero(octets >= _LEAST_LEAD)
    numbers = np.zeros(len(at), dtype=np.uint32)
    for place in range(_LONGEST):
        numbers = (numbers << np.uint32(8)) | octets[at + place]
    distinct = np.unique(numbers & letters.masks[octets[at]])
    known = map(letters.by_number.get, distinct.tolist())
    return [(one, letters.by_bytes[one]) for one in known if one is not None]
