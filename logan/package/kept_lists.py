"""Lists of people as a package keeps them: enough to decide again of each of its hits.

Kept are the rows about accounts and addresses that it names, and registers of authorisations and
events whole, for each of their rows is counted. That the lists hold these rows and no other ones
about them is shown by the lists alone, whose hashes stand in the manifest.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import polars as pl

from logan.package.names import KEPT_LISTS
from logan.package.reading import Package, read_texts
from logan.people.registers import (
    ADDRESSES,
    AUTHORISATIONS,
    EVENTS,
    PEOPLE,
    ROLES,
    PeopleRegisters,
    RegisterFile,
    Role,
)

#: In which table the rows of each list are kept, and which columns they have as values.
_TABLES: Final[Mapping[Role, tuple[str, Mapping[str, pl.DataType]]]] = {
    "people": ("people_used.csv", PEOPLE),
    "addresses": ("addresses_used.csv", ADDRESSES),
    "authorisations": ("authorisations_used.csv", AUTHORISATIONS),
    "events": ("after_event.csv", EVENTS),
}
_LIMIT: Final = "people_files_"


def keeps_lists(package: Package) -> bool:
    """Whether it keeps the rows of its lists; packages by an earlier logan do not."""
    return package.with_people and set(KEPT_LISTS) <= package.rows().keys()


def read_kept_lists(package: Package) -> PeopleRegisters:
    """The registers that a package keeps rows of, and what their files cannot show.

    Raises what strange tables lead to; see `logan.package.reading.trusting`.
    """
    files = tuple(
        RegisterFile(one["role"], Path(str(one["file"])), str(one["sha256"]))
        for one in package.manifest["people"]["files"]
    )
    frames = {file.role: _read(package, file.role) for file in files}
    return PeopleRegisters(
        people=frames["people"],
        addresses=frames.get("addresses"),
        authorisations=frames.get("authorisations"),
        events=frames.get("events"),
        files=files,
        limits=_read_limits(package),
    )


def _read(package: Package, role: Role) -> pl.DataFrame:
    name, columns = _TABLES[role]
    rows = package.table(name).with_columns(line="row")
    if role == "authorisations":
        # In front of the first colon stands a word of three.
        parts = pl.col("who").str.splitn(":", 2)
        kind, who = parts.struct.field("field_0"), parts.struct.field("field_1")
        rows = rows.with_columns(who_kind=kind, who=who)
    if role == "events":
        rows = rows.with_columns(pl.col("gateway").str.replace(r"^'([=+@-])", "$1"))
    typed = (pl.col(column).cast(kind) for column, kind in columns.items())
    return rows.select(typed).collect()


def _read_limits(package: Package) -> tuple[str, ...]:
    rows = read_texts(package.folder / "limits.csv")
    return tuple(rows.filter(pl.col("limit").str.starts_with(_LIMIT)).collect()["text"])


def complete_lists(given: PeopleRegisters, kept: PeopleRegisters) -> PeopleRegisters:
    """The registers that are given, and beside them those that are kept and not given anew."""
    anew = {file.role for file in given.files}
    files = (*given.files, *(file for file in kept.files if file.role not in anew))
    frames = {file.role: getattr(given if file.role in anew else kept, file.role) for file in files}
    replaced = tuple(f"{file.path.name} " for file in kept.files if file.role in anew)
    limits = [*(one for one in kept.limits if not one.startswith(replaced)), *given.limits]
    ordered = sorted(files, key=lambda file: ROLES.index(file.role))
    return PeopleRegisters(
        people=frames["people"],
        addresses=frames.get("addresses"),
        authorisations=frames.get("authorisations"),
        events=frames.get("events"),
        files=tuple(ordered),
        limits=tuple(sorted(limits, key=lambda limit: _place(limit, ordered))),
    )


def _place(limit: str, files: Iterable[RegisterFile]) -> int:
    """Which of the files a limit is about: it begins with the name."""
    places = (at for at, file in enumerate(files) if limit.startswith(f"{file.path.name} "))
    return next(places, 0)
