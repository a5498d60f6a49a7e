"""The workbook: real tables, text as text, no formula, the same bytes twice."""

import csv
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from logan.outputs.report import workbook
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
