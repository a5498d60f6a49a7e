"""The workbook: real tables, text as text, no formula, the same bytes twice."""

import csv
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logan.outputs.report import sheets as report_sheets
from logan.outputs.report import workbook
from logan.outputs.report.sheets import bound_bytes, table_rows
from logan.schema import TABLES
from tests.builders import hit, result
from tests.conftest import Run
from tests.faults.test_hostile_text import FORMULAS
from tests.outputs.stories import HOSTILE, STORIES
from tests.package.builders import write

#: Account names that a spreadsheet would like to take for something else.
NASTY = (
    *("004711", "12E4", "1/2", "TRUE", "1e999", "0x10", "1,000", "50%", "2024-01-01", "12:30"),
    *("MARCH1", "SEPT2", " ann", "ann ", "a  b", "a&b", "<b>", "a]]>b", "_x0041_", "'ann", '"ann"'),
    *("#N/A", "#REF!", "\ufffe", "名字", "é", "a\\b", "x" * 300, "İ", "-", "+44", "@ann"),
)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = (*NASTY, *HOSTILE, *FORMULAS)
    rows = [hit(f"2024-01-01 09:{number % 60:02}", name) for number, name in enumerate(names)]
    rows += [hit("2024-01-02 09:00", bin="mention")]
    return write(result(rows), tmp_path_factory.mktemp("made") / "out")


def test_every_part_is_xml_and_nothing_is_a_formula(package: Path) -> None:
    found = parts(package / "report.xlsx")
    sheets = [name for name in found if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 3 + len(TABLES)
    for name, data in found.items():
        if name.endswith((".xml", ".rels")):
            ElementTree.fromstring(data)  # noqa: S314 - our own
        assert b"<f>" not in data
        assert b"mergeCell" not in data
    tables = [name for name in found if name.startswith("xl/tables/")]
    assert len(tables) == 1 + len(TABLES)


def test_every_style_of_a_cell_is_there_and_times_are_shown_as_times(package: Path) -> None:
    found = parts(package / "report.xlsx")
    styles = found["xl/styles.xml"].decode()
    forms = re.findall(r"<xf [^>]*numFmtId=\"(\d+)\"[^>]*xfId", styles)
    used = {
        int(number)
        for name, data in found.items()
        if name.startswith("xl/worksheets/sheet")
        for number in re.findall(rb'<c (?:r="\w+" )?s="(\d+)"', data)
    }
    assert used == {*range(len(forms))}
    (time,) = re.findall(r'numFmtId="(\d+)" formatCode="yyyy-mm-dd hh:mm:ss.000"', styles)
    assert re.search(rf'<c s="{forms.index(time)}"><v>', found["xl/worksheets/sheet4.xml"].decode())


def test_equal_packages_give_equal_workbooks(package: Path, run: Run, tmp_path: Path) -> None:
    assert run("report", package, "-o", tmp_path / "again.xlsx").status == 0
    assert (tmp_path / "again.xlsx").read_bytes() == (package / "report.xlsx").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.xlsx"]


def test_headers_of_tables_are_those_of_their_sheets(package: Path) -> None:
    found = parts(package / "report.xlsx")
    for name in (name for name in found if name.startswith("xl/tables/")):
        table = ElementTree.fromstring(found[name])  # noqa: S314 - our own
        headers = [one.get("name") for one in table.iter() if one.tag.endswith("tableColumn")]
        number = int(re.findall(r"\d+", name)[0])
        sheet = found[f"xl/worksheets/sheet{2 if number == 1 else number + 2}.xml"].decode()
        if number > 1:
            assert "This worksheet contains one table." in sheet
            row = re.search(r'<row r="4">(.*?)</row>', sheet)
            assert row is not None
            assert re.findall(r"<t[^>]*>([^<]*)</t>", row[1]) == headers


def test_a_table_that_is_too_long_is_left_to_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 100)
    folder = write(STORIES["quarter"](), tmp_path / "out")
    hits = parts(folder / "report.xlsx")["xl/worksheets/sheet4.xml"]
    assert b"It has 2,608 rows, too many for a worksheet: see hits.csv." in hits
    assert hits.count(b"<row ") == 2


CELLS = st.none() | st.sampled_from(["ann", "", *NASTY]) | st.text(max_size=4)
TYPES = {"user": "string", "path": "string", "hits": "integer", "first_seen": "datetime"}


