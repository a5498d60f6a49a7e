"""What stands in a cell of a CSV file: text that neither a terminal nor a spreadsheet obeys.

Every row is one line of the file. As logged, a value stands in the log, at its `source` and `line`.
"""

from io import BytesIO
from typing import Final

import polars as pl

from logan.runtime.cell_text import DOUBTFUL, write_text

#: Only a text with one of these can be unsafe (`DOUBTFUL`) or need quotes in a CSV file.
_ODD: Final = r"[^ !#-+\--~]|^ *[=+\-@]|^$"


def write_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn every column into what is written: safe text, times in ISO 8601 with `Z`.

    Times have no fraction if it is zero, else 3 or 6 digits as needed. Numbers, booleans and nulls
    (empty cells) stay. Texts that could run as a formula get a `'` in front.
    """
    return _write_cells(frame, [name for name, kind in frame.schema.items() if kind == pl.String])


def write_lines(frame: pl.DataFrame) -> tuple[pl.DataFrame, BytesIO]:
    """Rows as `write_cells` gives them, and as lines of a CSV file without its head.

    Most rows have nothing odd: then nobody need look for what wants quotes, which takes as long as
    all else about the lines.
    """
    odd = _find_odd(frame)
    cells = _write_cells(frame, odd)
    unquoted = not odd and _has_plain_words(frame)
    lines = BytesIO()  # bytes at once: as a string they would be copied twice
    cells.write_csv(
        lines,
        include_header=False,
        line_terminator="\r\n",
        quote_style="never" if unquoted else "necessary",
    )
    return cells, lines


def _write_cells(frame: pl.DataFrame, texts: list[str]) -> pl.DataFrame:
    """Write the cells of a frame of which these columns alone can have unsafe texts."""
    doubts = frame.select(pl.col(texts).str.contains(DOUBTFUL).any())
    times = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)]
    return frame.with_columns(
        *(_write_time(pl.col(name)) for name in times),
        *(write_text(pl.col(name)).alias(name) for name in texts if doubts[name].item()),
    )


def _find_odd(frame: pl.DataFrame) -> list[str]:
    """The columns with a text that is odd."""
    found = frame.select(pl.selectors.string().str.contains(_ODD).any())
    return [name for name in found.columns if found[name].item()]


def _has_plain_words(frame: pl.DataFrame) -> bool:
    """True where no column of given words has one that wants quotes, as far as it tells."""
    return not any(
        kind == pl.Categorical
        or (isinstance(kind, pl.Enum) and kind.categories.str.contains(_ODD).any())
        for kind in frame.schema.values()
    )


def _write_time(column: pl.Expr) -> pl.Expr:
    return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")
