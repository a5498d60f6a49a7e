"""The rows of lists that what is said of hits and mentions rests on: what a package keeps of them.

All rows of an account or an address are kept, whatever their days: that none of them has the day of
a hit is said of it, too. Of an account that neither a hit, a mention nor such an address names, no
row is kept.
"""

from collections.abc import Iterable
from typing import Final

import polars as pl

from logan.people.registers import ADDRESSES, PeopleRegisters
from logan.people.spans import match_key
from logan.runtime.cell_text import safe_text

#: The columns of hits and mentions that name whose they are.
NAMED: Final = ("user", "client_ip")


def find_used(
    cells: pl.DataFrame, mentions: Iterable[pl.DataFrame], registers: PeopleRegisters
) -> dict[str, pl.DataFrame]:
    """The rows by their table, in the order of the lists.

    `cells` are those of `people_cells.count_cells`, `mentions` have the columns `NAMED`.
    """
    listed = registers.addresses
    keys = [_of_hits(cells), *(_of_mentions(rows) for rows in mentions)]
    named, addresses = (pl.concat(one).unique() for one in zip(*keys, strict=True))
    owned = None if listed is None else _rows_of(listed, "address", addresses)
    owners = [] if owned is None else [owned.select(match_key(pl.col("account"))).to_series()]
    accounts = pl.concat([named, *owners]).drop_nulls().unique()
    return {
        "people_used.csv": _rows_of(registers.people, "account", accounts),
        "addresses_used.csv": pl.DataFrame(schema=ADDRESSES) if owned is None else owned,
    }


def _of_hits(cells: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """The accounts and addresses, as `match_key` makes them."""
    account, address = (
        cells[name].drop_nulls().unique().cast(pl.String) for name in ("account", "address")
    )
    return account, address.to_frame("address").select(match_key(pl.col("address"))).to_series()


def _of_mentions(rows: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    nameless = pl.when(pl.col("user").is_null()).then("client_ip")
    keys = rows.select(match_key(pl.col("user")), address=match_key(nameless))
    return keys["user"].drop_nulls().unique(), keys["address"].drop_nulls().unique()


def _rows_of(listed: pl.DataFrame, column: str, keys: pl.Series) -> pl.DataFrame:
    """The rows of a list about some accounts or addresses, as a table has them."""
    known = listed[column].unique().cast(pl.String).to_frame(column)
    named = known.filter(match_key(pl.col(column)).is_in(keys.implode()))
    used = listed.filter(pl.col(column).is_in(named[column].cast(listed[column].dtype).implode()))
    texts = used.cast({pl.Categorical: pl.String})
    return texts.with_columns(safe_text(pl.col(column)), row="line")
