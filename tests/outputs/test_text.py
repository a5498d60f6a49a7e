"""What `printable` lets through, and what it shows instead."""

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from logan.outputs.text import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("FORCE\\jsmith", "FORCE\\jsmith"),
        ("Åsa Öberg 名字 é", "Åsa Öberg 名字 é"),
        ("[red]x[/oops]", "[red]x[/oops]"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x00\x07\t\r\n\x7f", "\\x00\\x07\\x09\\x0d\\x0a\\x7f"),
        ("\x85\x9b31m", "\\x85\\x9b31m"),
        ("gpj\u202eexe", "gpj\\u202eexe"),
        ("\u2066a\u2069\u200e\u200f", "\\u2066a\\u2069\\u200e\\u200f"),
        ("a\u200bb\u2060c\ufeff", "a\\u200bb\\u2060c\\ufeff"),
        ("a\u2028b\u2029c", "a\\u2028b\\u2029c"),
        ("a\u00a0b\u3000c", "a\\xa0b\\u3000c"),
        ("a\u00adb", "a\\xadb"),
        ("a\u3164b\u115fc\ufe0f", "a\\u3164b\\u115fc\\ufe0f"),
        ("\U000e0041\U0001f600", "\\U000e0041\U0001f600"),
        ("caf\udce9.log", "caf\\xe9.log"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_moves_or_hides_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_what_a_stream_cannot_write_is_shown_as_an_escape() -> None:
    assert printable("Åsa 名", encoding="ascii") == "\\xc5sa \\u540d"
    assert printable("Åsa 名", encoding="latin-1") == "Åsa \\u540d"


@given(st.text(st.characters()))
@example("\x1b]8;;http://x\x07y\x1b]8;;\x07")
@example("\udcff\x9b\u202e")
def test_every_text_becomes_one_line_of_letters(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert printable(shown) == shown
    assert printable(text, encoding="ascii").isascii()


@given(st.text(st.characters()) | st.from_regex(r"\[/?[a-z =:/#@]*\]", fullmatch=True))
def test_no_control_and_no_markup_reaches_a_terminal(text: str) -> None:
    stream = io.StringIO()
    console = Console(
        file=stream, force_terminal=True, color_system=None, width=10_000, legacy_windows=False
    )
    console.print(Text(printable(text)), soft_wrap=True)
    assert stream.getvalue() == printable(text) + "\n"
