"""RequiredLiterals, prose and titles for a width."""

import io

import pytest
from rich.console import Console

from logan.outputs.grid import ASCII, UNICODE, TerminalMarks
from logan.outputs.page import Page, open_page


def page(width: int = 40, marks: TerminalMarks = UNICODE) -> Page:
    return Page(Console(file=io.StringIO(), width=width), marks, 10)


@pytest.mark.parametrize(
    ("encoding", "marks"),
    [("utf-8", UNICODE), ("UTF-8", UNICODE), ("ascii", ASCII), ("latin-1", ASCII)],
)
def test_signs_follow_the_encoding_of_the_stream(encoding: str, marks: TerminalMarks) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    assert open_page(Console(file=stream), top=None).marks is marks


def test_prose_hangs_below_its_first_line() -> None:
    wrapped = page(24).wrap("one two three four five six", first="  * ")
    assert [line.plain for line in wrapped] == ["  * one two three four", "    five six"]


def test_prose_without_room_beside_its_word_stands_below() -> None:
    wrapped = page(40).wrap("an authorisation was in force", first="  granted afterwards  2,448  ")
    assert [line.plain for line in wrapped] == [
        "  granted afterwards  2,448",
        "    an authorisation was in force",
    ]
    assert max(len(line.plain) for line in page(24).wrap("word " * 9, first="  shared  16  ")) <= 24


def test_prose_is_made_safe() -> None:
    assert page().wrap("a\x1b[2J\nb")[0].plain == "a\\x1b[2J\\x0ab"


def test_prose_is_never_wider_than_one_reads() -> None:
    assert max(len(line.plain) for line in page(300).wrap("word " * 100)) <= 96


def test_a_note_that_does_not_fit_stands_below_its_title() -> None:
    beside = page(40).title("By user", "a note")
    below = page(10).title("By user", "a note")
    assert [line.plain for line in beside] == ["", "By user  a note"]
    assert [line.plain for line in below] == ["", "By user", "  a note"]


def test_a_cut_is_said_and_no_cut_is_not() -> None:
    assert page().more(0, "users", "how") == page().more(-3, "users", "how") == []
    assert page().more(1200, "users", "how")[0].plain == "… and 1,200 more users: how"
    assert page(marks=ASCII).more(2, "users", "how")[0].plain == "... and 2 more users: how"
