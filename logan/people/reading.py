"""Reads the files of a force about its people: CSV to registers, with every problem at once.

The columns, their meaning and that of empty cells are those of docs/people.md.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from logan.errors import ConfigurationError
from logan.intake.names import fits
from logan.people.cell_table import read_cells
from logan.people.columns import known_names, register_cells
from logan.people.dates import DayOrder
from logan.people.frames import FRAMES, FileTerms
from logan.people.registers import PEOPLE, ROLES, PeopleRegisters, RegisterFile, Role
from logan.people.remarks import FileRemarks
from logan.people.texts import refuse_damaged


class RegisterPaths(NamedTuple):
    """Where the files lie, in the order of `ROLES`; None: not given."""

    people: Path | None
    addresses: Path | None = None
    authorisations: Path | None = None
    events: Path | None = None


class ReadingTerms(NamedTuple):
    """What is needed to read registers beside themselves.

    `zone`: of days, and of times that name none. `orders`: (glob, order) of dates that a file does
    not decide; the first glob that fits its path counts. `services`: the ids of the services that
    the rules know, by all their names in lower case.
    """

    zone: str = "UTC"
    orders: Sequence[tuple[str, DayOrder]] = ()
    services: Mapping[str, str] = {}


def read_registers(paths: RegisterPaths, terms: ReadingTerms) -> PeopleRegisters:
    """Read the files. Raises ConfigurationError with all problems of all of them.

    Without a list of people that register has no rows, and is not among the files.
    """
    given = [(role, path) for role, path in zip(ROLES, paths, strict=True) if path is not None]
    remarks = {role: FileRemarks(path) for role, path in given}
    read = {role: _read(role, path, terms, remarks[role]) for role, path in given}
    problems = [problem for one in remarks.values() for problem in one.by_line()]
    if problems:
        raise ConfigurationError(problems)
    frames = {role: one[1] for role, one in read.items() if one is not None}
    return PeopleRegisters(
        people=frames["people"] if "people" in frames else pl.DataFrame(schema=PEOPLE),
        addresses=frames.get("addresses"),
        authorisations=frames.get("authorisations"),
        events=frames.get("events"),
        files=tuple(one[0] for one in read.values() if one is not None),
        limits=tuple(limit for one in remarks.values() for limit in one.limits),
    )


def _read(
    role: Role, path: Path, terms: ReadingTerms, remarks: FileRemarks
) -> tuple[RegisterFile, pl.DataFrame] | None:
    """A file and its register; None where it has none, with the reason among the problems."""
    table = read_cells(path, known_names(role), remarks)
    cells = register_cells(role, table, remarks) if table is not None else None
    if table is None or cells is None:
        return None
    refuse_damaged(cells, remarks)
    if cells.line.is_empty():
        remarks.limit("has no rows")
    order = next((order for glob, order in terms.orders if fits(str(path), glob)), None)
    file_terms = FileTerms(terms.zone, order, terms.services)
    return RegisterFile(role, path, table.sha256), FRAMES[role](cells, file_terms, remarks)
