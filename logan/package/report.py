"""Makes the report of a package, in the package or again elsewhere, from its tables alone."""

from functools import partial
from pathlib import Path

import polars as pl

from logan.outputs.report.page import render_page
from logan.outputs.report.workbook import PackageTable, write_workbook
from logan.package.files import create, replace, write
from logan.package.names import REPORT, WORKBOOK
from logan.package.reading import Package, readable, trusting
from logan.package.report_content import make_content
from logan.schema import tables_of


def write_own_reports(package: Package, by_hours: pl.DataFrame | None = None) -> None:
    """Write page and workbook into a package that has neither; `by_hours` as in `make_content`."""
    content = make_content(package, by_hours=by_hours)
    write(package.folder / REPORT, render_page(content))
    with create(package.folder / WORKBOOK) as file:
        write_workbook(file, content, _tables_of(package))


def write_report(package: Package, path: Path, *, title: str | None = None) -> None:
    """Write the page (`.html`) or the workbook (`.xlsx`) of a package to a file.

    Raises `PackageError` for tables that cannot be read, `OutputError` if it cannot be written.
    """
    with trusting(package):
        content = make_content(package, title=title)
        workbook = path.suffix.lower() != ".html"
        tables = _tables_of(package) if workbook else {}
        with replace(path) as file:
            if workbook:
                write_workbook(file, content, tables)
            else:
                file.write(render_page(content).encode())


def _tables_of(package: Package) -> dict[str, PackageTable]:
    """The tables of a package as the workbook takes them."""
    return {
        name: PackageTable(
            rows, readable(package.folder / name).stat().st_size, partial(package.batches, name)
        )
        for name, rows in package.rows().items()
        if name in tables_of(people=True)
    }