@settings(max_examples=40)
@given(st.lists(st.tuples(CELLS, CELLS, st.none() | st.just("7")), max_size=5), st.integers(1, 3))
def test_cells_written_alike_are_those_written_one_by_one(
    rows: list[tuple[str | None, str | None, str | None]], batch: int
) -> None:
    stamps = ["2024-01-01T09:00:00.000Z", None, *["2024-01-01T09:00:00.000Z"] * len(rows)]
    table = [(*row, stamp) for row, stamp in zip(rows, stamps, strict=False)]
    frame = pl.DataFrame(table, schema=dict.fromkeys(TYPES, pl.String), orient="row")
    batches = [frame.clear(), *frame.iter_slices(batch)]
    quick = list(table_rows(batches, TYPES, first=5, time_style=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_sheets, "_plain_cell", lambda _values, _kind, _style: [])
        assert quick == list(table_rows(batches, TYPES, first=5, time_style=1))


def test_a_text_longer_than_a_cell_is_cut_among_plain_ones() -> None:
    frame = pl.DataFrame({"path": ["/", "/" + "a" * 40_000]})
    (row,) = table_rows([frame], {"path": "string"}, first=1, time_style=0)
    assert [len(text) for text in re.findall(b"<t>(.*?)</t>", row)] == [1, 32_000]


def test_rows_never_take_more_than_their_bound() -> None:
    row = {"user": "&" * 60, "path": " _x0041_", "hits": "7", "first_seen": "2024-01-01T09:00:00Z"}
    frame = pl.DataFrame([row])
    (made,) = table_rows([frame], TYPES, first=1_000_000, time_style=3)
    size = sum(len(cell.encode()) for cell in row.values())
    assert 0.5 < len(made) / bound_bytes(1, len(TYPES), size) < 1


def test_a_sheet_that_may_be_larger_than_a_plain_zip_holds_is_one_of_the_larger_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_sheets, "_SMALL", 200_000)
    folder = write(STORIES["quarter"](), tmp_path / "out")
    with zipfile.ZipFile(folder / "report.xlsx") as book:
        made_for = {part.filename: part.extract_version for part in book.infolist()}
        assert book.testzip() is None
    large = {name for name, version in made_for.items() if version == zipfile.ZIP64_VERSION}
    assert "xl/worksheets/sheet4.xml" in large
    assert "xl/worksheets/sheet1.xml" not in large


@pytest.fixture(scope="module")
def sheets(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sheets as LibreOffice reads them, as CSV."""
    tool = shutil.which("soffice")
    if tool is None:
        pytest.skip("needs LibreOffice: apt-get install libreoffice-calc-nogui")
    folder = tmp_path_factory.mktemp("sheets")
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    subprocess.run(
        [
            *(tool, "--headless", f"-env:UserInstallation=file://{folder}/profile"),
            *("--convert-to", form, "--outdir", folder, package / "report.xlsx"),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return folder


@pytest.mark.parametrize(
    ("name", "columns"),
    [("hits.csv", ("user", "path", "source", "line", "hit")), ("users.csv", ("user", "hits"))],
)
def test_libreoffice_reads_what_the_files_hold(
    package: Path, sheets: Path, name: str, columns: tuple[str, ...]
) -> None:
    with (package / name).open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    path = sheets / f"report-{name.removesuffix('.csv').capitalize()}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    found = [dict(zip(lines[3], line, strict=True)) for line in lines[4:]]
    assert len(found) == len(expected) > 40
    for ours, theirs in zip(expected, found, strict=True):
        for column in columns:
            assert theirs[column] == ours[column].replace("\ufffe", "\\ufffe")


STAMPS = st.sampled_from(
    [
        *("2024-01-01T00:00:57.218Z", "2024-12-31T23:59:59Z", "2024-06-01T12:00:00.000001Z"),
        *("0001-01-01T00:00:00Z", "2016-12-31T23:59:60.500Z", "2016-12-31T24:00:00.000Z", "", "Z"),
    ]
)
EDITS = st.lists(st.tuples(st.integers(0, 26), st.sampled_from("0129 -+:.TZzé\n")), max_size=2)


def edited(stamp: str, edits: list[tuple[int, str]]) -> str:
    letters = list(stamp)
    for place, letter in edits:
        letters[place : place + 1] = letter
    return "".join(letters)


@given(st.lists(st.none() | st.builds(edited, STAMPS, EDITS), max_size=6))
def test_times_to_the_millisecond_are_read_as_all_others_are(cells: list[str | None]) -> None:
    values = pl.Series("time", cells, dtype=pl.String)
    days = report_sheets._days(values)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_sheets, "_STAMP_BYTES", 0)
        assert days.equals(report_sheets._days(values))
