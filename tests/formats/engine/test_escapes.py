"""Escapes that loggers write, undone only where they are whole."""

import polars as pl
import pytest

from logan.formats.engine import escapes


def done(expression: pl.Expr, value: str | None) -> str | None:
    frame = pl.DataFrame({"x": [value]}, schema={"x": pl.String})
    result: str | None = frame.select(y=expression)["y"][0]
    return result


@pytest.mark.parametrize(
    ("logged", "meant"),
    [
        ("FORCE%5Cjdoe", "FORCE\\jdoe"),
        ("J%c3%b6rg", "Jörg"),
        ("J%f6rg", "J%f6rg"),
        ("100%", "100%"),
        (None, None),
    ],
)
def test_percent(logged: str | None, meant: str | None) -> None:
    assert done(escapes.percent(pl.col("x")), logged) == meant


@pytest.mark.parametrize(
    ("logged", "meant"),
    [
        (r"say \x22hi\x22", 'say "hi"'),
        (r"a\"b", 'a"b'),
        (r"FORCE\\jdoe", "FORCE\\jdoe"),
        (r"J\xc3\xb6rg", "Jörg"),
        (r"\xff", r"\xff"),
        (r"C:\temp", r"C:\temp"),
        (None, None),
    ],
)
def test_backslash(logged: str | None, meant: str | None) -> None:
    assert done(escapes.backslash(pl.col("x")), logged) == meant
