"""A fast path gives what the fallback gives."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from logan.runtime.fast_path import normalised, where_full, with_fallback

texts = st.lists(st.none() | st.text("abAB", max_size=3), max_size=8)


@given(texts)
def test_normalising_exceptions_is_normalising_all(values: list[str | None]) -> None:
    frame = pl.DataFrame({"x": values}, schema={"x": pl.String})
    found = frame.select(
        short=normalised(pl.col("x"), "[A-Z]", lambda cell: cell.str.to_lowercase()),
        long=pl.col("x").str.to_lowercase(),
    )
    assert found["short"].to_list() == found["long"].to_list()


def test_what_is_mended_may_become_nothing() -> None:
    frame = pl.DataFrame({"x": ["-", "a", None]})
    found = frame.select(normalised(pl.col("x"), "^-$", lambda cell: cell.replace("-", None)))
    assert found["x"].to_list() == [None, "a", None]


def test_each_different_exception_is_normalised_once() -> None:
    seen: list[list[str]] = []

    def noted(cells: pl.Series) -> pl.Series:
        seen.append(cells.to_list())
        return cells

    frame = pl.DataFrame({"x": ["-", "a", "-"]})
    frame.select(
        normalised(pl.col("x"), "-", lambda cell: cell.map_batches(noted, return_dtype=pl.String))
    )
    assert seen == [["-"]]


@given(texts)
def test_empty_cells_are_not_read(values: list[str | None]) -> None:
    frame = pl.DataFrame({"x": values}, schema={"x": pl.String})
    found = frame.select(
        short=where_full(pl.col("x"), lambda cell: cell.str.len_bytes(), pl.Int64),
        long=pl.when(pl.col("x") != "").then(pl.col("x").str.len_bytes().cast(pl.Int64)),
    )
    assert found["short"].to_list() == found["long"].to_list()


@given(st.lists(st.booleans(), max_size=9))
def test_marked_rows_take_what_is_read_for_them_in_order(marks: list[bool]) -> None:
    left = pl.Series(marks, dtype=pl.Boolean)
    fast = pl.Series([f"u{row}" for row in range(len(marks))], dtype=pl.String)
    read = pl.Series([f"o{row}" for row, mark in enumerate(marks) if mark], dtype=pl.String)
    assert with_fallback(fast, left, lambda: read).to_list() == [
        f"o{row}" if mark else f"u{row}" for row, mark in enumerate(marks)
    ]


def test_nothing_is_read_where_no_row_is_marked() -> None:
    fast = pl.Series([1, 2])
    assert with_fallback(fast, pl.Series([False, False]), lambda: 1 / 0).to_list() == [1, 2]  # type: ignore[arg-type]
