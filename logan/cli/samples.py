"""`logan samples`: the sample logs that travel with logan, copied to where one can try them."""

import shutil
from contextlib import AbstractContextManager
from importlib.resources import as_file, files
from pathlib import Path

import click

from logan.errors import OutputError, UsageError


@click.command(name="samples")
@click.argument("folder", type=click.Path(path_type=Path), default=Path("sample_logs"))
def command(*, folder: Path) -> None:
    """Copy the sample logs to FOLDER (default: sample_logs), to try logan on.

    They are synthetic: an invented force's first quarter of 2024, with 2,337 hits on PimEyes. What
    is planted in them stands in FOLDER/README.md. Then run:

      logan scan sample_logs
    """
    if folder.exists():
        raise UsageError(f"{folder} is there already: name a folder that is not")
    try:
        with _bundled() as source:
            shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
    except OSError as error:
        raise OutputError(f"{folder}: the samples could not be copied: {error.strerror}") from error
    click.echo(f"{folder}: copied. Now: logan scan {folder}")


def _bundled() -> AbstractContextManager[Path]:
    """The folder in the wheel, or the one beside the package in a checkout."""
    checkout = Path(__file__).parents[2] / "sample_logs"
    inside = files("logan") / "data" / "sample_logs"
    return as_file(inside) if inside.is_dir() else as_file(checkout)
