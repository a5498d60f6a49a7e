"""CSV as Excel, PowerShell and HR systems write it."""

import csv
import io
from pathlib import Path
from typing import Final

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logan.people import cell_table, file_text
from logan.people.cell_table import read_cells
from logan.people.remarks import FileRemarks
from tests.people.registers import problems_of, read_people, rows

PLAIN: Final = "account,person,unit\nMETRO\\élan,004711,Homicide\nMETRO\\b,000012,\n"
FOUND: Final = [("metro\\élan", "004711", "Homicide", 2), ("metro\\b", "000012", None, 3)]
SHOWN: Final = ("account", "person", "unit", "line")


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-16-le"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.rstrip().encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", "|").encode(),
        PLAIN.replace(",", " , ").encode(),
        PLAIN.replace(",", '","').replace("\n", '"\n"').join('""').removesuffix('""').encode(),
        PLAIN.replace("004711", '="004711"').encode(),
        PLAIN.replace("unit", "Unit,").replace("Homicide", "Homicide,").encode(),
        PLAIN.replace("account", " ACCOUNT").replace("person", "Person ").encode(),
    ],
    ids=[
        "utf8",
        "bom",
        "utf16",
        "utf16-be",
        "utf16-unmarked",
        "crlf",
        "cr",
        "cut",
        ";",
        "tab",
        "bar",
        "blanks",
        "quoted",
        "text-formula",
        "empty-column",
        "names",
    ],
)
def test_whatever_wrote_it_the_cells_are_the_same(tmp_path: Path, data: bytes) -> None:
    registers = read_people(tmp_path, data)
    assert rows(registers, *SHOWN) == FOUND
    assert registers.limits == (
        "people.csv has no dates: whom and what unit an account belongs to is taken for constant.",
    )


@pytest.mark.parametrize(
    ("before", "lines"), [("#TYPE Selected.Microsoft.ADUser\n", 1), ("sep=,\n", 1), ("\n\n", 2)]
)
def test_lines_before_the_header_are_passed_over_and_counted(
    tmp_path: Path, before: str, lines: int
) -> None:
    registers = read_people(tmp_path, before + PLAIN)
    assert rows(registers, "line") == [2 + lines, 3 + lines]


def test_a_separator_that_excel_was_told_counts(tmp_path: Path) -> None:
    data = "sep=;\naccount;unit\na;Homicide, Fraud\n"
    assert rows(read_people(tmp_path, data), "unit") == ["Homicide, Fraud"]


def test_columns_in_any_order_and_unknown_ones(tmp_path: Path) -> None:
    data = "Office,unit,Phone,account\nR1,Fraud,7,METRO\\a\n"
    registers = read_people(tmp_path, data)
    assert rows(registers, "account", "unit") == [("metro\\a", "Fraud")]
    assert not any("Phone" in limit or "Office" in limit for limit in registers.limits)


def test_a_misspelt_column_is_said_once(tmp_path: Path) -> None:
    registers = read_people(tmp_path, "account,untill\na,2024-01-01\nb,2024-01-02\n")
    found = [limit for limit in registers.limits if "untill" in limit]
    assert found == ["people.csv has a column `untill`, which is not read; `until` may be meant."]


@pytest.mark.parametrize(
    ("name", "meant"), [("Departement", "Department"), ("units", "unit"), ("Employee_Id", None)]
)
def test_other_names_of_columns_may_be_misspelt_too(
    tmp_path: Path, name: str, meant: str | None
) -> None:
    registers = read_people(tmp_path, f"account,as_of,{name}\na,2024-01-01,x\n")
    assert any(f"`{meant}` may be meant" in limit for limit in registers.limits) == bool(meant)


def test_windows_1252_is_said(tmp_path: Path) -> None:
    registers = read_people(tmp_path, PLAIN.encode("cp1252"))
    assert rows(registers, *SHOWN) == FOUND
    assert registers.limits[0] == (
        "people.csv is not UTF-8: its letters beyond ASCII (the first on line 2) were read as"
        " Windows-1252."
    )


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode() + b"METRO\\caf\xe9,1,\n",  # UTF-8 above, Windows-1252 here
        b"account\nMETRO\\a\x81\n",  # no letter of Windows-1252
    ],
)
def test_letters_that_are_of_no_one_encoding_are_refused(tmp_path: Path, data: bytes) -> None:
    (problem,) = problems_of(tmp_path, data)
    assert problem.endswith("holds letters that are neither UTF-8 nor Windows-1252")
    assert int(problem.split(":")[1]) == data.count(b"\n")


def test_letters_that_ascii_lost_are_said(tmp_path: Path) -> None:
    registers = read_people(tmp_path, "account\nMETRO\\a\nMETRO\\ren?\n")
    assert any("(1 row, the first on line 3)" in limit for limit in registers.limits)


