"""All the ways to write a name, undone."""

from itertools import chain

import idna
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.rules.compilation import Patterns
from logan.rules.revealed_bytes import revealed
from logan.rules.spelling import (
    hints_to,
    lookalike_characters,
    plain,
    unescape,
)

NAME = "pimeyes.com"


def undone(text: str) -> str:
    found = plain(pl.Series("text", [text]))[0]
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("PimEyes.COM", NAME),
        ("%70imeyes%2Ecom", NAME),
        ("%2570imeyes.com", NAME),
        ("%25252570imeyes%252525252Ecom", NAME),
        ("%%37%30imeyes.com", NAME),
        (r"\u0070imeyes\u002Ecom", NAME),
        (r"\\u0070imeyes.com", NAME),
        (r"\x70imeyes.com", NAME),
        ("&#112;imeyes&#x2E;com", NAME),
        ("&amp;#112;imeyes.com", NAME),
        (r"https:\/\/pimeyes.com", f"https://{NAME}"),
        ("ｐｉｍｅｙｅｓ．ｃｏｍ", NAME),
        ("pimeyes。com", NAME),
        ("pimeyes%E3%80%82com", NAME),
        ("%EF%BD%90imeyes.com", NAME),
        ("%25EF%25BD%2590imeyes.com", NAME),
        ("pim\u00adeyes.com", NAME),
        ("𝓹imeyes.com", NAME),
        ("(7)pimeyes(3)com(0)", f".{NAME}."),
        (r"\007pimeyes\003com\000", "\x07pimeyes\x03com\x00"),
        ("100% sure, 5%", "100% sure, 5%"),
        ("caf%C3%A9", "caf%c3%a9"),
        ("Maße", "maße"),
        ("", ""),
    ],
)
def test_a_name_is_spelled_out(written: str, meant: str) -> None:
    assert undone(written) == meant


def test_nulls_and_order_stay() -> None:
    found = plain(pl.Series("text", ["%70", None, "b", r"\u0070"]))
    assert found.to_list() == ["p", None, "b", "p"]


def test_one_layer_only_for_values() -> None:
    frame = pl.DataFrame({"value": ["a%2Fb", "a%252Fb", "caf%C3%A9"]})
    assert frame.select(unescape(pl.col("value")))["value"].to_list() == [
        "a/b",
        "a%2Fb",
        "caf%C3%A9",
    ]


def test_every_character_that_idna_reads_as_a_letter_of_a_name() -> None:
    """Against the tables of the idna package, which canonical hosts go through."""
    wrong = []
    for code in [*range(0x80, 0xD800), *range(0xE000, 0x20000)]:
        character = chr(code)
        try:
            meant = idna.uts46_remap(character, std3_rules=True)
        except idna.IDNAError:
            continue
        ascii_only = meant != character and meant.isascii() and meant
        if ascii_only and lookalike_characters().get(character) != meant:
            wrong.append((hex(code), meant))
    assert wrong == []


def test_every_character_that_idna_drops() -> None:
    """282 of them were missed: a name with one among its letters was passed over."""
    dropped = []
    for code in [*range(0x80, 0xD800), *range(0xE000, 0x110000)]:
        try:
            if idna.uts46_remap(f"a{chr(code)}b", std3_rules=True) == "ab":
                dropped.append(chr(code))
        except idna.IDNAError:
            continue
    assert len(dropped) > 290
    assert dropped == [one for one, meant in lookalike_characters().items() if not meant]


def spellings(character: str) -> list[str]:
    code = ord(character)
    full = chr(code + 0xFEE0)
    return [
        character,
        character.upper(),
        f"%{code:02x}",
        f"%{code:02X}",
        f"%25{code:02X}",
        f"%252525{code:02x}",
        rf"\u{code:04x}",
        rf"\x{code:02x}",
        f"&#{code};",
        f"&#x{code:X};",
        full,
        "".join(f"%{byte:02X}" for byte in full.encode()),
        "".join(f"%25{byte:02x}" for byte in full.encode()),
    ]


