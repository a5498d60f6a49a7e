"""`logan samples`: the sample logs that travel with logan, copied to where one can try them."""

import shutil
from contextlib import AbstractContextManager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import click

from logan.errors import OutputError, UsageError

_LOGS: Final = "sample_logs"
_PEOPLE: Final = "sample_people"


@click.command(name="samples")
@click.argument("folder", type=click.Path(path_type=Path), default=Path(_LOGS))
def command(*, folder: Path) -> None:
    """Copy the sample logs to FOLDER (default: sample_logs), to try logan on.

    They are synthetic: an invented force's first quarter of 2024, with 2,337 hits on PimEyes. What
    is planted in them stands in FOLDER/README.md. The force's lists of its people lie beside them,
    in sample_people. Then run:

      logan scan sample_logs
    """
    targets = {_LOGS: folder, _PEOPLE: folder.with_name(_PEOPLE)}
    for target in targets.values():
        if target.exists():
            raise UsageError(f"{target} is there already: name a folder elsewhere")
    for name, target in targets.items():
        try:
            with bundled_folder(name) as source:
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        except OSError as error:
            raise OutputError(
                f"{target}: the samples could not be copied: {error.strerror}"
            ) from error
    click.echo(f"{folder} and {targets[_PEOPLE]}: copied. Now: logan scan {folder}")


def bundled_folder(name: str) -> AbstractContextManager[Path]:
    """The folder in the wheel, or the one beside the package in a checkout."""
    checkout = Path(__file__).parents[2] / name
    inside = files("logan") / "data" / name
    return as_file(inside) if inside.is_dir() else as_file(checkout)
