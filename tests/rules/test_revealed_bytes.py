"""Lines spelled out, on bytes: each character and each escape, alone and among many."""

import pytest

from logan.rules.revealed_bytes import revealed
from logan.rules.spelling import lookalike_characters

CHARACTERS = lookalike_characters()


def test_each_character_is_replaced_alone_and_among_all_others() -> None:
    """One way serves few different characters of a text, another one many."""
    for one, meant in CHARACTERS.items():
        assert revealed(f"p{one}q é".encode()) == f"p{meant}q é".encode()
    together = "".join(f"p{one}q é\n" for one in CHARACTERS)
    assert revealed(together.encode()).decode() == "".join(
        f"p{meant}q é\n" for meant in CHARACTERS.values()
    )


@pytest.mark.parametrize("before", [b"\xe2\x80", b"\xf0\x9f", b"\xc3", b"\xef\xbd", b"\x80", b"%"])
def test_bytes_that_are_no_character_hide_none_behind_them(before: bytes) -> None:
    assert revealed(before + "ｐ imeyes".encode() + before) == before + b"p imeyes" + before


@pytest.mark.parametrize(
    "text", [b"%", b"%7", b"%70", b"x%70", b"\\u007", b"&#11", b"\xef\xbd", b""]
)
def test_an_escape_is_undone_up_to_the_last_byte(text: bytes) -> None:
    assert revealed(text) == text.replace(b"%70", b"p")


@pytest.mark.parametrize("text", [rb"\ud83d\ude00", rb"\\ud83d\u00z", b"&amp;amp;", b"&#9999999;"])
def test_what_stands_for_no_letter_is_kept_or_made_a_character(text: bytes) -> None:
    meant = {rb"\ud83d\ude00": "😀".encode(), b"&amp;amp;": b"&"}
    assert revealed(b"a" + text + b"b") == b"a" + meant.get(text, text) + b"b"
