"""Whatever a file holds, it is read or refused in words: there is no third way."""

from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.errors import ConfigurationError, Problem
from logan.people.checks import check_registers
from logan.people.columns import COLUMNS
from logan.people.decisions import PeopleMatcher
from logan.people.reading import ReadingTerms, RegisterPaths, read_registers
from logan.people.registers import ROLES, Role

PEOPLE: Final = "account,person,unit,from,until\nMETRO\\a,1,Fraud,2024-01-01,\n"
ODD: Final = st.sampled_from(
    [
        *(
            "",
            "a",
            "METRO\\a",
            "person:1",
            "unit:Fraud",
            "account:",
            "10.1.2.3",
            "PimEyes",
            "search",
        ),
        *(
            "shared",
            "blocked",
            "2024-01-31",
            "31/01/2024",
            "01/02/2024",
            "9999-12-31",
            "0",
            "45356",
        ),
        *("2024-10-27T01:30", "2024-03-31T01:30:00", "2024-01-01T00:00:00Z", "4.7E+11", "#N/A"),
        *("=1+1", "\x1b[2J", "a;b", "SMTP:a@b;smtp:c@d", '"', "a\nb", "\u202e", "\ufffd", "\0"),
    ]
)
ZONES: Final = st.sampled_from(["Europe/London", "America/Havana", "+05:30"])


def is_read_or_refused(folder: Path, role: Role, data: bytes, zone: str) -> bool:
    """True where such a file is read; where it is refused it is for problems with a place."""
    paths = {"people": folder / "people.csv", role: folder / f"{role}.csv"}
    (folder / "people.csv").write_text(PEOPLE)
    paths[role].write_bytes(data)
    problems: list[Problem] = []
    try:
        registers = read_registers(RegisterPaths(**paths), ReadingTerms(zone))
    except ConfigurationError as error:
        problems = error.problems
    if problems:
        assert all(one.path == paths[role] and one.message for one in problems)
        return False
    check_registers(registers, ())
    PeopleMatcher(registers)
    return True


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


@settings(max_examples=60)
@given(st.sampled_from(ROLES), st.binary(max_size=120))
def test_any_bytes(folder: Path, role: Role, data: bytes) -> None:
    is_read_or_refused(folder, role, data, "UTC")


@settings(max_examples=100)
@given(st.data(), st.sampled_from(ROLES), st.sampled_from([",", ";", "\t"]), ZONES)
def test_any_cells(
    folder: Path, data: st.DataObject, role: Role, separator: str, zone: str
) -> None:
    names = [name for column in COLUMNS[role] for name in (column.name, *column.aliases)]
    header = data.draw(st.lists(st.sampled_from([*names, "Office", ""]), min_size=1, max_size=9))
    rows = data.draw(st.lists(st.lists(ODD, min_size=1, max_size=10), max_size=5))
    text = "\n".join(separator.join(row) for row in (header, *rows))
    is_read_or_refused(folder, role, text.encode(), zone)


def test_either_way_is_taken(folder: Path) -> None:
    assert is_read_or_refused(folder, "people", PEOPLE.encode(), "UTC")
    assert not is_read_or_refused(
        folder, "people", PEOPLE.replace("01-01", "01-32").encode(), "UTC"
    )
