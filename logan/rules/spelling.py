r"""The ways in which a log may write the letters of a host name, undone and recognised.

`plain` undoes them on columns of text, `ENCODED` are the byte patterns that every line so written
matches. The two stand together because the prefilter may never miss what `plain` would reveal:
percent-encoding in any number of layers, `\u0070`, `\x70`, `&#112;`, characters that IDNA maps to
ASCII (full width, mathematical, ...), and the dots of other scripts.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import groupby
from string import ascii_lowercase, digits
from typing import Final

import polars as pl

#: Decoding repeats so often; each time also undoes any depth of `%25`.
_PASSES: Final = 3
_NAME_BYTE: Final = "(?:2[de]|3[0-9]|[46][1-9a-f]|[57][0-9a])"
_ENTITY_NUMBER: Final = "(?:4[568]|4[79]|5[0-7]|6[5-9]|[78][0-9]|90|9[7-9]|1[01][0-9]|12[0-2])"
#: Blocks that hold characters with a compatibility form in ASCII (Unicode 15).
_BLOCKS: Final = (
    (0x80, 0x250),
    (0x2B0, 0x300),
    (0x1D2C, 0x1DC0),
    (0x1E00, 0x1F00),
    (0x2000, 0x2C80),
    (0x3000, 0x3400),
    (0xA640, 0xAB70),
    (0xFB00, 0xFB07),
    (0xFE30, 0xFFF0),
    (0x10780, 0x107C0),
    (0x1D400, 0x1D800),
    (0x1F100, 0x1F200),
    (0x1FBF0, 0x1FBFA),
)
#: Characters that IDNA drops (UTS 46, status "ignored"), and dots it takes for one.
_IGNORED: Final = "\u00ad\u034f\u180b\u180c\u180d\u200b\u2060\u2064\ufe00\ufe0e\ufe0f\ufeff"
_DOTS: Final = "\u3002\uff0e\uff61"
#: Newer than the Unicode of the oldest Python that logan runs on (from the tables of idna 3.20).
_NEWER: Final = {
    "\u209d": "w",
    "\u209e": "y",
    "\u209f": "z",
    "\ua7f1": "s",
    "\U0001d6a6": "ss",
    "\U0001df95": "ss",
    **{chr(0x1CCD6 + index): letter for index, letter in enumerate(ascii_lowercase + digits)},
}


@cache
def lookalike_characters() -> dict[str, str]:
    """Every character that IDNA reads as one or more of `a-z0-9.-`, or drops, and what it reads."""
    found = dict.fromkeys(_IGNORED, "") | dict.fromkeys(_DOTS, ".") | _NEWER
    for first, end in _BLOCKS:
        for code in range(first, end):
            folded = unicodedata.normalize("NFKC", chr(code)).lower()
            if re.fullmatch("[a-z0-9.-]+", folded):
                found[chr(code)] = folded
    return found


def encoded_name_patterns() -> tuple[str, ...]:
    r"""Patterns (ASCII, for bytes, caseless) that match wherever a letter, digit, `-` or `.` of a
    name is written in another way."""
    # Two bytes of each character are enough, and several times faster than all of them.
    heads = {character.encode()[:2] for character in lookalike_characters()}
    return (
        rf"%(?:25)*{_NAME_BYTE}",
        rf"\\(?:(?:u00|x){_NAME_BYTE}|0(?:5[56]|6[0-7]|7[01]))",
        rf"&(?:amp;)*#(?:x{_NAME_BYTE}|{_ENTITY_NUMBER});",
        _either(heads, r"\x{:02x}"),
        _percent_heads(heads),
    )


#: What `tokenised` puts in place of a letter that is written otherwise. A control byte that no log
#: line needs; where one has it, a line too many is read.
TOKEN: Final = r"\x01"  # noqa: S105
_PERCENT: Final = "%(?:25)*"
_TOKENS: Final = re.compile(
    (
        f"{_PERCENT}[c-f][0-9a-f](?:{_PERCENT}[89ab][0-9a-f])+"
        f"|{_PERCENT}[0-7][0-9a-f]"
        rf"|(?:\\|{_PERCENT}5c)+(?:u00[0-7][0-9a-f]|x[0-7][0-9a-f]|0[0-7]{{2}})"
        f"|(?:&|{_PERCENT}26)(?:amp(?:;|{_PERCENT}3b))*(?:#|{_PERCENT}23)x?[0-9a-f]{{2,3}}(?:;|{_PERCENT}3b)"
        r"|[\xc2-\xf4][\x80-\xbf]+"
    ).encode("latin-1"),
    re.IGNORECASE,
)


def tokenised(data: bytes) -> bytes:
    """Bytes with every letter that is written in another way as one `TOKEN`.

    A token may also stand for something that is no letter: what is looked for in the result is a
    superset of what `plain` reveals. Characters that are several letters are `manifold_patterns`.
    """
    return _TOKENS.sub(b"\x01", data)


def manifold_patterns() -> tuple[str, ...]:
    """Patterns of the characters that IDNA reads as several letters, or drops."""
    several = [char.encode() for char, read in lookalike_characters().items() if len(read) != 1]
    raw = "|".join("".join(rf"\x{byte:02x}" for byte in char) for char in several)
    coded = "|".join("".join(f"{_PERCENT}{byte:02x}" for byte in char) for char in several)
    return (f"(?:{raw})", f"(?:{coded})")


def _percent_heads(heads: Iterable[bytes]) -> str:
    return _either(heads, "%(?:25)*{:02x}")


def _either(pairs: Iterable[bytes], written: str) -> str:
    """One alternation over pairs of bytes, grouped by the first."""
    parts = []
    for first, group in groupby(sorted(pairs), key=lambda pair: pair[0]):
        seconds = "|".join(written.format(pair[1]) for pair in group)
        parts.append(f"{written.format(first)}(?:{seconds})")
    return "(?:" + "|".join(parts) + ")"


def plain(text: pl.Series) -> pl.Series:
    """Text in lower case with names spelled out; other characters may change too.

    The label lengths of Windows DNS logs, `(7)pimeyes(3)com(0)`, become dots. Nulls stay.
    """
    column = pl.col(text.name)
    frame = text.to_frame().with_columns(
        unescape(_one_percent_sign(column))
        .str.replace_all(r"\([0-9]{1,2}\)", ".")
        .str.to_lowercase()
    )
    # The full table takes milliseconds to prepare, and hardly a line needs it.
    for _ in range(_PASSES):
        still = frame.select(column.str.contains(_rest_pattern()).fill_null(False)).to_series()
        if not still.any():
            break
        spelled_out = frame.filter(still).select(_all_spellings(column)).to_series()
        frame = frame.to_series().scatter(still.arg_true(), spelled_out).to_frame()
    return frame.to_series()


def unescape(text: pl.Expr) -> pl.Expr:
    """Undoes one layer of percent-encoding, of ASCII characters only."""
    percent = {f"%{code:02x}": chr(code) for code in range(0x7F)}
    return text.str.replace_many(percent, ascii_case_insensitive=True)


def _one_percent_sign(column: pl.Expr) -> pl.Expr:
    return column.str.replace_all("%(?:25)+([0-9A-Fa-f]{2})", "%${1}")


def _all_spellings(column: pl.Expr) -> pl.Expr:
    return (
        _one_percent_sign(column)
        .str.replace_all(r"\\+([ux0])", r"\${1}")
        .str.replace_many(_spellings(), ascii_case_insensitive=True)
        .str.to_lowercase()
    )


@cache
def _rest_pattern() -> str:
    """Matches, in text as `plain` has it so far, wherever the full table may change it."""
    heads = {character.encode()[:2] for character in lookalike_characters()}
    characters = "".join(map(re.escape, lookalike_characters()))
    return rf"%[0-7][0-9a-f]|{_percent_heads(heads)}|\\+[ux0/]|&(?:amp;|#)|[{characters}]"


@cache
def _spellings() -> dict[str, str]:
    found: dict[str, str] = {}
    for code in range(0x7F):
        character = chr(code)
        found[f"%{code:02x}"] = found[rf"\u{code:04x}"] = found[rf"\x{code:02x}"] = character
        found[f"&#{code};"] = found[f"&#x{code:x};"] = character
    found |= {rf"\0{code:02o}": chr(code) for code in range(0o100)} | {r"\/": "/", "&amp;": "&"}
    for written, character in lookalike_characters().items():
        found[written] = character
        found["".join(f"%{byte:02x}" for byte in written.encode())] = character
    return found
