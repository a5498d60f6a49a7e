"""Accounts of `people.csv`: a row may name several, in several columns and in one cell."""

from typing import Final

import polars as pl

from logan.people.columns import RegisterCells
from logan.people.remarks import FileRemarks, count_rows
from logan.people.texts import say_lost_letters
from logan.records.accounts import account_key

#: An address among those of a mailbox: `SMTP:a@x;smtp:b@x;X500:/o=...` (Microsoft: proxyAddresses).
_MAIL: Final = r"(?i)(?:^|[;,|\s])(?:smtp:)?([^;,|\s:]+@[^;,|\s:]+)"
_MAIL_PREFIX: Final = r"(?i)^[;,|\s]?(?:smtp:)?"
_MAILBOX: Final = "proxyAddresses"
#: No account of Active Directory has one of these in its name: such a cell has several.
_BETWEEN: Final = r"[;\n]"


def read_accounts(cells: RegisterCells, remarks: FileRemarks) -> pl.DataFrame:
    """The accounts of all rows as `account_key` makes them: `row` (from 0) and `account`, in order.

    Those of one row stand in the order of the columns they come from, each once.
    """
    row = pl.int_range(len(cells.line), eager=True, dtype=pl.Int64).alias("row")
    given = pl.concat(
        pl.DataFrame([row, texts.alias("account")]).pipe(_each_of_several, heading)
        for heading, texts in cells.columns["account"]
    ).drop_nulls("account")
    found = given.with_columns(account=account_key(pl.col("account")))
    _say_unused(cells.line, given, found, remarks)
    found = found.drop_nulls("account")
    if len(cells.columns["account"]) > 1 or found["row"].is_duplicated().any():
        found = found.sort("row", maintain_order=True).unique(maintain_order=True)
    say_lost_letters(found["account"], cells.line.gather(found["row"]), remarks)
    return found


def _each_of_several(given: pl.DataFrame, heading: str) -> pl.DataFrame:
    """The rows with a row for each account of a cell."""
    texts = given["account"]
    if heading == _MAILBOX:
        mails = pl.col("account").str.extract_all(_MAIL)
        each = given.with_columns(mails).explode("account")
        return each.with_columns(pl.col("account").str.replace(_MAIL_PREFIX, ""))
    if not texts.str.contains(_BETWEEN).any():
        return given
    each = given.with_columns(pl.col("account").str.replace_all("\n", ";").str.split(";"))
    return each.explode("account").with_columns(pl.col("account").str.strip_chars())


def _say_unused(
    line: pl.Series, given: pl.DataFrame, found: pl.DataFrame, remarks: FileRemarks
) -> None:
    """Limits for rows without an account, and for accounts that logs use for nobody."""
    nobody = found["account"].null_count()
    if nobody:
        remarks.limit(
            f"has {nobody:,} accounts that in logs are nobody (`-`, an address ...): not used"
        )
    if without := len(line) - given["row"].n_unique():
        remarks.limit(f"has no account on {count_rows(without)}: not used")
