"""Internationalised labels (`xn--`) as an eye reads them: letters of other scripts as Latin ones.

Accents are taken off by Unicode's own decompositions; letters of other scripts are those that
Unicode's table of confusables (UTS 39) has for single Latin letters of a host name.
"""

import unicodedata
from functools import lru_cache
from typing import Final

#: Latin letters, and what looks like them: Cyrillic, Greek, Armenian, and Latin of other shape.
_CONFUSABLE: Final = {
    "a": "аαɑ",
    "b": "ьƅ",
    "c": "сϲᴄ",
    "d": "ԁɗ",
    "e": "еҽєε",
    "f": "ғƒϝք",
    "g": "ɡցġ",
    "h": "һհн",
    "i": "іıɩιӏɪ",
    "j": "јϳ",
    "k": "кκᴋ",
    "l": "ӏןɭ",
    "m": "мᴍ",
    "n": "пոήη",
    "o": "оοօσ০०",
    "p": "рρⲣ",
    "q": "ԛզգ",
    "r": "гᴦɾ",
    "s": "ѕꜱʂ",
    "t": "тτᴛ",
    "u": "υսᴜʋ",
    "v": "νѵᴠ",
    "w": "ԝωᴡѡ",
    "x": "хχ",
    "y": "уүγʏყ",
    "z": "ᴢʐ",
    "3": "зӡ",
    "4": "ч",
}
_LATIN: Final = str.maketrans(
    {sign: letter for letter, signs in reversed(_CONFUSABLE.items()) for sign in signs}
)


@lru_cache(maxsize=4096)
def as_seen(label: str) -> str:
    """A label of a host (lower case) as it looks, in Latin letters as far as it has such.

    A label that is no sound Punycode (RFC 3492) stays what it is.
    """
    if not label.startswith("xn--") or label == "xn--":
        return label
    try:
        text = label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label
    parts = unicodedata.normalize("NFKD", text.lower().translate(_LATIN))
    bare = "".join(sign for sign in parts if not unicodedata.combining(sign))
    return bare.translate(_LATIN)
