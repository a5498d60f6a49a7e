r"""The ways in which a log may write the letters of a host name, undone and recognised.

`plain` undoes them on columns of text; `hints_to` makes the patterns of bytes that every line so
written matches. The two stand together because the prefilter may never miss what `plain` would
reveal: percent-encoding in any number of layers, `\u0070`, `\x70`, `&#112;`, characters that IDNA
maps to ASCII (full width, mathematical, ...), and the dots of other scripts.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from string import ascii_lowercase, digits
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import polars as pl

#: Decoding repeats so often; each time also undoes any depth of `%25`.
_PASSES: Final = 3
_NAME_LETTER: Final = "3[0-9]|[46][1-9a-f]|[57][0-9a]"
#: First bytes of characters that hardly stand in a URL: no second one is looked for.
_RARE: Final = frozenset(b"\xc7\xca\xcb\xcd\xea\xf0\xf3")
#: What escapes begin or end with, written so that it begins no name: `%`, `#`, `;`.
_SIGN_BYTE: Final = "(?:2[35]|3b)"
_SIGN_OCTAL: Final = "(?:4[35]|73)"
#: The same, `&` and the backslash by number.
_ENTITY_SIGN: Final = "(?:3[578]|59|92)"
_ENTITY_NUMBER: Final = "(?:4[568]|4[79]|5[0-7]|6[5-9]|[78][0-9]|90|9[7-9]|1[01][0-9]|12[0-2])"
#: The same by the first digit, behind `\x` and behind `\0`: hexadecimal and octal.
_HEX_DIGITS: Final = {
    "2": "de35",
    "3": "0-9b",
    "4": "1-9a-f",
    "5": "0-9a",
    "6": "1-9a-f",
    "7": "0-9a",
}
_OCTAL_DIGITS: Final = {"4": "35", "5": "56", "6": "0-7", "7": "013"}
#: What hardly stands in an escape. A set that has it is too large for Hyperscan to make literals of
#: its members.
_NEVER: Final = r"\x01-\x09\x0b-\x1f\x7f"
#: Labels of so many letters are rare enough by themselves.
_LONG_LABEL: Final = 4
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
#: Characters that IDNA drops (UTS 46, status "ignored", as idna 3.20 has it), by ranges of codes,
#: both ends included; and dots it takes for one.
_IGNORED: Final = (
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200B), (0x2060, 0x2064), (0x206A, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F)),
    *((0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A)),
    (0xE0100, 0xE01EF),
)
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
    dropped = (chr(code) for first, last in _IGNORED for code in range(first, last + 1))
    found = dict.fromkeys(dropped, "") | dict.fromkeys(_DOTS, ".") | _NEWER
    for first, end in _BLOCKS:
        for code in range(first, end):
            folded = unicodedata.normalize("NFKC", chr(code)).lower()
            # Asked first, for of nearly all the answer is no, in a tenth of the time.
            if folded.isascii() and re.fullmatch("[a-z0-9.-]+", folded):
                found[chr(code)] = folded
    return found


class Hints(NamedTuple):
    """Patterns (ASCII, for bytes, caseless), one of which matches wherever a letter, digit, `-` or
    `.` of a name is written in another way: by an escape, or by another character.

    What `raw` matches is not ASCII: only bytes that hold such need to be searched for it.
    """

    escapes: tuple[str, ...]
    characters: tuple[str, ...]
    raw: tuple[str, ...] = ()


def hints_to(labels: Iterable[str] | None, *, underscores: bool = False) -> Hints:
    r"""The hints to names; `labels` are all runs of letters and digits that stand before a `-` or
    `.` in the names looked for, None where they are not known.

    With `underscores` a name has one, as no host has: then its escapes are hints, too.

    The hyphens and dots of other words are percent-encoded all over the web; the first encoded sign
    of a name stands right behind what is written as it is.
    """
    # Hyperscan makes literals of patterns. With 250 of them, names included, it takes half as long
    # again, and with some of two signs it stops at every number: change nothing here without
    # measuring (`benchmarks/budget.py` would notice too). That is why some ways are cut into
    # many, and two mixtures that nothing is known to write have none: `\x5cx70`, `&amp%3b#112;`.
    letter = _NAME_LETTER + "|5f" * underscores
    byte, number = f"(?:2[de]|{letter})", f"(?:{_ENTITY_NUMBER}{'|95' * underscores})"
    json = rf"(?:u00|x)(?:{byte}|{_SIGN_BYTE})|0(?:5[56]|6[0-7]|7[01]|{_SIGN_OCTAL})"
    percent, ampersand = "%(?:25)*", r"\\(?:(?:u00|x)26|046)"
    escapes = (
        f"{percent}(?:{letter}|25%)",
        *_behind(labels, f"{percent}2[de]"),
        *_backslash_escapes(f"(?:{byte}|{_SIGN_BYTE})", underscores=underscores),
        rf"&(?:amp;)*#(?:x(?:{byte}|26|5c|{_SIGN_BYTE})|{number}|{_ENTITY_SIGN});",
        # Escapes whose own signs are escaped.
        f"{percent}5c(?:{json})",
        f"(?:{percent}26|{ampersand})(?:amp;)*(?:#|{percent}23)",
        f"&{percent}23x?[0-9]",
        f"&(?:amp;)*#x?[0-9a-f]{{2,3}}{percent}3b",
    )
    characters = (*_json_characters(), *_percent_characters())
    # Of each kind one pattern: so all are compiled in four fifths of the time.
    either = ("|".join(escapes),), ("|".join(characters),)
    return Hints(*either, (_either(_heads(), r"\x{:02x}"),))


def _behind(labels: Iterable[str] | None, sign: str) -> Iterator[str]:
    """A sign behind any of the labels; a hyphen may be doubled."""
    if labels is None:
        yield sign
        return
    known = {*labels}
    ends = {one for one in known if not any(one[at:] in known for at in range(1, len(one)))}
    if long := sorted(one for one in ends if len(one) >= _LONG_LABEL):
        yield f"(?:{'|'.join(map(re.escape, long))})-?{sign}"
    # A short one alone is in every line of some logs: its literal takes in how the sign begins.
    for label in sorted(ends):
        if len(label) < _LONG_LABEL:
            yield from (re.escape(label) + hyphen + sign for hyphen in ("", "-"))


def _backslash_escapes(byte: str, *, underscores: bool) -> Iterator[str]:
    """A letter of a name, or a sign of an escape, behind a backslash."""
    yield rf"\\u00{byte}"
    for first, seconds in _HEX_DIGITS.items():
        more = "f" * (underscores and first == "5")
        yield rf"\\x{first}[{seconds}{more}{_NEVER}]"
    for first, seconds in _OCTAL_DIGITS.items():
        yield rf"\\0{first}[{seconds}{_NEVER}]"


def _json_characters() -> Iterator[str]:
    r"""How the characters begin behind `\u`."""
    heads = _json_heads()
    for begun, pairs in (
        ("", [head for head in heads if not head[2:]]),
        ("00", [head[2:] for head in heads if head[2:]]),
    ):
        yield from (rf"\\u{begun}{first}[{more}{_NEVER}]" for first, more in _sets(pairs))


def _percent_characters() -> Iterator[str]:
    """How percent-encoded characters begin."""
    for first, group in groupby(sorted(_heads()), key=lambda head: head[0]):
        begun = f"%(?:25)*{first:02x}"
        if first in _RARE:
            yield begun
            continue
        seconds = _sets(f"{head[1]:02x}" for head in group)
        more = "|".join(f"[{high}{_NEVER}][{low}]" for high, low in seconds)
        yield f"{begun}%(?:25)*(?:{more})"


def _sets(pairs: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of digits: the first, and all that may follow it."""
    for first, group in groupby(sorted(pairs), key=lambda pair: pair[0]):
        yield first, "".join(pair[1] for pair in group)


