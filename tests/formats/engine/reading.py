"""Lines through the expressions of a reader, as a table reads them."""

import polars as pl

from logan.formats.engine.layout import Layout
from logan.formats.engine.reader import Reader, cell_column


def read(
    reader: Reader, layout: Layout, lines: list[str], *names: str
) -> list[dict[str, str | None]]:
    """Every line: its `reason`, and the named cells."""
    frame = pl.LazyFrame({"text": lines}, schema={"text": pl.String})
    for step in reader.steps(layout, frozenset(names)):
        frame = frame.with_columns(**step)
    cells = {name: cell_column(name) for name in names}
    return frame.select(reason=reader.reason(layout), **cells).collect().to_dicts()
