"""The whole page: stored golden pages, hostile names, dumb terminals.

After a change that is meant, renew the stored pages and read the difference before committing:

    LOGAN_RENEW_GOLDEN=1 pytest tests/outputs/test_console.py
"""

import io
import os
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from logan.outputs.console import print_summary
from logan.tables.summary import Summary, summarise
from tests.builders import hit, result
from tests.outputs.stories import HOSTILE, STORIES

GOLDEN = Path(__file__).with_name("golden")
WIDTHS = (60, 80, 160)
STYLE = re.compile(r"\x1b\[[0-9;]*m")


@cache
def tell(story: str) -> Summary:
    return summarise(STORIES[story]())


def render(story: str, *, width: int = 80, top: int | None = 10) -> str:
    stream = io.StringIO()
    print_summary(tell(story), console=Console(file=stream, width=width), top=top)
    return stream.getvalue()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("story", STORIES)
def test_the_page_is_the_stored_one(story: str, width: int) -> None:
    page, stored = render(story, width=width), GOLDEN / f"{story}-{width}.txt"
    if os.environ.get("LOGAN_RENEW_GOLDEN"):
        stored.write_text(page, encoding="utf-8", newline="\n")
    assert page == stored.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("story", STORIES)
def test_no_line_is_wider_than_the_page_or_ends_in_blanks(story: str, width: int) -> None:
    for line in render(story, width=width).splitlines():
        assert cell_len(line) <= width, line
        assert line == line.rstrip(), line


def test_every_stored_page_has_its_story() -> None:
    stored = {path.name for path in GOLDEN.glob("*.txt")}
    assert stored == {f"{story}-{width}.txt" for story in STORIES for width in WIDTHS}


def test_the_headline_is_the_first_line_and_names_unit_and_window() -> None:
    first = render("quarter").splitlines()[0]
    assert first == "2,337 hits on PimEyes by 41 users in 90 days, 1 Jan to 30 Mar 2024"


def test_what_is_incomplete_is_said_before_anything_else() -> None:
    lines = render("incomplete").splitlines()
    assert lines[0].startswith("INCOMPLETE: 2 of 5 sources")
    assert "At least 2,337 hits on PimEyes" in render("incomplete")
    assert "INCOMPLETE" not in render("quarter")


def test_long_tables_say_what_they_leave_out_and_how_to_see_it() -> None:
    assert "… and 4,990 more users: --top 0 shows all" in render("many_users")
    whole = render("many_users", top=None)
    assert "more users" not in whole
    assert sum(line.startswith("METRO\\user") for line in whole.splitlines()) == 5000


def test_a_window_without_lines_is_no_data_and_not_zero() -> None:
    (row,) = [line for line in render("year").splitlines() if line.startswith("Mar 2024")]
    assert row.split() == ["Mar", "2024", "no", "data", "0%"]


def test_an_hour_that_comes_twice_is_told_apart() -> None:
    page = render("one_day")
    assert "27 Oct 2024 01:00 BST" in page
    assert "27 Oct 2024 01:00 GMT" in page


def test_a_stream_without_unicode_gets_ascii_and_every_number() -> None:
    for story in STORIES:
        stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        console = Console(file=stream, width=80)
        print_summary(tell(story), console=console, top=None)
        stream.flush()
    ascii_page = stream.buffer.getvalue().decode("ascii")  # type: ignore[attr-defined]
    assert r"\u540d\u5b57" in ascii_page
    assert "#######" in ascii_page


def test_a_dumb_terminal_gets_neither_colour_nor_blocks() -> None:
    stream = io.StringIO()
    console = Console(
        file=stream, width=80, force_terminal=True, _environ={"TERM": "dumb"}, color_system="auto"
    )
    print_summary(tell("quarter"), console=console, top=10)
    assert stream.getvalue().isascii()
    assert "\x1b" not in stream.getvalue()
    assert "####" in stream.getvalue()


def test_colour_changes_no_letter() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=True, color_system="standard")
    print_summary(tell("incomplete"), console=console, top=10)
    assert "\x1b[" in stream.getvalue()
    assert STYLE.sub("", stream.getvalue()) == render("incomplete")


@pytest.mark.parametrize("width", [1, 20, 40])
def test_a_page_too_narrow_still_has_every_number(width: int) -> None:
    assert "2,337" in render("quarter", width=width)


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_names_reach_the_page_as_plain_letters(width: int) -> None:
    page = render("hostile", width=width, top=None)
    assert all(character.isprintable() or character == "\n" for character in page)
    for shown in ("\\x1b[2J", "[red]x[/oops]", "[link=file", "gpj\\u202eexe", "zero\\u200bwidth"):
        assert shown in page


names = st.text(max_size=30) | st.sampled_from(HOSTILE)


@settings(max_examples=60, deadline=None)
@given(names, names, st.sampled_from([20, 80, 160]))
def test_no_name_whatever_moves_the_cursor(user: str, address: str, width: int) -> None:
    rows = [
        hit("2024-01-02 09:30", user.encode("utf-8", "ignore").decode()),
        hit("2024-01-02 09:30", None, client_ip=address.encode("utf-8", "ignore").decode()),
    ]
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=True, color_system="truecolor")
    summary = summarise(result(rows, service_names={"pimeyes": user}))
    print_summary(summary, console=console, top=None)
    plain = STYLE.sub("", stream.getvalue())
    assert all(character.isprintable() or character == "\n" for character in plain)
