"""Which columns a register may have, by the names that its writers give them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, NamedTuple

import polars as pl

from logan.people.cell_table import CellTable, fold_name
from logan.people.registers import Role
from logan.people.remarks import FileRemarks


class RegisterColumn(NamedTuple):
    """A column of a register: its name, and other names that it may have instead.

    `each`: all its columns count where a file has several, not the first of them alone.
    """

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    each: bool = False


def _plain(*names: str) -> tuple[RegisterColumn, ...]:
    return tuple(RegisterColumn(name) for name in names)


#: Attributes of Active Directory have other names for some (Microsoft: Active Directory schema;
#: properties of Get-ADUser). That of the first column that a person is known by comes first.
COLUMNS: Final[Mapping[Role, tuple[RegisterColumn, ...]]] = {
    "people": (
        RegisterColumn(
            "account",
            (
                "msDS-PrincipalName",
                "SamAccountName",
                "UserPrincipalName",
                "mail",
                "EmailAddress",
                "proxyAddresses",
            ),
            required=True,
            each=True,
        ),
        RegisterColumn("person", ("EmployeeID", "EmployeeNumber")),
        RegisterColumn("unit", ("Department",)),
        RegisterColumn("role", ("Title",)),
        *_plain("kind", "from"),
        RegisterColumn("until", ("AccountExpirationDate", "accountExpires")),
        *_plain("as_of"),
    ),
    "addresses": (
        RegisterColumn("address", required=True),
        *_plain("account", "device", "from", "until", "origin"),
    ),
    "authorisations": (
        *_plain("reference"),
        RegisterColumn("who", required=True),
        *_plain("service", "activity", "from", "until", "granted_by", "granted_on", "purpose"),
    ),
    "events": (
        RegisterColumn("event", required=True),
        *_plain("service"),
        RegisterColumn("from", required=True),
        *_plain("until", "gateway", "note"),
    ),
}


def known_names(role: Role) -> frozenset[str]:
    """All names that columns of a register may have, folded."""
    return frozenset(
        fold_name(name) for column in COLUMNS[role] for name in (column.name, *column.aliases)
    )


@dataclass(frozen=True, slots=True)
class RegisterCells:
    """A register's cells by their columns: for each the cells of the file that stand for it.

    A column has as many entries as the file has columns for it, each with the name it has there.
    """

    line: pl.Series
    columns: Mapping[str, tuple[tuple[str, pl.Series], ...]]

    def texts(self, name: str) -> pl.Series:
        """The cells of a column, all null where the file has none."""
        found = self.columns[name]
        return found[0][1].alias(name) if found else self._nothing(name)

    def _nothing(self, name: str) -> pl.Series:
        return pl.Series(name, [None], dtype=pl.String).new_from_index(0, len(self.line))


def register_cells(role: Role, table: CellTable, remarks: FileRemarks) -> RegisterCells | None:
    """The table's cells by the columns of a register; None where a required one lacks.

    What lacks and what stands twice is a problem; a name that looks misspelt is a limit.
    """
    places: dict[str, int] = {}
    for place, name in enumerate(table.header):
        folded = fold_name(name)
        if folded in known_names(role) and folded in places:
            remarks.refuse(table.header_line, f"has two columns `{name}`", "Leave one of them out.")
        places.setdefault(folded, place)
    _say_misspelt(role, table, places, remarks)
    found = {column.name: _of_column(column, table, places) for column in COLUMNS[role]}
    lacking = [one for one in COLUMNS[role] if one.required and not found[one.name]]
    for one in lacking:
        near = nearest_name(one.name, table.header)
        advice = f"Its column `{near}` may be meant." if near else _shown_header(table.header)
        others = f" (nor {', '.join(f'`{name}`' for name in one.aliases)})" if one.aliases else ""
        remarks.refuse(table.header_line, f"has no column `{one.name}`{others}", advice)
    return None if lacking else RegisterCells(table.cells["line"], found)


def _of_column(
    column: RegisterColumn, table: CellTable, places: Mapping[str, int]
) -> tuple[tuple[str, pl.Series], ...]:
    names = [name for name in (column.name, *column.aliases) if fold_name(name) in places]
    taken = names if column.each else names[:1]
    return tuple((name, table.cells[str(places[fold_name(name)])]) for name in taken)


def _say_misspelt(
    role: Role, table: CellTable, places: Mapping[str, int], remarks: FileRemarks
) -> None:
    """Limits for columns that are not read although their names are nearly those of others."""
    absent = [
        name
        for one in COLUMNS[role]
        if not any(fold_name(name) in places for name in (one.name, *one.aliases))
        for name in (one.name, *one.aliases)
    ]
    for name in table.header:
        near = None if fold_name(name) in known_names(role) else nearest_name(name, absent)
        if near is not None:
            remarks.limit(f"has a column `{name[:60]}`, which is not read; `{near}` may be meant")


def nearest_name(name: str, known: Sequence[str]) -> str | None:
    """The known name that one is nearly, whatever its case and its signs between words."""
    by_fold = {fold_name(one): one for one in known}
    found = get_close_matches(fold_name(name), list(by_fold), n=1, cutoff=0.75)
    return by_fold[found[0]] if found else None


def _shown_header(header: Sequence[str]) -> str:
    shown = ", ".join(f"`{name[:30]}`" for name in header[:12] if name)
    return f"Its first row with anything in it is taken for the header: {shown}."