@cache
def _heads() -> frozenset[bytes]:
    """How the characters that stand for others begin: two bytes of each are enough."""
    return frozenset(character.encode()[:2] for character in lookalike_characters())


def _json_heads() -> list[str]:
    r"""How the digits after `\u` begin where they stand for one of the characters."""
    units = {character.encode("utf-16-be")[:2].hex() for character in lookalike_characters()}
    return sorted({unit if unit.startswith("00") else unit[:2] for unit in units})


def _percent_heads(heads: Iterable[bytes]) -> str:
    return _either(heads, "%(?:25)*{:02x}")


def _either(starts: Iterable[bytes], written: str) -> str:
    """One alternation over starts of one or two bytes, grouped by the first."""
    parts = []
    for first, group in groupby(sorted(starts), key=lambda start: start[0]):
        seconds = "|".join(written.format(start[1]) for start in group if len(start) > 1)
        parts.append(written.format(first) + (f"(?:{seconds})" if seconds else ""))
    return "(?:" + "|".join(parts) + ")"


def plain(text: "pl.Series") -> "pl.Series":
    """Text in lower case with names spelled out; other characters may change too.

    The label lengths of Windows DNS logs, `(7)pimeyes(3)com(0)`, become dots. Nulls stay.
    """
    import polars as pl  # slow to import: patterns are made and compiled before it is needed

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


def unescape(text: "pl.Expr") -> "pl.Expr":
    """Undoes one layer of percent-encoding, of ASCII characters only."""
    percent = {f"%{code:02x}": chr(code) for code in range(0x7F)}
    return text.str.replace_many(percent, ascii_case_insensitive=True)


def _one_percent_sign(column: "pl.Expr") -> "pl.Expr":
    return column.str.replace_all("%(?:25)+([0-9A-Fa-f]{2})", "%${1}")


def _all_spellings(column: "pl.Expr") -> "pl.Expr":
    return (
        _one_percent_sign(column)
        .str.replace_all(r"\\+([ux0])", r"\${1}")
        .str.replace_many(_spellings(), ascii_case_insensitive=True)
        .str.to_lowercase()
    )


@cache
def _rest_pattern() -> str:
    """Matches, in text as `plain` has it so far, wherever the full table may change it."""
    characters = "".join(map(re.escape, lookalike_characters()))
    return rf"%[0-7][0-9a-f]|{_percent_heads(_heads())}|\\+[ux0/]|&(?:amp;|#)|[{characters}]"


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
