"""Makes text out of logs safe to show: nothing a log says may move a cursor or hide a letter.

Whatever comes out of a log or a file name passes through here before it reaches a terminal, and is
then handed on as plain text, never as markup.
"""

from collections.abc import Iterator
from typing import Final

from logan.runtime.escapes import escape

#: Letters and marks that fonts draw as nothing although Unicode calls them graphic: they could make
#: two names look alike (Hangul fillers, variation selectors, the blank Braille cell ...).
_BLANK: Final = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
            *range(0x180B, 0x1810),
            *range(0xFE00, 0xFE10),
            *range(0xE0100, 0xE01F0),
        ),
    )
)


def printable(text: str, *, encoding: str = "utf-8") -> str:
    """Give the text with everything but graphic characters and spaces as visible escapes.

    ESC becomes `\\x1b`; C0 and C1 controls, bidirectional controls, zero-width and other format
    characters, line separators, odd spaces, private and unassigned code points likewise. A byte of
    a file name that was no UTF-8 becomes `\\xNN`. What `encoding` cannot write is escaped too. The
    result is one line. Not reversible where the text itself contains such a backslash sequence.
    """
    if not text.isprintable() or not _BLANK.isdisjoint(text):
        text = "".join(_escape(text))
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _escape(text: str) -> Iterator[str]:
    for character in text:
        if character.isprintable() and character not in _BLANK:
            yield character
        else:
            yield escape(character)
