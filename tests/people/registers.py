"""Writes the files of a force as tests need them, and reads them."""

from pathlib import Path
from typing import Any

import pytest

from logan.errors import ConfigurationError
from logan.people.reading import ReadingTerms, RegisterPaths, read_registers
from logan.people.registers import PeopleRegisters

LONDON = ReadingTerms("Europe/London")


def read_people(
    folder: Path, data: str | bytes, terms: ReadingTerms = LONDON, **others: str | bytes
) -> PeopleRegisters:
    """The registers of a force whose people.csv holds `data`; `others` by their roles."""
    paths = {"people": folder / "people.csv"}
    for role, content in {"people": data, **others}.items():
        paths[role] = folder / f"{role}.csv"
        paths[role].write_bytes(content.encode() if isinstance(content, str) else content)
    return read_registers(RegisterPaths(**paths), terms)


def problems_of(
    folder: Path, data: str | bytes, terms: ReadingTerms = LONDON, **others: str | bytes
) -> list[str]:
    """What is wrong with such files: `people.csv:2: ...`, without the advice."""
    with pytest.raises(ConfigurationError) as raised:
        read_people(folder, data, terms, **others)
    return [
        f"{Path(one.path).name}{'' if one.line is None else f':{one.line}'}: {one.message}"
        for one in raised.value.problems
    ]


def rows(registers: PeopleRegisters, *columns: str) -> list[Any]:
    """Rows of people, of some columns; of one column its values."""
    found = registers.people.select(columns).rows()
    return [row[0] for row in found] if len(columns) == 1 else found
