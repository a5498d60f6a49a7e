"""The columns and files that a package has more where lists of people were given."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from logan.outputs.csv_files import WrittenFile, write_file
from logan.people.decisions import PeopleMatcher
from logan.schema import PEOPLE_COLUMNS, PEOPLE_TABLES
from logan.tables.people_counts import PeopleCounts
from logan.vocabulary import Bin


def decide_columns(rows: pl.DataFrame, matcher: PeopleMatcher, outcome: Bin) -> pl.DataFrame:
    """`schema.PEOPLE_COLUMNS` of rows of `hits.csv` or `mentions.csv`, in their order.

    A mention is no use: nothing is said of its authorisation.
    """
    decided = matcher.decide(rows).select(pl.col(PEOPLE_COLUMNS).cast(pl.String))
    if outcome == "mention":
        nothing = pl.lit(None, pl.String)
        decided = decided.with_columns(authorisation=nothing, reference=nothing)
    return decided


def write_people_tables(counts: PeopleCounts, folder: Path) -> Mapping[str, WrittenFile]:
    """Write the tables of people into a folder that has none of them."""
    return {
        name: write_file(folder / name, columns, [counts.tables[name].lazy()])
        for name, columns in PEOPLE_TABLES.items()
    }
