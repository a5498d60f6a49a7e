"""Columns of texts of a register: what a writer's program damaged, and words that are fixed."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from logan.config.shape import suggest
from logan.people.columns import RegisterCells, nearest_name
from logan.people.remarks import FileRemarks, count_rows, quote

#: Cells that hold no longer what somebody wrote, each with what became of it and what to do.
_DAMAGE: Final[Mapping[str, tuple[str, str]]] = {
    r"^[0-9](?:[.,][0-9]+)?E\+[0-9]+$": (
        "a number that Excel rounded; its digits are lost",
        "Import the column as text (Data > From Text/CSV), and save it again.",
    ),
    r"^#(?:N/A|[A-Z]+[/0-9]*[!?])$": (
        "an error of a formula",
        "Correct the formula in the spreadsheet, and save it again.",
    ),
    r"^(?:System|Microsoft[.]ActiveDirectory)[.][A-Za-z.]+(?:\[\])?$": (
        "the name of a type, which PowerShell writes for several values",
        "Join them: Select-Object @{n='proxyAddresses';e={$_.proxyAddresses -join ';'}}.",
    ),
}
_ANY_DAMAGE: Final = "|".join(_DAMAGE)
#: What stands for a letter that an encoding does not have; no account of Active Directory has one.
_LOST_LETTER: Final = "[?\ufffd]"


def refuse_damaged(cells: RegisterCells, remarks: FileRemarks) -> None:
    """Problems with all cells that hold no longer what was meant."""
    for name, texts in (one for columns in cells.columns.values() for one in columns):
        damaged = texts.str.contains(_ANY_DAMAGE).fill_null(value=False)
        if damaged.any():
            _refuse_damaged(name, texts.filter(damaged), cells.line.filter(damaged), remarks)


def _refuse_damaged(name: str, texts: pl.Series, line: pl.Series, remarks: FileRemarks) -> None:
    for pattern, (what, advice) in _DAMAGE.items():
        same = texts.str.contains(pattern)
        faults = zip(line.filter(same), texts.filter(same), strict=True)
        remarks.refuse_each(
            ((at, f"`{name}` is {quote(text)}: {what}") for at, text in faults), advice
        )


def say_lost_letters(accounts: pl.Series, line: pl.Series, remarks: FileRemarks) -> None:
    """A limit for accounts with a sign that stands for lost letters."""
    lost = line.filter(accounts.str.contains(_LOST_LETTER).fill_null(value=False))
    if len(lost):
        remarks.limit(
            f"has `?` for lost letters in accounts ({count_rows(len(lost))}, the first on line"
            f" {lost[0]}): they match no log. Export it with -Encoding UTF8"
        )


def fixed_words(
    cells: RegisterCells, name: str, known: tuple[str, ...], remarks: FileRemarks
) -> pl.Series:
    """A column of words that are fixed, in lower case; other words are problems."""
    words = cells.texts(name).str.to_lowercase().str.replace_all(" ", "_")
    faults = pl.DataFrame([words.alias("word"), cells.line.alias("line")]).filter(
        ~pl.col("word").is_in(known)
    )
    for word, where in faults.group_by("word", maintain_order=True).agg("line").iter_rows():
        remarks.refuse_lines(
            pl.Series(where), f"`{name}` is {quote(word)}, and no such word", suggest(word, known)
        )
    return words


def service_ids(
    cells: RegisterCells, services: Mapping[str, str], remarks: FileRemarks
) -> pl.Series:
    """The column `service` by the ids that rules know; a limit for each name that they do not."""
    names = cells.texts("service")
    folded = names.str.to_lowercase()
    unknown = pl.DataFrame([names.alias("name"), cells.line.alias("line")]).filter(
        folded.is_not_null() & ~folded.is_in(list(services))
    )
    for name, where in unknown.group_by("name", maintain_order=True).agg("line").iter_rows():
        near = nearest_name(name, tuple(services))
        meant = f"; `{services[near]}` may be meant" if near else ""
        remarks.limit(
            f"names {quote(name)}, which is no service of the rules ({count_rows(len(where))}, the"
            f" first on line {where[0]}){meant}"
        )
    return folded.replace_strict(
        list(services), list(services.values()), default=names, return_dtype=pl.String
    )
