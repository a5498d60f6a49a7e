"""Puts exported rules on standard output or into a folder; knows nothing of what they say."""

from collections.abc import Mapping
from pathlib import Path

import click

from logan.errors import UsageError
from logan.runtime.whole_folder import write_whole

#: What every file that an export writes is known by: its name, or its author.
_NAME = "logan-watched."
_AUTHOR = b"\nauthor: logan, pack "


def print_files(files: Mapping[str, str]) -> None:
    """Print one file as it is, several as the documents of one YAML stream."""
    click.echo("---\n".join(files.values()), nl=False)


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write files into a folder that other programs may read, in place of an earlier export.

    Raises `UsageError` if the folder holds anything else, `OutputError` if it cannot be written;
    an earlier export then stands as it was.
    """
    check_folder(folder)
    with write_whole(folder) as fresh:
        fresh.chmod(0o755)
        for name, text in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())


def check_folder(folder: Path) -> None:
    """Make sure that an export may take this place: new, empty, or an earlier export alone."""
    if not folder.exists():
        return
    advice = "Name a new or empty folder, or one that holds an earlier export, with -o."
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is a file of this name. {advice}")
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not _is_ours(path):
            raise UsageError(f"{path}: is not of an export of rules. {advice}")


def _is_ours(path: Path) -> bool:
    if path.name.startswith(_NAME):
        return True
    with path.open("rb") as file:
        return _AUTHOR in file.read(1 << 16)
