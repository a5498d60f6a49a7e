"""Every byte that a result comes to in any output."""

import tempfile
from pathlib import Path

from logan.outputs.json_summary import render
from logan.result import ScanResult
from tests.package.builders import contents, write


def every_output(result: ScanResult) -> dict[str, bytes]:
    """The files of the export, with query strings, and the summary as JSON, by name."""
    with tempfile.TemporaryDirectory() as folder:
        written = contents(write(result, Path(folder) / "out", queries=True))
    return written | {"whole.json": render(result).encode()}
