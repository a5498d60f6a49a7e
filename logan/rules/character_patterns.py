"""Patterns of characters that stand for a letter or for none, in all ways of writing them."""

import re
from collections.abc import Iterable, Iterator, Set
from string import ascii_letters, digits
from typing import Final

#: The bytes of a character of four but the last.
_LONG: Final = 3
_PLAIN: Final = frozenset(ascii_letters + digits + "%_")
#: A percent sign, escaped any number of times.
PERCENT: Final = "%(?:25)*"
#: The same, escaped at least once.
ESCAPED_PERCENT: Final = "%(?:25)+"


def quoted(text: str) -> str:
    """A text as a pattern; a byte that is no character stands in it as a surrogate."""
    return "".join(
        chr(byte) if chr(byte) in _PLAIN else rf"\x{byte:02x}"
        for byte in text.encode("utf-8", "surrogateescape")
    )


def any_text(texts: Iterable[str]) -> str:
    """Any of some texts."""
    return "|".join(map(re.escape, sorted(texts)))


def any_character(characters: Iterable[str]) -> Iterator[str]:
    """Any of the characters, raw, or percent-encoded in one layer or two."""
    stems: dict[bytes, set[int]] = {}
    for one in characters:
        octets = one.encode()
        stems.setdefault(octets[:-1], set()).add(octets[-1])
    for stem, ends in stems.items():
        yield _raw_bytes(stem) + _one_of(ends)
        yield from _percent_stem(stem, ends)


def _raw_bytes(octets: bytes) -> str:
    return "".join(rf"\x{one:02x}" for one in octets)


def _one_of(octets: Iterable[int]) -> str:
    return "[" + "".join(rf"\x{one:02x}" for one in sorted(octets)) + "]"


def _percent_stem(stem: bytes, ends: Set[int]) -> Iterator[str]:
    """How percent-encoded characters begin or look, in one layer or two; of four bytes, three."""
    for sign in ("%", "%25"):
        begun = "".join(f"{sign}{one:02x}" for one in stem)
        yield begun if len(stem) == _LONG else f"{begun}{sign}{_hex_of(ends)}"


def _hex_of(octets: Iterable[int]) -> str:
    """One of several bytes as two hexadecimal digits."""
    halves: dict[int, str] = {}
    for one in sorted(octets):
        halves[one >> 4] = halves.get(one >> 4, "") + f"{one & 15:x}"
    return "(?:" + "|".join(f"{first:x}[{second}]" for first, second in halves.items()) + ")"


def json_unit(character: str) -> str:
    """A character as JSON escapes it; of a pair of surrogates, the first."""
    return character.encode("utf-16-be")[:2].hex()


def any_way(characters: Iterable[str], *, percent: str = PERCENT) -> str:
    """A few characters, raw, percent-encoded (by signs that are written so), or escaped as in JSON.

    As it is, `percent` is any number of layers.
    """
    ways: set[str] = set()
    for one in characters:
        octets = one.encode()
        encoded = "".join(f"{percent}{byte:02x}" for byte in octets)
        ways |= {_raw_bytes(octets), encoded, rf"\\u{json_unit(one)}"}
    return f"(?:{'|'.join(sorted(ways))})"


def percent_encoded(characters: Iterable[str]) -> str:
    """A few characters, percent-encoded in one layer."""
    ways = ("".join(f"%{byte:02x}" for byte in one.encode()) for one in characters)
    return f"(?:{'|'.join(sorted(ways))})"
