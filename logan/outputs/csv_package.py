"""The folder of CSV files for people and programs that check the numbers (`--export DIR`).

RFC 4180: UTF-8 without a byte order mark, one header row, CRLF. The files are private (0600, the
folder 0700), in an order that does not depend on the order of the inputs, and equal byte for byte
if the inputs are.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import polars as pl

from logan.errors import UsageError
from logan.outputs.cells import write_cells
from logan.result import Run, ScanResult
from logan.runtime.ordered_map import ahead
from logan.runtime.whole_folder import write_whole
from logan.schema import HITS_CSV, REJECTS_CSV, SOURCES_CSV, USERS_CSV, WINDOWS_CSV
from logan.tables.selection import select
from logan.tables.spans import Window
from logan.tables.summary import Summary, summarise
from logan.tables.users import USERS_ORDER
from logan.vocabulary import Bin

#: The files of a package and their columns.
FILES: Final = {
    "hits.csv": HITS_CSV,
    "mentions.csv": HITS_CSV,
    "users.csv": USERS_CSV,
    "windows.csv": WINDOWS_CSV,
    "sources.csv": SOURCES_CSV,
    "rejects.csv": REJECTS_CSV,
}

_FOUND_ORDER: Final = ("time", "source", "line")
#: Rows that are sorted and written at once: what bounds the memory of an export.
_CHUNK: Final = 12_000
#: Times are parted no finer than this.
_STEP: Final = timedelta(minutes=1)


def write_package(
    result: ScanResult, folder: Path, *, window: Window | None = None, queries: bool = False
) -> None:
    """Write the package of a result, replacing an earlier one only when the new one is whole.

    `path` holds the path alone, or with `queries` the query string too; referrers are written
    nowhere but in the text of rejects. Raises `UsageError` if the folder holds anything but an
    earlier package, `OutputError` if it cannot be written.
    """
    check_folder(folder)
    write_tables(summarise(result, window=window), folder, queries=queries)


def write_tables(summary: Summary, folder: Path, *, queries: bool = False) -> None:
    """Write the package of a summary that is computed already."""
    check_folder(folder)
    result = summary.result
    with write_whole(folder) as fresh:
        outcomes: tuple[tuple[str, Bin], ...] = (("hits.csv", "hit"), ("mentions.csv", "mention"))
        for name, outcome in outcomes:
            runs = _follow(result, partial(_findings, result, outcome, queries=queries))
            _write(fresh / name, _sort(runs, _FOUND_ORDER, by="time", step=_STEP))
        users = _sort([Run(summary.users)], USERS_ORDER, by="hits", ties="user", descending=True)
        _write(fresh / "users.csv", users)
        _write(fresh / "windows.csv", [summary.windows.lazy()])
        _write(fresh / "sources.csv", [summary.sources.lazy()])
        rejects = _choose_text(result.rejects, queries=queries)
        order = ["source", "line", "reason"]
        _write(fresh / "rejects.csv", _sort([Run(rejects)], order, by="source"))


def check_folder(folder: Path) -> None:
    """Make sure that a package may take this place; worth asking before a long scan.

    A folder may be replaced if it is empty or holds a package and nothing else.
    """
    if not folder.exists():
        return
    advice = "name a new or empty folder, or one that logan wrote, with --export"
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is a file of this name; {advice}")
    names = {path.name for path in folder.iterdir()}
    if strange := sorted(names - FILES.keys()):
        raise UsageError(f"{folder}: holds {strange[0]!r}, which is not of an export; {advice}")
    for name in sorted(names):
        with (folder / name).open("rb") as file:
            if file.readline(1000) != _head(FILES[name]):
                raise UsageError(f"{folder / name}: is not a file that logan wrote; {advice}")


def _follow(result: ScanResult, query: Callable[[pl.LazyFrame], pl.LazyFrame]) -> list[Run]:
    """The findings of a result, run by run, as a query shows them."""
    return [run._replace(rows=query(run.rows)) for run in result.runs or (Run(result.found),)]


def _findings(
    result: ScanResult, outcome: Bin, found: pl.LazyFrame, *, queries: bool
) -> pl.LazyFrame:
    """The selected findings of one bin, with the columns that are written."""
    rows = select(found, result.selection, outcome=outcome)
    if queries:
        question = pl.concat_str(pl.lit("?"), "query").fill_null("")
        rows = rows.with_columns(path=pl.concat_str("path", question))
    else:
        rows = rows.with_columns(**result.redactions)
    return rows.select(HITS_CSV)


def _choose_text(rejects: pl.LazyFrame, *, queries: bool) -> pl.LazyFrame:
    """Give rejects with their text; without `queries`, what follows the `?` of an address is cut.

    Nobody knows the fields of a line that could not be parsed, so this is all that can be done: a
    query string in a field of its own (W3C) stays.
    """
    if not queries:
        cut = pl.col("text").str.replace_all(r"\?[^\s\"]+", "?[query left out]")
        rejects = rejects.with_columns(text=cut)
    return rejects.select(REJECTS_CSV)


def _sort(
    runs: Sequence[Run],
    order: Sequence[str | pl.Expr],
    *,
    by: str,
    step: timedelta | None = None,
    ties: str | None = None,
    descending: bool = False,
) -> Iterator[pl.LazyFrame]:
    """Give all rows in order, in frames of about `_CHUNK` rows, so that none must hold them all.

    `by` is the column that the order begins with; rows of equal `by` (of times: within one `step`)
    come together, unless a column of text that follows in the order parts `ties`. Nulls come last.
    """
    column = pl.col(by)
    part = column if step is None else column.dt.truncate(step)
    sizes = pl.concat([run.rows for run in runs]).group_by(part.alias("part")).len()
    ordered = sizes.sort("part", descending=descending, nulls_last=True)
    group: list[Any] = []
    held = 0
    listed = ordered.collect(engine="streaming").rows()
    for (value, size), (following, _) in pairwise([*listed, (None, 0)]):
        group.append(value)
        held += size
        if held >= _CHUNK or following is None:
            if value is None:
                rows = _near(runs).filter(column.is_null())
            else:
                low, high = min(group), max(group)
                rows = _near(runs, low, high, step).filter(_within(column, low, high, step))
            for within in _part(rows, ties) if ties and len(group) == 1 else [True]:
                yield rows.filter(within).sort(order, nulls_last=True)
            group, held = [], 0


def _near(
    runs: Sequence[Run], low: Any = None, high: Any = None, step: timedelta | None = None
) -> pl.LazyFrame:
    """The runs that may have rows from `low` to the end of what `high` begins; None: all."""
    near = [
        run.rows
        for run in runs
        if None in (run.first, run.last, low, step) or (run.first < high + step and low <= run.last)
    ]
    return pl.concat(near)


def _part(rows: pl.LazyFrame, text: str) -> Iterator[pl.Expr]:
    """Give conditions that part rows into about `_CHUNK` each, in order of a column; nulls last."""
    column = pl.col(text)
    ordered = rows.select(column).collect(engine="streaming").to_series().sort(nulls_last=True)
    bounds = ordered.gather_every(_CHUNK, offset=_CHUNK).drop_nulls().unique(maintain_order=True)
    for low, high in pairwise([None, *bounds, None]):
        from_low = pl.lit(value=True) if low is None else column >= low
        to_high = pl.lit(value=True) if high is None else column < high
        within = from_low & to_high
        yield within.fill_null(value=True) if high is None else within.fill_null(value=False)


def _within(column: pl.Expr, low: Any, high: Any, step: timedelta | None) -> pl.Expr:
    """True from `low` to the end of what `high` begins; plain bounds, so that files can skip."""
    if step is None:
        return column.is_between(pl.lit(low), pl.lit(high))
    return column.is_between(pl.lit(low), pl.lit(high + step), closed="left")


def _head(columns: Iterable[str]) -> bytes:
    return ",".join(columns).encode() + b"\r\n"


def _write(path: Path, queries: Iterable[pl.LazyFrame]) -> None:
    """Write one file, header first, and bring it to disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(_head(FILES[path.name]))
        for texts in ahead(_render, queries):
            for text in texts:
                file.write(text.getbuffer())
        file.flush()
        os.fsync(file.fileno())


def _render(query: pl.LazyFrame) -> list[BytesIO]:
    """The lines of a file that some rows are."""
    rows = query.collect(engine="streaming")
    texts = []
    for some in rows.iter_slices(2 * _CHUNK):
        text = BytesIO()  # bytes at once: as a string they would be copied twice
        write_cells(some).write_csv(text, include_header=False, line_terminator="\r\n")
        texts.append(text)
    return texts
