"""Columns that fit a width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from logan.outputs.grid import ASCII, UNICODE, Column, clip, draw_bar, fit, lay_out, measure

NAMES = Column("user", ["a" * 40, "b"], right=False, cut="end")
HITS = Column("hits", ["2,337", "1"])
DAYS = Column("days", ["10", "2"], rank=2)
SEEN = Column("last seen", ["x", "y"], rank=1)
TABLE = [NAMES, HITS, DAYS, SEEN]


def lines(width: int, columns: list[Column] | None = None) -> list[str]:
    return [line.plain for line in lay_out(columns or TABLE, width=width, marks=UNICODE)]


def test_numbers_are_aligned_to_the_right_and_names_to_the_left() -> None:
    assert lines(80, [Column("user", ["ann", "b"], right=False), HITS]) == [
        "user   hits",
        "ann   2,337",
        "b         1",
    ]


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (80, ["user", "hits", "days", "last seen"]),
        (41, ["user", "hits", "days", "last seen"]),
        (39, ["user", "hits", "last seen"]),
        (33, ["user", "hits"]),
        (10, ["user", "hits"]),
    ],
)
def test_names_are_cut_before_columns_give_way_by_rank(width: int, titles: list[str]) -> None:
    assert [column.title for column in fit(TABLE, width=width, marks=UNICODE)] == titles


def test_what_would_be_left_out_next_is_cut_first() -> None:
    services = Column("services", ["b" * 30, "b"], rank=7, right=False, cut="end")
    user, _, last = fit([NAMES, HITS, services], width=70, marks=UNICODE)
    assert (user.width, last.width) == (40, 70 - 40 - 5 - 4)
    user, _, last = fit([NAMES, HITS, services], width=60, marks=UNICODE)
    assert (user.width, last.width) == (60 - 16 - 5 - 4, 16)


def test_a_table_without_rows_has_its_titles() -> None:
    assert lines(80, [Column("user", [], right=False), Column("hits", [])]) == ["user  hits"]


@given(st.integers(23, 120), st.lists(st.text(st.characters(categories=["L"])), min_size=1))
def test_no_line_is_wider_than_asked_for(width: int, names: list[str]) -> None:
    columns = [Column("", names, right=False, cut="start"), Column("n", ["1"] * len(names), rank=3)]
    shown = fit(columns, width=width, marks=UNICODE)
    assert measure(shown) <= width
    assert all(cell_len(line) <= width for line in lines(width, columns))


@pytest.mark.parametrize(
    ("text", "width", "end", "clipped"),
    [
        ("short", 5, "end", "short"),
        ("longer", 5, "end", "long…"),
        ("a/b/access.log", 8, "start", "…ess.log"),
        ("名字名字", 5, "end", "名字…"),
        ("名字名字", 4, "end", "名…"),
    ],
)
def test_text_is_cut_with_a_sign(text: str, width: int, end: str, clipped: str) -> None:
    assert clip(text, width, end=end, marks=UNICODE) == clipped  # type: ignore[arg-type]


def test_ascii_cuts_with_dots() -> None:
    assert clip("longer name", 8, end="end", marks=ASCII) == "longe..."


@pytest.mark.parametrize(
    ("share", "bar"), [(0, ""), (1, "████"), (0.5, "██"), (0.53, "██▏"), (0.001, "▏")]
)
def test_a_bar_is_as_long_as_its_share(share: float, bar: str) -> None:
    assert draw_bar(share, 4, marks=UNICODE) == bar


@given(st.floats(0, 1, allow_subnormal=False), st.integers(1, 80))
def test_whatever_is_not_nothing_is_seen(share: float, width: int) -> None:
    for marks in (UNICODE, ASCII):
        bar = draw_bar(share, width, marks=marks)
        assert bool(bar) == (share > 0)
        assert len(bar) <= width
