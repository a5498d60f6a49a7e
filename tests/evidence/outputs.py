"""Every byte that a result comes to in any output."""

import json
import tempfile
from pathlib import Path

from logan.outputs.csv_tables import write_tables
from logan.outputs.json_summary import render_tables
from logan.outputs.plain_page import write_page
from logan.package.manifest import describe
from logan.result import ScanResult
from logan.tables.summary import summarise
from tests.package.builders import contents, request, with_rejects, write


def every_file(result: ScanResult) -> dict[str, bytes]:
    """The files of the package, with query strings, by name."""
    with tempfile.TemporaryDirectory() as folder:
        return contents(write(result, Path(folder) / "out", queries=True))


def every_output(result: ScanResult) -> dict[str, bytes]:
    """All tables, with query strings, the manifest, and the summary as JSON and as text, by name.

    Of these alone the other files of a package are made (`logan.package.write`), among them the
    workbook, which takes longer than all of this; `tests/package/test_report.py` makes them again.
    """
    summary = summarise(with_rejects(result))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = write_tables(summary, request().rules, folder, queries=True)
        rows = {name: file.rows for name, file in files.items()}
        hashes = {name: file.sha256 for name, file in files.items()}
        manifest = describe(summary, request(), folder, rows, hashes)
        written = {path.name: path.read_bytes() for path in folder.iterdir()}
    return written | {
        "manifest.json": json.dumps(manifest, default=str).encode(),
        "summary.json": render_tables(summary).encode(),
        "summary.txt": write_page(summary).encode(),
    }
