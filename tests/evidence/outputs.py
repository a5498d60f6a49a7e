"""Every byte that a result comes to in any output."""

import tempfile
from pathlib import Path

from logan.outputs.csv_package import write_package
from logan.outputs.json_summary import render
from logan.result import ScanResult


def every_output(result: ScanResult) -> dict[str, bytes]:
    """The files of the export, with query strings, and the summary as JSON, by name."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out"
        write_package(result, target, queries=True)
        written = {
            str(path.relative_to(target)): path.read_bytes()
            for path in sorted(target.rglob("*"))
            if path.is_file()
        }
    return written | {"summary.json": render(result).encode()}
