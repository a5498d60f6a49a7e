"""Characters that are escaped in two ways at once, or are part of an escape."""

from collections.abc import Iterable, Iterator
from typing import Final

from logan.rules.character_patterns import PERCENT, any_text, json_unit

#: What begins an escape, and characters that may stand for a letter or digit of it.
_BEGUN_BACKSLASH: Final = r"\\(?:x[0-9a-f]?|u[0-9a-f]{0,3}|0[0-7]?)?"
_BEGUN: Final = (
    rf"{PERCENT}[0-9a-f]?",
    r"(?:%5c|%255c|x5c|u005c|92;)(?:x[0-9a-f]?|u[0-9a-f]{0,3}|0[0-7]?)?",
    rf"&(?:amp;|amp{PERCENT}3b)*(?:a?m?p?|(?:#|{PERCENT}23)x?[0-9a-f]{{0,3}})",
)
_BROKEN_OTHERS: Final = (
    r"(?:[\xc2\xc4\xc5\xc7\xca\xcb\xcd\xe1\xe2\xea\xef\xf0]|\xe3(?:\x80|[\x85-\x8f])"
    r"|\\u[12def3][0-9a-f]"
)
_LEAD: Final = f"{PERCENT}(?:c[24579abd]|e[123a]|ef|f0){PERCENT}[89ab]"
_BROKEN: Final = f"{_BROKEN_OTHERS}|{_LEAD})"
#: The same behind a backslash: as one pattern it would be held against every encoded character.
_BROKEN_BACKSLASHES: Final = (
    f"{_BEGUN_BACKSLASH}{_BROKEN_OTHERS})",
    *(rf"\\{begun}{_LEAD}" for begun in ("", "[xu0]", "0[0-7]")),
    *(rf"\\{begun}%" for begun in ("[xu][0-9a-f]", "u[0-9a-f]{2,3}")),
)


def broken_characters(standing: Iterable[str]) -> Iterator[str]:
    """Patterns (for bytes, caseless), one of which is wherever one of these characters, which stand
    for letters, is escaped so or is within an escape."""
    some = [*standing]
    leads = "|".join(sorted({f"{one.encode()[0]:02x}" for one in some}))
    yield f"%(?:{leads})%25|%25(?:{leads})%(?:[89ab]|2525)|%2525(?:25)*(?:{leads})"
    yield "%[89ab][0-9a-f]%25(?:25|[89ab])|%25[89ab][0-9a-f]%(?:[89ab]|2525)"
    units = any_text({json_unit(one) for one in some})
    yield rf"(?:5c|92;)[\\]*u(?:{units})"
    yield from (f"{begun}{_BROKEN}" for begun in _BEGUN)
    yield from _BROKEN_BACKSLASHES
