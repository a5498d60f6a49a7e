"""All the ways to write a name, undone."""

import idna
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.rules.spelling import lookalike_characters, plain, revealed, unescape

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


@given(st.binary(max_size=60))
def test_revealing_makes_and_loses_no_line_end(data: bytes) -> None:
    data += rb" %0a \x0d \u000a &#10; %250D"
    assert revealed(data).count(b"\n") == data.count(b"\n")
