r"""Where a name stands of which a part is encoded: clues, for the lines that hold encoded letters.

Nearly every encoded sign of a log belongs to no watched name: `caf%C3%A9%2Dbar`, `it%E2%80%99s`,
`FORCE\u12345`. To spell such lines out costs a hundred times what searching them does. Every line
in which a name is partly encoded has one of these clues, and hardly any other line has.

They rest on the first encoded sign of the name. What stands before it in the name is written as it
is, so the sign stands behind letters of the name. Where the first letter is encoded, either those
behind it are written in the same way, or the way of writing changes, which next to such a letter
hardly happens but in a name. All that is text, of which Hyperscan finds thousands at once as fast
as it reads. What is never common counts wherever it stands: escapes whose own signs are escaped,
and most of the characters that stand for letters.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from itertools import pairwise
from string import ascii_letters, digits
from typing import Final, NamedTuple

from logan.rules.spelling import lookalike_characters

#: How one letter is written, by its code.
Way = Callable[[int], str]
#: So many letters of a name are looked for where all are encoded, and so many before a sign.
_CHAIN: Final = 7
_BEFORE: Final = 3
_ESCAPES: Final[tuple[Way, ...]] = tuple(
    style.format
    for style in ("%{:02x}", "%25{:02x}", r"\x{:02x}", r"\u00{:02x}", "&#{};", "&#x{:x};")
)
#: ASCII by one octal escape: `\056`.
_OCTAL_END: Final = 0o100
#: From a letter to its full-width form.
_WIDE: Final = 0xFEE0
#: Beside full-width letters, the only characters that stand for a letter or for none and are common
#: in logs: of numbers, trade marks, ligatures, soft hyphens, emoji, and the mark of UTF-8.
_COMMON: Final = "ªº™№ﬁﬂ\u00ad\u200b\ufe0e\ufe0f\ufeff"
#: The bytes of a character of four but the last.
_LONG: Final = 3
_PLAIN: Final = frozenset(ascii_letters + digits + "%_")
_HEX: Final = "0123456789abcdef"
_PERCENT: Final = "%(?:25)*"
#: Codes of letters and digits; the same with `-` and `.`, in three notations.
_LETTER: Final = "(?:3[0-9]|[46][1-9a-f]|[57][0-9a])"
_BYTE: Final = "(?:2[de]|3[0-9]|[46][1-9a-f]|[57][0-9a])"
_NUMBER: Final = "(?:4[5689]|5[0-7]|6[5-9]|[78][0-9]|90|9[7-9]|1[01][0-9]|12[0-2])"
_OCTAL: Final = "(?:5[56]|6[0-7]|7[01])"
_SLASHES: Final = (r"\u", r"\x", r"\0")
_ENTITIES: Final = ("&#", "&amp;")
#: How an encoded letter of a name may begin: escapes, full-width letters, `_COMMON`.
_ESCAPED: Final = rf"{_PERCENT}(?:{_BYTE}|2525)|\\[ux0\\]|&(?:#|amp)"
_CHARACTER: Final = (
    r"\xef[\xac\xb8\xbb-\xbd]|\xc2[\xaa\xad\xba]|\xe2(?:\x80\x8b|\x84)"
    rf"|{_PERCENT}(?:ef{_PERCENT}[ab]|c2{_PERCENT}[ab]|e2{_PERCENT}8(?:0{_PERCENT}8b|4))"
    r"|\\u(?:ff|fe|fb|200b|21|00a[ad]|00ba)"
)
_WIDE_LETTER: Final = (
    r"(?:\xef[\xbc\xbd][\x80-\xbf]|\\uff[0-5][0-9a-f]"
    rf"|{_PERCENT}ef{_PERCENT}b[cd]{_PERCENT}[89ab][0-9a-f])"
)
#: How an escape of a letter, or of a sign of such an escape, begins.
_ASCII_SIGNS: Final = ("%2d", "%2e", "%25", *(f"%{one}" for one in "34567"), "\\", "&#", "&amp;")
_COMMON_ENCODED: Final = ("%c2%a", "%c2%b", "%e2%80%8b", "%e2%84", "%ef%a", "%ef%b8", "%ef%bb")
#: How full-width letters and `_COMMON` begin, raw.
_RAW_LEADS: Final = tuple(
    octets.decode("utf-8", "surrogateescape")
    for octets in (b"\xc2", b"\xe2\x80", b"\xe2\x84", b"\xef\xac", b"\xef\xb8", b"\xef\xbb")
)
_JSON_SIGNS: Final = (r"\x", r"\0", r"\u00", r"\u2", r"\ufe", r"\ufb", r"\\")
#: How full-width letters and `_COMMON` begin, in all ways of writing them.
_BEGINNINGS: Final = (
    *("\udcef", "ª", "º", "\u00ad", "\u200b", "\udce2\udc84"),
    *("%ef", "%c2%aa", "%c2%ad", "%c2%ba", "%e2%80%8b", "%e2%84"),
    *("%25c", "%25e", r"\uf", r"\u00", r"\u2"),
)
#: What begins an escape, and characters that may stand for a letter or digit of it.
_BEGUN: Final = (
    rf"{_PERCENT}[0-9a-f]?",
    r"\\(?:x[0-9a-f]?|u[0-9a-f]{0,3}|0[0-7]?)?",
    r"(?:%5c|%255c|x5c|u005c|92;)(?:x[0-9a-f]?|u[0-9a-f]{0,3}|0[0-7]?)?",
    rf"&(?:amp;|amp{_PERCENT}3b)*(?:a?m?p?|(?:#|{_PERCENT}23)x?[0-9a-f]{{0,3}})",
)
_BROKEN: Final = (
    r"(?:[\xc2\xc4\xc5\xc7\xca\xcb\xcd\xe1\xe2\xea\xef\xf0]|\xe3(?:\x80|[\x85-\x8f])"
    rf"|{_PERCENT}(?:c[24579abd]|e[123a]|ef|f0){_PERCENT}[89ab]|\\u[12def3][0-9a-f])"
)
#: What may stand behind encoded letters instead of a dot or hyphen, but the length of what follows.
_SEPARATED: Final = (
    *("\\", "&", "%2", "%0", "－", "．", "。", "｡"),
    *("%ef%bc%8", "%e3", "%ef%bd%a1", "%25ef%25bc%258", "%25e3", "%25ef%25bd%25a1"),
)


#: First digits of the bytes that may belong to a name.
_FIRST: Final = "023456789abcef"


def escape_clues(names: Iterable[str], parts: Iterable[str]) -> tuple[str, ...]:
    """Patterns (ASCII, for bytes, caseless), one of which is in every line of a name that is not
    written as it is, if the line has an escape of a letter.

    `names` are hosts in lower case. `parts` are runs of letters, digits, `_` and `-` out of names
    of which more is not known: a line has a clue that holds one, written in any way. A name that
    is written as it is may give none.
    """
    wanted, loose = _wanted(names, parts)
    texts = map(_quoted, [*loose, *_escape_texts(wanted)])
    return (*texts, *_nested_escapes(), *_changing_escapes())


def character_clues(names: Iterable[str], parts: Iterable[str]) -> tuple[str, ...]:
    """As `escape_clues`, if the line has a character that stands for a letter, or for none."""
    wanted, loose = _wanted(names, parts)
    return (
        *map(_quoted, [*loose, *_character_texts(wanted)]),
        *_common_characters(wanted),
        *_any_character(_rare(wanted)),
        *_broken_characters(wanted),
    )


def standing_characters(names: Iterable[str], parts: Iterable[str]) -> tuple[str, ...]:
    """Patterns, one of which is wherever `character_clues` may be found: the characters themselves.

    There are far fewer of them, and they are in far more lines.
    """
    wanted, _ = _wanted(names, parts)
    return (*_any_character(_standing(wanted)), *_broken_characters(wanted))


def _wanted(names: Iterable[str], parts: Iterable[str]) -> tuple[list[str], list[str]]:
    """All that is looked for, and how the parts begin."""
    parts = sorted({*parts})
    return sorted({*names, *parts}), sorted({part[:_CHAIN] for part in parts})


def _quoted(text: str) -> str:
    """A text as a pattern; a byte that is no character stands in it as a surrogate."""
    return "".join(
        chr(byte) if chr(byte) in _PLAIN else rf"\x{byte:02x}"
        for byte in text.encode("utf-8", "surrogateescape")
    )


def _escape_texts(names: Sequence[str]) -> list[str]:
    """What stands in every line of a name with an escape that no other is part of."""
    letters = sorted({letter for name in names for letter in _runs(name)[0]} | {*"-."})
    found = (
        text
        for name in names
        for text in (
            *_behind_letters(name, _escaped),
            *_from_first(name, _ESCAPES),
            *_on_the_wire(name),
        )
    )
    return sorted({*found, *_broken_escapes(), *_other_escapes(letters)})


def _character_texts(names: Sequence[str]) -> list[str]:
    """What stands in every line of a name with a full-width letter, or most with a common one."""
    found = (
        text
        for name in names
        for text in (*_from_first(name, _WIDE_WAYS), *_on_the_wire(name), *_behind_wide(name))
    )
    letters = {letter for name in names for letter in _runs(name)[0]}
    return sorted({*found, *_wide_changes(letters)})


def _wide_changes(letters: Iterable[str]) -> Iterator[str]:
    """A full-width letter in front of an escape or of a common character."""
    for letter in letters:
        for raw, percent, _, json in zip(*[iter(_widened(letter))] * len(_WIDE_WAYS), strict=True):
            yield from (raw + sign for sign in ("%", "\\", "&", *_RAW_LEADS))
            yield from (percent[-6:] + sign for sign in (*_ASCII_SIGNS, *_COMMON_ENCODED))
            yield from (json[-5:] + sign for sign in (*_JSON_SIGNS, "%", "&"))


def _behind_wide(name: str) -> Iterator[str]:
    """Characters behind letters of a name: of three letters, how any begins tells enough."""
    for place in _places(name):
        long = [before for before in place.before if len(before) >= _BEFORE]
        yield from (before + begun for before in long for begun in _BEGINNINGS)
        short = place.before if "-" in place.letters else {*place.before} - {*long}
        for sign in (sign for letter in place.letters for sign in _widened(letter)):
            after = _after_wide(place.after) if len(place.after) == 1 and sign[0] == "%" else ("",)
            yield from (before + sign + one for before in short for one in after)


def _after_wide(letter: str) -> Sequence[str]:
    """What may stand behind a percent-encoded full-width letter where `letter` is the next."""
    again = (one for one in _widened(letter) if one[0] == "%")
    return (letter, *again, *_ASCII_SIGNS, *_COMMON_ENCODED)


def _escaped(letter: str) -> list[str]:
    """A letter of either case in all ways of escaping it by itself."""
    codes = _codes(letter)
    octal = [rf"\0{code:o}" for code in codes if code < _OCTAL_END]
    return [*(way(code) for code in codes for way in _ESCAPES), *octal]


def _widened(letter: str) -> list[str]:
    """A letter of either case in all ways of writing its full-width form."""
    stops = [ord(stop) - _WIDE for stop in "。｡"] if letter == "." else []
    return [way(code) for code in (*_codes(letter), *stops) for way in _WIDE_WAYS]


def _codes(letter: str) -> list[int]:
    return sorted({ord(letter), ord(letter.upper())})


def _wide_way(style: str) -> Way:
    return lambda code: "".join(style.format(byte) for byte in chr(code + _WIDE).encode())


_WIDE_WAYS: Final[tuple[Way, ...]] = (
    lambda code: chr(code + _WIDE),
    _wide_way("%{:02x}"),
    _wide_way("%25{:02x}"),
    lambda code: rf"\u{code + _WIDE:04x}",
)


class _Place(NamedTuple):
    """A place in a name at which its first encoded sign may stand.

    `before` are texts, one of which then stands before it; `letters` the signs that it may be, and
    `after` letters that follow if nothing encoded does, empty where it does not matter.
    """

    before: tuple[str, ...]
    letters: str
    after: str


def _runs(name: str) -> list[str]:
    """What stands between the dots and hyphens of a name."""
    return re.split("[.-]", name)


def _places(name: str) -> Iterator[_Place]:
    """The places of a name, but its first."""
    runs, separators = _runs(name), re.findall("[.-]", name)
    for at, run in enumerate(runs):
        for place, letter in enumerate(run):
            if at:
                yield _Place(tuple(_letters_before(runs, at, place)), letter, "")
            elif place:
                # A letter before a sign may belong to another sign: `%6c%61`.
                doubtful = place == 1 and run[0] in _HEX
                yield _Place((run[max(0, place - _BEFORE) : place],), letter, run[2:3] * doubtful)
        if at < len(separators):
            before, written = run[-_BEFORE:], "-" if separators[at] == "-" else ".-"
            yield _Place((before,), written, runs[at + 1][:2])
            yield _Place((before + "-",), written, "")


def _letters_before(runs: Sequence[str], at: int, place: int) -> Iterator[str]:
    """What may stand before a letter that is not in the first run: also of the run before."""
    for separator in (".", "-", "--"):
        yield (runs[at - 1] + separator + runs[at][:place])[-_BEFORE:]


def _behind_letters(name: str, ways: Callable[[str], list[str]]) -> Iterator[str]:
    """The first encoded sign with what stands before it, where anything does, and behind it."""
    for place in _places(name):
        for sign in (sign for letter in place.letters for sign in ways(letter)):
            after = _after(place, sign) if place.after and sign[0] in "%\\&" else ("",)
            yield from (before + sign + one for before in place.before for one in after)


def _after(place: _Place, sign: str) -> Sequence[str]:
    """What may stand behind an encoded sign: letters that follow in the name, or more signs of its
    kind; those of other kinds are among `_other_escapes`."""
    kind, letters = sign[0], place.after
    if "-" not in place.letters:
        again = (one for one in _escaped(letters) if one[0] == kind)
        return (letters, *again, "%2525", r"\\", "&amp;")
    # Percent-encoded dots and hyphens are common, the others are not.
    return (letters, letters[:1] + kind, "-", kind) if kind == "%" else (letters[:1], "-", kind)


def _from_first(name: str, ways: Sequence[Way]) -> Iterator[str]:
    """A name from its first letter on, which is encoded, up to where the way of writing changes."""
    runs = _runs(name)
    run = runs[0][:_CHAIN]
    ends = _ends(len(runs[1])) if len(run) < _CHAIN and len(runs) > 1 else ("",)
    for way in ways:
        low = [way(ord(letter)) for letter in run]
        high = [way(ord(letter.upper())) for letter in run]
        whole = ("".join(low), "".join(high), high[0] + "".join(low[1:]))
        yield from (text + end for text in whole for end in ends)
        yield from _changes(run, low, high)


def _changes(run: str, low: Sequence[str], high: Sequence[str]) -> Iterator[str]:
    """Where encoded capitals begin or end, and where a letter as it is follows."""
    for at in range(len(run) - 1):
        yield low[at] + high[at + 1]
        yield from (high[at] + high[at + 1] + later for later in low[at + 2 : at + 3])
        yield from (encoded + run[at + 1] for encoded in (low[at], high[at]))


def _ends(size: int) -> tuple[str, ...]:
    """What may stand behind letters that are all encoded, before a run of `size` letters."""
    return (".", "-", "(", *_raw_length(size), *_SEPARATED)


def _raw_length(size: int) -> set[str]:
    """The length of a run as DNS has it, one byte; none where it would end the line."""
    return {chr(size)} - {"\n", "\r"}


def _on_the_wire(name: str) -> Iterator[str]:
    """The length of a run, which stands before it on the wire, behind letters of the one before."""
    for before, run in pairwise(_runs(name)):
        size = len(run)
        hexadecimal = (way + f"{size:02x}" for way in ("%", "%25", r"\x", r"\u00"))
        lengths = ("(", *_escaped("("), *hexadecimal, rf"\{size:o}", r"\0", *_raw_length(size))
        yield from (before[-_BEFORE:] + length for length in lengths)


def _broken_escapes() -> Iterator[str]:
    """Where one escape begins within another, before its last sign."""
    digits = [f"{ord(digit):x}" for digit in _HEX + "ABCDEF"]
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
        for letter in _escaped(one)
    )


def _nested_escapes() -> Iterator[str]:
    """Escapes of which a sign is escaped, of a letter or of what begins an escape."""
    code = f"(?:{_BYTE}|2[3589]|3b|0[1-9a-f])"
    for percent in (r"\\u0025", r"\\x25", r"\\045", "#37;", "#x25;"):
        yield rf"{percent}(?:25)*(?:{_BYTE}|0[0-9a-f]|[02-7]?[%\\&\x80-\xff]|[89abcef]|2[89])"
    for slash in ("%5c", "%255c", r"\\x5c", r"\\u005c"):
        yield rf"{slash}[\\]*(?:(?:u00|x){code}|0(?:{_OCTAL}|4[35]|73|[01][0-7]))"
        yield rf"{slash}(?:u[0-9a-f]{{0,3}}|x[0-9a-f]?|0[0-7]?)[%\\&]"
        yield rf"{slash}(?:\\[ux0]|&(?:#|amp)|{_PERCENT}(?:[57][58]|30))"
    yield r"(?:#92;|#x5c;)[\\]*[ux0%\\&]"
    more = rf"x?[0-9]{{0,2}}(?:{_PERCENT}(?:3[0-9]|[46][1-6]|[57]8)|[\\&\x80-\xff])"
    entity = rf"(?:x(?:{code}|26|5c)|{_NUMBER}|3[578]|59|92|{more})"
    ampersand = r"(?:%(?:25)?26|\\x26|\\u0026|\\046|#38;|#x26;)"
    letters = "(?:[46]1|[46]d|[57]0)"
    yield f"{ampersand}(?:amp;)*(?:#|%(?:25)?23){entity}"
    yield rf"{ampersand}(?:amp;)*a?m?p?(?:{_PERCENT}{letters}|\\[ux0]|&(?:#|amp;#))"
    yield r"&(?:amp;)*amp(?:\\(?:(?:x|u00)3b|073)|&#(?:59|x3b);)"
    yield r"&(?:amp;)*amp%(?:25)*3b(?:#|%(?:25)*23|\\[ux0]|&)"
    yield r"#(?:35|x23);x?[0-9%\\&]"
    yield "#x?[0-9a-f]{0,3}[%]"
    yield r"#x?[0-9a-f]{0,3}(?:\\[ux0]|&#|&amp;)"
    yield r"\\u[1-9a-f][0-9a-f]{0,2}[%\\&]"
    # A sign that is escaped more than once.
    yield f"%2525(?:25)*(?:{_BYTE}|2[3689]|3b|5c|0[1-9a-f])"
    yield rf"\\\\+(?:(?:u00|x){code}|0(?:{_OCTAL}|[01][0-7]))"
    yield f"&(?:amp;)+#(?:x{code}|{_NUMBER}|40|41);"


def _other_escapes(letters: Iterable[str]) -> Iterator[str]:
    """An escaped letter in front of an escape of another kind."""
    others = {"%": _SLASHES + _ENTITIES, "\\": ("%", *_ENTITIES), "&": ("%", *_SLASHES)}
    for sign in (sign for letter in letters for sign in _escaped(letter)):
        yield from (sign + other for other in others[sign[0]])
        if sign[0] == "\\":
            yield from (sign + other for other in _SLASHES if other[1] != sign[1])


def _changing_escapes() -> Iterator[str]:
    """Escaped letters beside each other, in two notations or layers."""
    yield f"&#x{_BYTE};&#[0-9]|&#{_NUMBER};&#x"
    yield rf"{_PERCENT}2[de][a-z0-9](?:\\[ux0]|&(?:amp;)*#|{_CHARACTER})"
    yield f"%{_LETTER}%25(?:25)*{_BYTE}|%25{_LETTER}%(?:{_BYTE}|2525)"


def _common_characters(names: Sequence[str]) -> Iterator[str]:
    """Common characters before letters of a name, or beside encoded ones."""
    behind = {one for name in names for one in _texts_behind(name)}
    begun = {text[:size] for text in behind for size in range(min(_BEFORE, len(text)))}
    cut = _any(text for text in behind if len(text) < _BEFORE)
    ends = rf"{_any(text for text in behind if len(text) == _BEFORE)}|(?:{cut})[.\-(%\\\x01-\x1f]"
    yield f"{_any_way(_COMMON)}(?:{ends}|(?:{_any(begun)})(?:{_ESCAPED}|{_CHARACTER}))"
    yield r"%25b[cd]%25[89ab][0-9a-f](?:%25(?:2[de]|c2|e2|[3-7])|\\|&(?:#|amp))"
    escaped = rf"{_PERCENT}{_BYTE}|\\(?:u00|x){_BYTE}|&#(?:{_NUMBER}|x{_BYTE});"
    yield f"(?:{escaped})(?:{_WIDE_LETTER}|{_any_way(_COMMON)})"


def _texts_behind(name: str) -> Iterator[str]:
    """What stands behind the first letters of a name, up to the end of its first run."""
    run = _runs(name)[0]
    yield from (run[at : at + _BEFORE] for at in range(1, min(len(run), _BEFORE) + 1))


def _any(texts: Iterable[str]) -> str:
    """Any of some texts."""
    return "|".join(map(re.escape, sorted(texts)))


def _standing(names: Sequence[str]) -> list[str]:
    """The characters that stand for letters of a name, or for none."""
    text = " ".join(names)
    return [one for one, meant in lookalike_characters().items() if meant in text]


def _rare(names: Sequence[str]) -> list[str]:
    """Those of them that no log is full of."""
    common = {*_COMMON, *(chr(code + _WIDE) for code in range(0x21, 0x7F)), *"。｡"}
    return [one for one in _standing(names) if one not in common]


def _any_character(characters: Iterable[str]) -> Iterator[str]:
    """Any of the characters, raw, percent-encoded in one layer or two, or escaped as in JSON."""
    stems: dict[bytes, set[int]] = {}
    for one in characters:
        octets = one.encode()
        stems.setdefault(octets[:-1], set()).add(octets[-1])
        yield rf"\\u{_json_unit(one)}"
    for stem, ends in stems.items():
        yield _raw_bytes(stem) + _one_of(ends)
        yield from _percent_stem(stem, ends)


def _broken_characters(names: Sequence[str]) -> Iterator[str]:
    """Characters that are escaped in two ways at once, or are part of an escape."""
    leads = "|".join(sorted({f"{one.encode()[0]:02x}" for one in _standing(names)}))
    yield f"%(?:{leads})%25|%25(?:{leads})%(?:[89ab]|2525)|%2525(?:25)*(?:{leads})"
    yield "%[89ab][0-9a-f]%25(?:25|[89ab])|%25[89ab][0-9a-f]%(?:[89ab]|2525)"
    units = _any({_json_unit(one) for one in _standing(names)})
    yield rf"(?:5c|92;)[\\]*u(?:{units})"
    yield from (f"{begun}{_BROKEN}" for begun in _BEGUN)


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


def _json_unit(character: str) -> str:
    """A character as JSON escapes it; of a pair of surrogates, the first."""
    return character.encode("utf-16-be")[:2].hex()


def _any_way(characters: Iterable[str]) -> str:
    """A few characters, raw, percent-encoded in any number of layers, or escaped as in JSON."""
    ways: set[str] = set()
    for one in characters:
        octets = one.encode()
        percent = "".join(f"{_PERCENT}{byte:02x}" for byte in octets)
        ways |= {_raw_bytes(octets), percent, rf"\\u{_json_unit(one)}"}
    return f"(?:{'|'.join(sorted(ways))})"
