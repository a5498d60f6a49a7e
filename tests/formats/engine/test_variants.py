"""Lines of several shapes: the first that fits has the line, and its fields only."""

import polars as pl

from logan.formats.engine.layout import Layout
from logan.formats.engine.pattern import Pattern, Piece
from logan.formats.engine.variants import Variants

WORD = Pattern((Piece("verb", "[a-z]+"), Piece(None, " "), Piece("name", "[a-z.]+")))
NUMBER = Pattern((Piece("verb", "[a-z]+"), Piece(None, " "), Piece("size", "[a-z0-9]+")))
LINES = Variants((("word", WORD), ("number", NUMBER)))
TEXTS = ["get a.example", "get abc", "get 42", "get 4.2", ""]


def table() -> pl.DataFrame:
    frame = pl.DataFrame({"text": TEXTS})
    for step in LINES.prepare(Layout()):
        frame = frame.with_columns(**step)
    return frame.select(shape=LINES.name(), reason=LINES.reason(), **LINES.cells())


def test_the_first_shape_that_fits_has_the_line() -> None:
    assert table()["shape"].to_list() == ["word", "word", "number", None, None]
    assert table()["verb"].to_list() == ["get", "get", "get", None, None]


def test_fields_of_other_shapes_are_null() -> None:
    assert table()["size"].to_list() == [None, None, "42", None, None]
    assert table()["name"].to_list() == ["a.example", "abc", None, None, None]


def test_a_line_of_no_shape_has_a_reason_in_both_worlds() -> None:
    faults = [LINES.fault(text) for text in TEXTS]
    assert [fault is None for fault in faults] == [True, True, True, False, False]
    assert [reason is None for reason in table()["reason"]] == [True, True, True, False, False]


def test_the_fault_is_that_of_the_shape_that_came_furthest() -> None:
    fault = LINES.fault("get 4.2")
    assert fault is not None
    assert fault.found == ".2"
