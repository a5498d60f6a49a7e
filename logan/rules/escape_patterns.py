"""Escapes within escapes or beside those of another kind, which logs hardly have but in names."""

from collections.abc import Iterable, Iterator
from typing import Final

from logan.rules.character_patterns import PERCENT
from logan.rules.letter_spellings import escaped

HEX: Final = "0123456789abcdef"
#: Codes of letters, digits and `_`; the same with `-` and `.`, in three notations.
_LETTER: Final = "(?:3[0-9]|[46][1-9a-f]|[57][0-9a]|5f)"
BYTE: Final = "(?:2[de]|3[0-9]|[46][1-9a-f]|[57][0-9a]|5f)"
NUMBER: Final = "(?:4[5689]|5[0-7]|6[5-9]|[78][0-9]|90|9[57-9]|1[01][0-9]|12[0-2])"
_OCTAL: Final = "(?:5[56]|6[0-7]|7[01])"
_SLASHES: Final = (r"\u", r"\x", r"\0")
_ENTITIES: Final = ("&#", "&amp;")
#: How a full-width letter begins, or another common character that stands for a letter or for none.
CHARACTER: Final = (
    r"\xef[\xac\xb8\xbb-\xbd]|\xc2[\xaa\xad\xba]|\xe2(?:\x80\x8b|\x84)"
    rf"|{PERCENT}(?:ef{PERCENT}[ab]|c2{PERCENT}[ab]|e2{PERCENT}8(?:0{PERCENT}8b|4))"
    r"|\\u(?:ff|fe|fb|200b|21|00a[ad]|00ba)"
)
#: First digits of the bytes that may belong to a name.
_FIRST: Final = "023456789abcef"


def broken_escapes() -> Iterator[str]:
    """Where one escape begins within another, before its last sign."""
    digits = [f"{ord(digit):x}" for digit in HEX + "ABCDEF"]
    others = [way + digit for way in (r"\x", r"\u00") for digit in "346"]
    others += [r"\06", r"\07", r"\\", "&#", "&amp;"]
    begun = [*others, "%3", "%4", "%6", "%25"]
    # What stands behind a percent sign itself may be common: `100%25%20`, `%25%3D`.
    for layer in ("%", "%25", "2525"):
        yield from (layer + first + more for first in _FIRST for more in begun)
        yield from (layer + more for more in others)
        yield from (f"{layer}%{more}{digit}" for more in ("", "25") for digit in digits)
    ways = ("x", "u", "u0", "u00", "0", *(way + one for way in ("x", "u00", "0") for one in _FIRST))
    yield from ("\\" + way + more for way in ways for more in begun)
    yield from (rf"\%{code}" for code in ("55", "75", "58", "78", "30", "25"))
    yield from (r"\&#", r"\&amp;")
    signs = ("%23", "%2523", r"\x23", r"\u0023", r"\043", "&#35;", "&#x23;")
    yield from (before + sign for before in ("&", "amp;") for sign in signs)
    yield from (f"%26{middle}{sign}" for middle in ("", "amp;") for sign in signs[2:])
    yield from (
        sign + "amp"[:at] + letter
        for sign in ("&", "amp;")
        for at, one in enumerate("amp")
        for letter in escaped(one)
    )


def nested_escapes() -> Iterator[str]:
    """Escapes of which a sign is escaped, of a letter or of what begins an escape."""
    code = f"(?:{BYTE}|2[3589]|3b|0[1-9a-f])"
    for percent in (r"\\u0025", r"\\x25", r"\\045", "#37;", "#x25;"):
        yield rf"{percent}(?:25)*(?:{BYTE}|0[0-9a-f]|[02-7]?[%\\&\x80-\xff]|[89abcef]|2[89])"
    for slash in ("%5c", "%255c", r"\\x5c", r"\\u005c"):
        yield rf"{slash}[\\]*(?:(?:u00|x){code}|0(?:{_OCTAL}|4[35]|73|[01][0-7]))"
        yield rf"{slash}(?:u[0-9a-f]{{0,3}}|x[0-9a-f]?|0[0-7]?)[%\\&]"
        yield rf"{slash}(?:\\[ux0]|&(?:#|amp)|{PERCENT}(?:[57][58]|30))"
    yield r"(?:#92;|#x5c;)[\\]*[ux0%\\&]"
    more = rf"x?[0-9]{{0,2}}(?:{PERCENT}(?:3[0-9]|[46][1-6]|[57]8)|[\\&\x80-\xff])"
    entity = rf"(?:x(?:{code}|26|5c)|{NUMBER}|3[578]|59|92|{more})"
    ampersand = r"(?:%(?:25)?26|\\x26|\\u0026|\\046|#38;|#x26;)"
    letters = "(?:[46]1|[46]d|[57]0)"
    yield f"{ampersand}(?:amp;)*(?:#|%(?:25)?23){entity}"
    yield rf"{ampersand}(?:amp;)*a?m?p?(?:{PERCENT}{letters}|\\[ux0]|&(?:#|amp;#))"
    yield r"&(?:amp;)*amp(?:\\(?:(?:x|u00)3b|073)|&#(?:59|x3b);)"
    yield r"&(?:amp;)*amp%(?:25)*3b(?:#|%(?:25)*23|\\[ux0]|&)"
    yield r"#(?:35|x23);x?[0-9%\\&]"
    yield "#x?[0-9a-f]{0,3}[%]"
    yield r"#x?[0-9a-f]{0,3}(?:\\[ux0]|&#|&amp;)"
    yield r"\\u[1-9a-f][0-9a-f]{0,2}[%\\&]"
    # A sign that is escaped more than once.
    yield f"%2525(?:25)*(?:{BYTE}|2[3689]|3b|5c|0[1-9a-f])"
    yield rf"\\\\+(?:(?:u00|x){code}|0(?:{_OCTAL}|[01][0-7]))"
    yield f"&(?:amp;)+#(?:x{code}|{NUMBER}|40|41);"


def other_escapes(letters: Iterable[str]) -> Iterator[str]:
    """An escaped letter in front of an escape of another kind."""
    others = {"%": _SLASHES + _ENTITIES, "\\": ("%", *_ENTITIES), "&": ("%", *_SLASHES)}
    for sign in (sign for letter in letters for sign in escaped(letter)):
        yield from (sign + other for other in others[sign[0]])
        if sign[0] == "\\":
            yield from (sign + other for other in _SLASHES if other[1] != sign[1])


def changing_escapes() -> Iterator[str]:
    """Escaped letters beside each other, in two notations or layers."""
    yield f"&#x{BYTE};&#[0-9]|&#{NUMBER};&#x"
    yield rf"{PERCENT}2[de][a-z0-9](?:\\[ux0]|&(?:amp;)*#|{CHARACTER})"
    yield f"%{_LETTER}%25(?:25)*{BYTE}|%25{_LETTER}%(?:{BYTE}|2525)"