def test_line_ends_inside_quotes_move_no_line_number(tmp_path: Path) -> None:
    data = 'account,unit\na,"Homicide\nand Major Crime"\nb,"said ""so"""\nc,\n'
    registers = read_people(tmp_path, data)
    assert rows(registers, "unit", "line") == [
        ("Homicide and Major Crime", 2),
        ('said "so"', 4),
        (None, 5),
    ]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("", "people.csv: is empty: not even a header"),
        ("\n \n", "people.csv: is empty: not even a header"),
        (",,\n,", "people.csv: is empty: not even a header"),
        ("PK\x03\x04and so on", "people.csv: is a zip archive, not CSV"),
        (
            "account,unit\na,Homicide, Fraud\n",
            "people.csv:2: has more cells than the header has names",
        ),
        ("account\na,,,,,,,,,,,,,x\n", "people.csv:2: has more cells than the header has names"),
        ('account,unit\na,"Homicide\nb,\n', 'people.csv:2: its quotes (`"`) do not come out even'),
        ('account,unit\na,"b"c\n', 'people.csv:2: its quotes (`"`) do not come out even'),
        ("account,account\na,b\n", "people.csv:1: has two columns `account`"),
        ("unit\nFraud\n", "people.csv:1: has no column `account` (nor `msDS-PrincipalName`, `Sam"),
        (f"account\n{'a' * 32_768}\n", "people.csv:2: has a cell of more than 32,767 letters"),
        (f'account\n"{"a" * 200_000}\n', "people.csv:2: a cell of it is too long"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(tmp_path: Path, data: str, problem: str) -> None:
    (found,) = problems_of(tmp_path, data)
    assert found.startswith(problem)


def test_a_workbook_is_named_for_what_it_is(tmp_path: Path) -> None:
    path, remarks = tmp_path / "people.xlsx", FileRemarks(tmp_path / "people.xlsx")
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    assert read_cells(path, frozenset(), remarks) is None
    (problem,) = remarks.problems
    assert problem.message == "is a workbook, not CSV"
    assert problem.advice == "Open it and save the sheet as `CSV UTF-8`; give that file."


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    remarks = FileRemarks(tmp_path / "none.csv")
    assert read_cells(tmp_path / "none.csv", frozenset(), remarks) is None
    assert [str(one) for one in remarks.problems] == [
        f"{tmp_path / 'none.csv'}: cannot be read: No such file or directory"
    ]


def test_no_more_is_read_than_a_register_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_text, "MOST_BYTES", 1 << 20)
    (problem,) = problems_of(tmp_path, "account\n" + "a\n" * (1 << 19))
    assert problem == "people.csv: is larger than 1 MiB: no such register"


def test_no_more_rows_are_read_than_a_register_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cell_table, "MOST_ROWS", 3)
    assert len(read_people(tmp_path, "account\na\nb\n").people) == 2
    (problem,) = problems_of(tmp_path, "account\na\nb\nc\n")
    assert problem == "people.csv: has more than 3 lines: no such register"


def test_a_row_with_a_cell_too_many_is_refused_for_that_alone(tmp_path: Path) -> None:
    data = "account,from,kind\nSmith, John,2024-01-01,shared\nb,2024-02-30,\n"
    assert problems_of(tmp_path, data) == [
        "people.csv:2: has more cells than the header has names",
        (
            "people.csv:3: `from` is `2024-02-30`: no day of the calendar (day is out of range for"
            " month)"
        ),
    ]


def test_many_like_faults_are_counted(tmp_path: Path) -> None:
    found = problems_of(tmp_path, "account,kind\n" + "a,x,y\n" * 1_000)
    assert len([one for one in found if "more cells" in one]) == 10
    assert found[10:] == ["people.csv: 990 more faults of this kind"]


def test_hostile_cells_stay_the_texts_they_are(tmp_path: Path) -> None:
    units = ["=cmd|'/C calc'!A0", "\x1b[2J", "[bold]x[/]", "a\0b", "<script>", "@SUM(1)"]
    data = "account,unit\n" + "".join(f"a{at},{unit}\n" for at, unit in enumerate(units))
    seen = [unit.replace("\x1b", "").replace("\0", "") for unit in units]
    assert rows(read_people(tmp_path, data), "unit") == seen


CELLS: Final = st.lists(
    st.lists(st.text('a",; \n=', max_size=5), min_size=3, max_size=3), min_size=1, max_size=6
)


@given(CELLS, st.booleans())
def test_the_fast_path_reads_what_the_slow_one_reads(table: list[list[str]], quoted: bool) -> None:
    text = io.StringIO(newline="")
    csv.writer(
        text, lineterminator="\n", quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    ).writerows([["account", "b", "c"], *table])
    remarks = FileRemarks(Path("people.csv"))
    fast = cell_table._cut(text.getvalue(), ",", 3, remarks)
    slow = cell_table._cut_slowly(text.getvalue(), ",", 3, remarks)
    assert fast is not None
    assert slow is not None
    fast, slow = (  # a line without anything is a row of one and none of the other
        one.filter(pl.any_horizontal(pl.exclude("line", "more").is_not_null()))
        for one in (fast, slow)
    )
    assert fast.equals(slow)
    assert cell_table._is_plain(text.getvalue(), ",")


@given(st.text('a",\n', max_size=30))
def test_no_text_is_read_otherwise_by_the_fast_path(text: str) -> None:
    fast, slow = FileRemarks(Path("a")), FileRemarks(Path("a"))
    text = "account,b\n" + text
    one = cell_table._cut(text, ",", 2, fast)
    other = cell_table._cut_slowly(text, ",", 2, slow)
    assert fast.problems == slow.problems
    if one is not None and other is not None:
        filled = pl.any_horizontal(pl.exclude("line", "more").is_not_null())
        assert one.filter(filled).equals(other.filter(filled))
