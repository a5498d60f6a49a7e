r"""Where a name stands of which a part is encoded: clues, for the lines that hold encoded letters.

Nearly every encoded sign of a log belongs to no watched name: `caf%C3%A9%2Dbar`, `it%E2%80%99s`,
`FORCE\u12345`. To spell such lines out costs ten times what searching them does. Every line
in which a name is partly encoded has one of these clues, and hardly any other line has.

They rest on the first encoded sign of the name. What stands before it in the name is written as it
is, so the sign stands behind letters of the name. Where the first letter is encoded, either those
behind it are written in the same way, or the way of writing changes, which next to such a letter
hardly happens but in a name. All that is text, of which Hyperscan finds thousands at once as fast
as it reads. What is never common counts wherever it stands: escapes whose own signs are escaped,
and most of the characters that stand for letters.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from logan.rules.broken_characters import broken_characters
from logan.rules.character_patterns import (
    ESCAPED_PERCENT,
    PERCENT,
    any_character,
    any_text,
    any_way,
    json_unit,
    percent_encoded,
    quoted,
)
from logan.rules.escape_patterns import (
    BYTE,
    CHARACTER,
    NUMBER,
    broken_escapes,
    changing_escapes,
    nested_escapes,
    other_escapes,
)
from logan.rules.json_characters import json_characters_in
from logan.rules.letter_spellings import ESCAPES, WIDE, WIDE_WAYS, Way, escaped, widened
from logan.rules.name_places import BEFORE, Place, places, raw_length, runs_of
from logan.rules.spelling import lookalike_characters

#: So many letters of a name are looked for where all are encoded; fewer, down to the second number,
#: where one of those between is less common than the last.
_CHAIN: Final = 7
_SHORTEST_CHAIN: Final = 5
#: Letters by how common they are in English, the most common first; digits are less so.
_BY_FREQUENCY: Final = "etaoinsrhldcumfpgwybvkxjqz0123456789"
#: Beside full-width letters, the only characters that stand for a letter or for none and are common
#: in logs: of numbers, trade marks, ligatures, soft hyphens, emoji, and the mark of UTF-8.
_COMMON: Final = "ªº™№ﬁﬂ\u00ad\u200b\ufe0e\ufe0f\ufeff"
#: How an encoded letter of a name may begin: escapes, full-width letters, `_COMMON`.
_ESCAPED: Final = rf"{PERCENT}(?:{BYTE}|2525)|\\[ux0\\]|&(?:#|amp)"
_WIDE_LETTER: Final = (
    r"(?:\xef[\xbc\xbd][\x80-\xbf]|\\uff[0-5][0-9a-f]"
    rf"|{PERCENT}ef{PERCENT}b[cd]{PERCENT}[89ab][0-9a-f])"
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
#: How full-width letters begin, percent-encoded: capitals and signs, small letters.
_CAPITAL: Final = "%ef%bc"
_SMALL: Final = "%ef%bd"
#: How full-width letters and `_COMMON` begin, in all ways of writing them.
_BEGINNINGS: Final = (
    *("\udcef", "ª", "º", "\u00ad", "\u200b", "\udce2\udc84"),
    *("%ef", "%c2%aa", "%c2%ad", "%c2%ba", "%e2%80%8b", "%e2%84"),
    *("%25c", "%25e", r"\uf", r"\u00", r"\u2"),
)
#: What may stand behind encoded letters instead of a dot or hyphen, but the length of what follows.
_SEPARATED: Final = (
    *("\\", "&", "%2", "%0", "－", "．", "。", "｡"),
    *("%ef%bc%8", "%e3", "%ef%bd%a1", "%25ef%25bc%258", "%25e3", "%25ef%25bd%25a1"),
)


def escape_clues(names: Iterable[str], parts: Iterable[str]) -> tuple[str, ...]:
    """Patterns (ASCII, for bytes, caseless), one of which is in every line of a name that is not
    written as it is, if the line has an escape of a letter.

    `names` are hosts in lower case. `parts` are runs of letters, digits, `_` and `-` out of names
    of which more is not known: a line has a clue that holds one, written in any way. A name that
    is written as it is may give none.
    """
    wanted, loose = _wanted(names, parts)
    texts = map(quoted, [*loose, *_escape_texts(wanted)])
    return (*texts, *nested_escapes(), *changing_escapes())


def character_clues(names: Iterable[str], parts: Iterable[str]) -> tuple[str, ...]:
    """As `escape_clues`, if the line has a character that stands for a letter, or for none."""
    wanted, loose = _wanted(names, parts)
    return (
        *map(quoted, [*loose, *_character_texts(wanted)]),
        *_common_characters(wanted),
        *any_character(_rare(wanted)),
        *json_characters_in(wanted, _rare(wanted)),
        *broken_characters(_standing(wanted)),
    )


def standing_characters(names: Iterable[str], parts: Iterable[str]) -> tuple[str, ...]:
    """Patterns, one of which is wherever `character_clues` may be found: the characters themselves.

    There are far fewer of them, and they are in far more lines.
    """
    wanted, _ = _wanted(names, parts)
    standing = _standing(wanted)
    units = (rf"\\u{unit}" for unit in sorted({json_unit(one) for one in standing}))
    return (*any_character(standing), *units, *broken_characters(_standing(wanted)))


def _wanted(names: Iterable[str], parts: Iterable[str]) -> tuple[list[str], list[str]]:
    """All that is looked for, and how the parts begin."""
    parts = sorted({*parts})
    return sorted({*names, *parts}), sorted({part[:_CHAIN] for part in parts})


def _escape_texts(names: Sequence[str]) -> list[str]:
    """What stands in every line of a name with an escape that no other is part of."""
    letters = sorted({letter for name in names for letter in runs_of(name)[0]} | {*"-."})
    found = (
        text
        for name in names
        for text in (
            *_behind_letters(name, escaped),
            *_from_first(name, ESCAPES),
            *_on_the_wire(name),
        )
    )
    return sorted({*found, *broken_escapes(), *other_escapes(letters)})


def _character_texts(names: Sequence[str]) -> list[str]:
    """What stands in every line of a name with a full-width letter, or most with a common one."""
    found = (
        text
        for name in names
        for text in (*_from_first(name, WIDE_WAYS), *_on_the_wire(name), *_behind_wide(name))
    )
    letters = {letter for name in names for letter in runs_of(name)[0]}
    return sorted({*found, *_wide_changes(letters)})


def _wide_changes(letters: Iterable[str]) -> Iterator[str]:
    """A full-width letter in front of an escape or of a common character."""
    for letter in letters:
        for raw, percent, _, json in zip(*[iter(widened(letter))] * len(WIDE_WAYS), strict=True):
            yield from (raw + sign for sign in ("%", "\\", "&", *_RAW_LEADS))
            yield from (percent[-6:] + sign for sign in (*_ASCII_SIGNS, *_COMMON_ENCODED))
            yield from (json[-5:] + sign for sign in (*_JSON_SIGNS, "%", "&"))


def _behind_wide(name: str) -> Iterator[str]:
    """Characters behind letters of a name: of three letters, how any begins tells enough."""
    for place in places(name):
        long = [before for before in place.before if len(before) >= BEFORE]
        yield from (before + begun for before in long for begun in _BEGINNINGS)
        short = place.before if "-" in place.letters else {*place.before} - {*long}
        for sign in (sign for letter in place.letters for sign in widened(letter)):
            doubtful = len(place.after) == 1 and sign[0] == "%"
            # Behind what is no hexadecimal digit, how small letters begin tells enough.
            told = sign if doubtful or sign[:6] != _SMALL else sign[:7]
            after = _after_wide(place.after) if doubtful else ("",)
            yield from (before + told + one for before in short for one in after)


def _after_wide(letter: str) -> Sequence[str]:
    """What may stand behind a percent-encoded full-width letter where `letter` is the next."""
    again = (one for one in widened(letter) if one[0] == "%")
    return (letter, *again, *_ASCII_SIGNS, *_COMMON_ENCODED)


def _behind_letters(name: str, ways: Callable[[str], list[str]]) -> Iterator[str]:
    """The first encoded sign with what stands before it, where anything does, and behind it."""
    for place in places(name):
        for sign in (sign for letter in place.letters for sign in ways(letter)):
            after = _after(place, sign) if place.after and sign[0] in "%\\&" else ("",)
            yield from (before + sign + one for before in place.before for one in after)


def _after(place: Place, sign: str) -> Sequence[str]:
    """What may stand behind an encoded sign: letters that follow in the name, or more signs of its
    kind; those of other kinds are among `other_escapes`."""
    kind, letters = sign[0], place.after
    if "-" not in place.letters:
        again = (one for one in escaped(letters) if one[0] == kind)
        return (letters, *again, "%2525", r"\\", "&amp;")
    # Percent-encoded dots and hyphens are common, the others are not.
    return (letters, letters[:1] + kind, "-", kind) if kind == "%" else (letters[:1], "-", kind)


def _from_first(name: str, ways: Sequence[Way]) -> Iterator[str]:
    """A name from its first letter on, which is encoded, up to where the way of writing changes."""
    runs = runs_of(name)
    run = _chain(runs[0])
    ends = _ends(len(runs[1])) if len(runs[0]) < _CHAIN and len(runs) > 1 else ("",)
    for way in ways:
        low = [way(ord(letter)) for letter in run]
        high = [way(ord(letter.upper())) for letter in run]
        whole = ("".join(low), "".join(high), high[0] + "".join(low[1:]))
        yield from (text + end for text in whole for end in ends)
        yield from _changes(run, low, high)


def _chain(run: str) -> str:
    """The letters of a run that are looked for: of a long one, up to one that is not common.

    Texts are told by their last eight bytes, and a percent-encoded full-width letter has nine: each
    such letter of a log is compared with all names that end with it.
    """
    ends = range(_SHORTEST_CHAIN, _CHAIN + 1) if len(run) >= _CHAIN else [len(run)]
    return run[: max(ends, key=lambda end: (_BY_FREQUENCY.find(run[end - 1]), end))]


def _changes(run: str, low: Sequence[str], high: Sequence[str]) -> Iterator[str]:
    """Where encoded capitals begin or end, and where a letter as it is follows."""
    for at in range(len(run) - 1):
        yield low[at] + _begun(high[at + 1], low[at])
        yield from (
            high[at] + high[at + 1] + _begun(later, high[at + 1]) for later in low[at + 2 : at + 3]
        )
        yield from (encoded + run[at + 1] for encoded in (low[at], high[at]))


def _begun(sign: str, before: str) -> str:
    """An encoded sign behind another: of a percent-encoded full-width letter as much as tells that
    it is of the other case, so that no text ends with a common letter."""
    capital, small = sign.startswith(_CAPITAL), sign.startswith(_SMALL)
    if capital and before.startswith(_SMALL):
        return sign[:8]
    return sign[:6] if small and before.startswith(_CAPITAL) else sign


def _ends(size: int) -> tuple[str, ...]:
    """What may stand behind letters that are all encoded, before a run of `size` letters."""
    return (".", "-", "(", *raw_length(size), *_SEPARATED)


def _on_the_wire(name: str) -> Iterator[str]:
    """The length of a run, which stands before it on the wire, behind letters of the one before."""
    for before, run in pairwise(runs_of(name)):
        size = len(run)
        hexadecimal = (way + f"{size:02x}" for way in ("%", "%25", r"\x", r"\u00"))
        lengths = ("(", *escaped("("), *hexadecimal, rf"\{size:o}", r"\0", *raw_length(size))
        yield from (before[-BEFORE:] + length for length in lengths)


def _common_characters(names: Sequence[str]) -> Iterator[str]:
    """Common characters before letters of a name, or beside encoded ones."""
    behind = {one for name in names for one in _texts_behind(name)}
    begun = {text[:size] for text in behind for size in range(min(BEFORE, len(text)))}
    cut = any_text(text for text in behind if len(text) < BEFORE)
    ends = (
        rf"{any_text(text for text in behind if len(text) == BEFORE)}|(?:{cut})[.\-(%\\\x01-\x1f]"
    )
    ends = f"(?:{ends}|(?:{any_text(begun)})(?:{_ESCAPED}|{CHARACTER}))"
    layered = any_way(_COMMON, percent=ESCAPED_PERCENT)
    once = percent_encoded(_COMMON)
    yield layered + ends
    yield once + ends
    yield r"%25b[cd]%25[89ab][0-9a-f](?:%25(?:2[de]|c2|e2|[3-7])|\\|&(?:#|amp))"
    escaped = rf"{PERCENT}{BYTE}|\\(?:u00|x){BYTE}|&#(?:{NUMBER}|x{BYTE});"
    yield f"(?:{escaped})(?:{_WIDE_LETTER}|{any_way(_COMMON)})"


def _texts_behind(name: str) -> Iterator[str]:
    """What stands behind the first letters of a name, up to the end of its first run.

    A common character has fewer letters than `BEFORE` before it there, and stands for two at most.
    """
    run = runs_of(name)[0]
    yield from (run[at : at + BEFORE] for at in range(1, min(len(run), BEFORE + 1) + 1))


def _standing(names: Sequence[str]) -> list[str]:
    """The characters that stand for letters of a name, or for none."""
    text = " ".join(names)
    return [one for one, meant in lookalike_characters().items() if meant in text]


def _rare(names: Sequence[str]) -> list[str]:
    """Those of them that no log is full of."""
    common = {*_COMMON, *(chr(code + WIDE) for code in range(0x21, 0x7F)), *"。｡"}
    return [one for one in _standing(names) if one not in common]
