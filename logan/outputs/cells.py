"""What stands in a cell of a CSV file: text that neither a terminal nor a spreadsheet obeys.

Every row is one line of the file. As logged, a value stands in the log, at its `source` and `line`.
"""

import polars as pl

from logan.runtime.cell_text import DOUBTFUL, write_text


def write_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn every column into what is written: safe text, times in ISO 8601 with `Z`.

    Times have no fraction if it is zero, else 3 or 6 digits as needed. Numbers, booleans and nulls
    (empty cells) stay. Texts that could run as a formula get a `'` in front.
    """
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    doubts = frame.select(pl.col(texts).str.contains(DOUBTFUL).any())
    times = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)]
    return frame.with_columns(
        *(_write_time(pl.col(name)) for name in times),
        *(write_text(pl.col(name)).alias(name) for name in texts if doubts[name].item()),
    )


def _write_time(column: pl.Expr) -> pl.Expr:
    return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")
