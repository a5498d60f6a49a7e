"""All ways of writing one letter by an escape, or in its full-width form."""

from collections.abc import Callable
from typing import Final

#: How one letter is written, by its code.
Way = Callable[[int], str]
ESCAPES: Final[tuple[Way, ...]] = tuple(
    style.format
    for style in ("%{:02x}", "%25{:02x}", r"\x{:02x}", r"\u00{:02x}", "&#{};", "&#x{:x};")
)
#: ASCII by one octal escape: `\056`.
_OCTAL_END: Final = 0o100
#: From a letter to its full-width form.
WIDE: Final = 0xFEE0


def escaped(letter: str) -> list[str]:
    """A letter of either case in all ways of escaping it by itself."""
    codes = _codes(letter)
    octal = [rf"\0{code:o}" for code in codes if code < _OCTAL_END]
    return [*(way(code) for code in codes for way in ESCAPES), *octal]


def widened(letter: str) -> list[str]:
    """A letter of either case in all ways of writing its full-width form."""
    stops = [ord(stop) - WIDE for stop in "。｡"] if letter == "." else []
    return [way(code) for code in (*_codes(letter), *stops) for way in WIDE_WAYS]


def _codes(letter: str) -> list[int]:
    return sorted({ord(letter), ord(letter.upper())})


def _wide_way(style: str) -> Way:
    return lambda code: "".join(style.format(byte) for byte in chr(code + WIDE).encode())


WIDE_WAYS: Final[tuple[Way, ...]] = (
    lambda code: chr(code + WIDE),
    _wide_way("%{:02x}"),
    _wide_way("%25{:02x}"),
    lambda code: rf"\u{code + WIDE:04x}",
)
