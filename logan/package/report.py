"""Makes the report of a package, in the package or again elsewhere, from its tables alone."""

from pathlib import Path
from tempfile import TemporaryDirectory

from logan.outputs.report.page import render_page
from logan.outputs.report.workbook import write_workbook
from logan.package.files import create, replace, write
from logan.package.names import REPORT, WORKBOOK
from logan.package.reading import Package, trusting
from logan.package.report_content import make_content


def write_own_reports(package: Package) -> None:
    """Write page and workbook into a package that has neither."""
    content = make_content(package)
    write(package.folder / REPORT, render_page(content))
    with create(package.folder / WORKBOOK) as file:
        write_workbook(file, content, package.rows(), package.batches, package.folder)


def write_report(package: Package, path: Path, *, title: str | None = None) -> None:
    """Write the page (`.html`) or the workbook (`.xlsx`) of a package to a file.

    Raises `PackageError` for tables that cannot be read, `OutputError` if it cannot be written.
    """
    with trusting(package):
        content = make_content(package, title=title)
    with replace(path) as file, TemporaryDirectory(prefix="logan-report-") as temporary:
        if path.suffix.lower() == ".html":
            file.write(render_page(content).encode())
        else:
            write_workbook(file, content, package.rows(), package.batches, Path(temporary))
