"""Columns of texts of a register: what a writer's program damaged, and words that are fixed."""

import re
from collections.abc import Mapping
from typing import Final

import polars as pl

from logan.config.shape import suggest
from logan.people.columns import RegisterCells, nearest_name
from logan.people.remarks import FileRemarks, count_rows, quote
from logan.runtime.fast_path import normalised

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
#: Words that registers have for "no matter which".
ANY: Final = ("all", "any", "*", "all services", "any service", "all_activities", "any_activity")
#: What stands between several names in one cell.
_SEVERAL: Final = r"[;,|/&+\n]|\band\b"
#: What an address has in front of the host and behind it.
_AROUND_HOST: Final = r"^(?:[a-z]+://)?(?:www\.)?|[/?#:].*$"
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


def one_blank(texts: pl.Series) -> pl.Series:
    """Names with one blank where there are several, or a line break."""
    cell = normalised(pl.col(texts.name), r"\s\s|[\t\n]", _with_one_blank)
    return texts.to_frame().select(cell).to_series()


def _with_one_blank(cell: pl.Expr) -> pl.Expr:
    return cell.str.replace_all(r"\s+", " ")


def fixed_words(
    cells: RegisterCells,
    name: str,
    known: tuple[str, ...],
    remarks: FileRemarks,
    *,
    any_word: bool = False,
) -> pl.Series:
    """A column of words that are fixed, in lower case; other words are problems.

    With `any_word` a word for all of them (`ANY`) is as good as an empty cell.
    """
    written = cells.texts(name)
    words = written.str.to_lowercase().str.replace_all(r"[\s-]+", "_")
    if any_word:
        words = words.set(words.is_in(ANY).fill_null(value=False), None)
    faults = pl.DataFrame([words.alias("word"), written.alias("written"), cells.line.alias("line")])
    faults = faults.filter(~pl.col("word").is_in(known))
    same = faults.group_by("word", maintain_order=True).agg(pl.col("written").first(), "line")
    for word, text, where in same.iter_rows():
        several = [one for one in re.split(_SEVERAL, text) if one.strip().lower() in known]
        what = "several words" if len(several) > 1 else "no such word"
        advice = "Write a row for each of them." if len(several) > 1 else suggest(word, known)
        remarks.refuse_lines(pl.Series(where), f"`{name}` is {quote(text)}, and {what}", advice)
    return words


def service_ids(
    cells: RegisterCells, services: Mapping[str, str], remarks: FileRemarks
) -> pl.Series:
    """The column `service` as lists of ids that rules know; null, and a list of null: any.

    A cell may name several, all of which must be known; of a name that is not known it is a limit.
    """
    names = cells.texts("service")
    lookup = _ServiceNames(services)
    frame = pl.DataFrame([names.alias("name"), cells.line.alias("line")]).drop_nulls("name")
    found: dict[str, list[str | None]] = {}
    for name, where in frame.group_by("name", maintain_order=True).agg("line").iter_rows():
        ids, unknown = lookup.find(name)
        found[name] = ids
        if unknown and len(ids) > 1:
            what = f"`service` is {quote(name)}: {quote(unknown[0])} is no service of the rules"
            remarks.refuse_lines(pl.Series(where), what, "Write a row for each service.")
        elif unknown:
            near = nearest_name(name, tuple(services))
            meant = f"; `{services[near]}` may be meant" if near else ""
            remarks.limit(
                f"names {quote(name)}, which is no service of the rules ({count_rows(len(where))},"
                f" the first on line {where[0]}){meant}"
            )
    lists = pl.DataFrame(
        {"name": [*found], "service": [*found.values()]},
        schema={"name": pl.String(), "service": pl.List(pl.String())},
    )
    joined = (
        names.alias("name").to_frame().join(lists, on="name", how="left", maintain_order="left")
    )
    return joined["service"]


class _ServiceNames:
    """Finds services by id, name, domain or address, whatever the case, blanks and signs."""

    def __init__(self, services: Mapping[str, str]) -> None:
        self._exact = services
        folded: dict[str, set[str]] = {}
        for name, service in services.items():
            folded.setdefault(_letters(name), set()).add(service)
        self._folded = {name: ids.pop() for name, ids in folded.items() if len(ids) == 1}

    def find(self, cell: str) -> tuple[list[str | None], list[str]]:
        """The ids of all that a cell names, and the names that are not known; those stay."""
        if cell.strip().lower() in ANY:
            return [None], []
        if (whole := self._one(cell)) is not None:
            return [whole], []
        parts = [part.strip() for part in re.split(_SEVERAL, cell) if part.strip()]
        ids = [self._one(part) for part in parts]
        if len(parts) < 2 or not any(ids):
            return [cell], [cell]
        unknown = [part for part, one in zip(parts, ids, strict=True) if one is None]
        return [one or part for part, one in zip(parts, ids, strict=True)], unknown

    def _one(self, name: str) -> str | None:
        bare = name.strip().lower()
        host = bare if " " in bare else re.sub(_AROUND_HOST, "", bare)
        return self._exact.get(host) or self._folded.get(_letters(host))


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
