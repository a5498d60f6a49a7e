"""`logan audit files`: what the machine of an audit needs beside logan, copied out of it."""

import shutil
from pathlib import Path
from typing import Final

import click

from logan.cli.samples import bundled_folder
from logan.errors import OutputError, UsageError

_FILES: Final = "contrib"


@click.command("files", short_help="Copy what systemd, cron, Icinga and Prometheus need.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def files(*, folder: Path) -> None:
    """Copy to DIR: a configuration to begin with, service and timer, a line for cron, more.

    DIR/README.md says what each is for and where it goes; nothing is installed.

    \b
    Example:
      logan audit files /opt/logan/contrib
    """
    if folder.exists():
        raise UsageError(f"{folder} is there already: name a folder elsewhere")
    try:
        with bundled_folder(_FILES) as source:
            shutil.copytree(source, folder)
    except OSError as error:
        raise OutputError(f"{folder}: could not be copied: {error.strerror}") from error
    click.echo(f"{folder}: copied. Now: edit {folder / 'audit.toml'}")
