"""The files of a package, each named in this one place, and whether a folder may be replaced."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from logan.errors import UsageError
from logan.outputs.csv_files import head_of
from logan.schema import PEOPLE_TABLES, TABLES, tables_of

#: The version of the folder's form. It changes when a reader would have to.
SCHEMA: Final = "logan.package/1"

README: Final = "README.txt"
MANIFEST: Final = "manifest.json"
SUMMARY: Final = "summary.json"
SUMMARY_TEXT: Final = "summary.txt"
DATAPACKAGE: Final = "datapackage.json"
CSVW: Final = "csvw-metadata.json"
RUN: Final = "run.json"
SUMS: Final = "SHA256SUMS"
REPORT: Final = "report.html"
WORKBOOK: Final = "report.xlsx"
RULES: Final = "rules"

#: What lies flat in the folder; beside it the folder `RULES`.
FILES: Final = (
    *(README, REPORT, WORKBOOK, SUMMARY, SUMMARY_TEXT, *TABLES),
    *(MANIFEST, DATAPACKAGE, CSVW, RUN, SUMS),
)
REPEATS: Final = "repeats.csv"
#: The rows of lists of people that a package rests on.
KEPT_LISTS: Final = ("people_used.csv", "addresses_used.csv")
#: Tables that packages by an earlier logan lack.
LATER: Final = (REPEATS, *KEPT_LISTS)
#: What is there too where lists of people were given.
PEOPLE_FILES: Final = (*PEOPLE_TABLES,)
#: What others lay beside it: signatures, and time stamps with their requests (RFC 3161).
BESIDE: Final = (".sig", ".tsr", ".tsq")
#: Kinds of rule files.
RULE_KINDS: Final = (".yaml", ".yml", ".json")
#: The tables of packages before there was a manifest.
_OLD_TABLES: Final = (
    *("hits.csv", "mentions.csv", "users.csv", "windows.csv", "sources.csv", "rejects.csv"),
)
#: As many bytes of a strange manifest are looked at, at most.
_MOST: Final = 16 << 20
_ADVICE: Final = "name a new or empty folder, or one that logan wrote, with --export"


def check_folder(folder: Path) -> None:
    """Make sure that a package may take this place; worth asking before a long scan.

    A folder may be replaced if it is empty, or holds a package, what signs it, and nothing else.
    Raises `UsageError` otherwise.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is a file of this name; {_ADVICE}")
    names = {path.name for path in folder.iterdir()}
    own = (*FILES, *PEOPLE_FILES, RULES) if MANIFEST in names else _OLD_TABLES
    if strange := sorted(name for name in names if name not in own and not is_beside(name)):
        raise UsageError(f"{folder}: holds {strange[0]!r}, which is not of an export; {_ADVICE}")
    for path in _foreign(folder, names):
        raise UsageError(f"{path}: is not a file that logan wrote; {_ADVICE}")


def is_beside(name: str) -> bool:
    """True for a signature or a time stamp that may lie in a package without being part of it."""
    return name.endswith(BESIDE)


def _foreign(folder: Path, names: set[str]) -> Iterable[Path]:
    """Files under the names of a package that are something else."""
    if MANIFEST in names and not _is_manifest(folder / MANIFEST):
        yield folder / MANIFEST
    if RULES in names:
        yield from _foreign_rules(folder / RULES)
    tables = tables_of(people=True)
    for name in sorted(names & tables.keys()):
        if not _is_table(folder / name, tables[name]):
            yield folder / name


def _is_table(path: Path, columns: Sequence[str]) -> bool:
    """True where the file begins with at least the first columns of its table."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.readline(1000).rstrip(b"\r\n")
    whole = head_of(columns).rstrip(b"\r\n")
    return bool(head) and (whole + b",").startswith(head + b",")


def _is_manifest(path: Path) -> bool:
    try:
        if path.stat().st_size > _MOST:
            return False
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and str(found.get("schema", "")).startswith("logan.package/")


def _foreign_rules(folder: Path) -> Iterable[Path]:
    if folder.is_symlink() or not folder.is_dir():
        return [folder]
    return [one for one in sorted(folder.iterdir()) if one.suffix not in RULE_KINDS]
