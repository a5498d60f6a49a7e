"""Whether a package says of its hits what the rows of lists say that it keeps.

Row by row, and every table of people: who alters what is said of one person, and all sums with it,
is found, unless the kept rows are altered too. Those only the lists can show to be theirs.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl

from logan.outputs.people_files import decide_columns, write_people_tables
from logan.package.faults import PackageFault
from logan.package.kept_lists import read_kept_lists
from logan.package.people_rows import count_package_people, typed_rows
from logan.package.reading import Package
from logan.package.row_differences import compare_tables
from logan.people.decisions import PeopleMatcher
from logan.runtime.cell_text import safe_text
from logan.schema import PEOPLE_COLUMNS, PEOPLE_TABLES
from logan.vocabulary import Bin

_MEANING: Final = (
    "one of them was altered, or logan was wrong; trust no number about persons and units until "
    "that is settled"
)
_ROWS: Final[dict[str, Bin]] = {"hits.csv": "hit", "mentions.csv": "mention"}


def check_kept_lists(package: Package) -> Iterator[PackageFault]:
    """Decide again of every hit and mention, count again, and name the first row that differs."""
    matcher = PeopleMatcher(read_kept_lists(package))
    for table, outcome in _ROWS.items():
        yield from _check_rows(package, matcher, table, outcome)
    counts = count_package_people(package, matcher)
    with TemporaryDirectory(prefix="logan-verify-") as temporary:
        again = Path(temporary)
        write_people_tables(counts, again)
        for name in PEOPLE_TABLES:
            for one in compare_tables(name, package.folder / name, again / name):
                place = name if one.line is None else f"{name}:{one.line}"
                yield PackageFault(place, _name_fault(one.column), _MEANING)


def _check_rows(
    package: Package, matcher: PeopleMatcher, table: str, outcome: Bin
) -> Iterator[PackageFault]:
    """The first row of which lists say something else than the row."""
    first = 2  # the line of the first row
    for batch in package.batches(table):
        decided = decide_columns(typed_rows(batch), matcher, outcome)
        made = decided.select(safe_text(pl.all())).rename(lambda name: f"made {name}")
        both = batch.select(PEOPLE_COLUMNS).hstack(made)
        for name in PEOPLE_COLUMNS:
            off = both.select(pl.col(name).ne_missing(pl.col(f"made {name}")).arg_true())
            if len(off):
                line = first + int(off[name][0])
                yield PackageFault(f"{table}:{line}", _name_fault(name), _MEANING)
                return
        first += batch.height


def _name_fault(column: str | None) -> str:
    what = "has a row too many or too few, if" if column is None else f"`{column}` is not as"
    return f"{what} counted by the rows of lists that the package keeps"