@given(st.tuples(*[st.sampled_from(spellings(character)) for character in NAME]))
def test_any_mixture_is_spelled_out(letters: tuple[str, ...]) -> None:
    assert undone("".join(letters)) == NAME


@given(st.tuples(*[st.sampled_from(spellings(character)) for character in NAME]))
def test_bytes_are_revealed_like_text(letters: tuple[str, ...]) -> None:
    assert revealed("".join(letters).encode()).lower() == NAME.encode()


PIECES = [
    *"pimeyes.com", "pimeyes", ".com", "%", "%25", "%2570", "%5c", "%5Cu0070", "\\", "\\\\u002e", "\\/",
    "&", "&amp;", "amp;", "#112;", "&#x70;", "&amp;amp;#46;", "%26%23112;", "u0070", "70", "6", "%EF%BD",
    "%90", "\u00ad", "ｐ", "。", "é", " ", "\r",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=24).map("".join))
def test_whatever_text_reveals_bytes_reveal_too(text: str) -> None:
    if NAME in undone(text):
        assert NAME.encode() in revealed(text.encode()).lower()


#: A letter, written by one way or by one way inside another: what hints must never miss.
ESCAPES = (
    *(
        "%70",
        "%2570",
        r"\u0070",
        r"\\u0070",
        r"\x70",
        "&#112;",
        "&#x70;",
        "&amp;#112;",
        "&amp;amp;#x70;",
    ),
    *(r"\u002570", r"\x2570", r"\04570", "&#37;70", "&#x25;70", "&amp;#37;70"),
    *("%5cu0070", "%5Cx70", "%255cu0070", "&#92;u0070", "&#x5c;x70"),
    *(
        "%26#112;",
        "%26%23112;",
        "%26%23x70%3b",
        "%2526%2523112%253b",
        "%26amp;#112;",
        "%26amp;%23112;",
    ),
    *(r"\u0026#112;", r"\x26#x70;", r"\046#112;", r"\u0026\u0023112\u003b", r"\u0026amp;#112;"),
    *(
        "&%23112;",
        "&#112%3b",
        "&#x70%253B",
        r"&\u0023112;",
        r"&#112\x3b",
        "&#38;#112;",
        "&&#35;112;",
    ),
    *(r"&#112\073", "&#112&#59;", r"&\043112;", r"\%75%30%30%37%30", "&#%31%31%32;"),
)


@pytest.mark.parametrize("written", ESCAPES)
@pytest.mark.parametrize("upper", [False, True])
def test_an_escape_inside_another_is_a_hint(written: str, upper: bool) -> None:
    """Else the prefilter would pass over a line in which the rules find a name."""
    line = f"GET http://a.example/?u={written.upper() if upper else written}imeyes.com"
    assert NAME in undone(line)
    hints = Patterns([*chain(*hints_to(["pimeyes"]))])
    assert hints.find(line.encode())
    assert NAME.encode() in revealed(line.encode()).lower()


def test_a_short_label_is_looked_for_with_the_sign_behind_it() -> None:
    """Alone it is in every line of some logs: `ru` of a name in `Trust`."""
    (escapes,) = hints_to(["ru", "pimeyes", "mypimeyes"]).escapes
    ways = escapes.split("|")
    assert {"ru%(?:25)*2[de]", "ru-%(?:25)*2[de]", "(?:pimeyes)-?%(?:25)*2[de]"} <= {*ways}


def test_plain_addresses_are_no_hints() -> None:
    hints = Patterns([*chain(*hints_to(["pimeyes"]))])
    line = (
        rb"http://a.example/one%2Dtwo%2ejpg?q=caf%C3%A9+5%25&amp;b=%26c%3B%23d&#39;\u0026e=\u00e9"
    )
    assert hints.find(line) == []


@given(st.binary(max_size=60))
def test_revealing_makes_and_loses_no_line_end(data: bytes) -> None:
    data += rb" %0a \x0d \u000a &#10; %250D"
    assert revealed(data).count(b"\n") == data.count(b"\n")
