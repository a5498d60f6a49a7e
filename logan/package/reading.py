"""Opening a package that may come from anybody: its manifest, its tables; nothing is trusted."""

import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from logan.errors import ExitStatus, LoganError, UsageError
from logan.package.names import MANIFEST, SCHEMA, SUMMARY
from logan.schema import TABLES, field_of

#: The most bytes that a manifest can have: a thousand times what a large one takes.
_MOST: Final = 16 << 20
_FAMILY, _VERSION = SCHEMA.split("/")
_TIME: Final = "%Y-%m-%dT%H:%M:%S%.f"


class PackageError(LoganError):
    """A package that cannot be read: which, why, and what to do."""

    exit_status = ExitStatus.INCOMPLETE


@dataclass(frozen=True, slots=True)
class Package:
    """A folder with a manifest that this logan can read. Nothing in it is proved by that."""

    folder: Path
    manifest: Mapping[str, Any]

    def table(self, name: str) -> pl.LazyFrame:
        """One of the tables; see `read_table`."""
        return read_table(self.folder / name)

    def sources(self) -> list[dict[str, Any]]:
        """The sources with their names as they are, in the order of sources.csv.

        In a table a name that a spreadsheet would run is made safe; in the summary it is not.
        """
        try:
            return list(json.loads((self.folder / SUMMARY).read_bytes())["sources"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PackageError(
                f"{self.folder / SUMMARY}: does not name the sources; run logan verify"
            ) from error


def open_package(folder: Path) -> Package:
    """Read the manifest of a package.

    Raises `UsageError` where there is no such folder, `PackageError` for what is no package, or one
    that this logan cannot read.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; name the folder of a package")
    path = folder / MANIFEST
    if not is_plain(path):
        raise PackageError(_why_none(folder))
    try:
        if path.stat().st_size > _MOST:
            raise PackageError(f"{path}: is larger than any manifest; ask for the package again")
        manifest = json.loads(path.read_bytes())
    except OSError as error:
        raise PackageError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise PackageError(f"{path}: is not JSON; ask for the package again") from error
    _check_schema(path, manifest)
    return Package(folder, manifest)


def is_plain(path: Path) -> bool:
    """True for a regular file that is no link."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def _why_none(folder: Path) -> str:
    if (folder / "hits.csv").exists():
        return (
            f"{folder}: has tables and no {MANIFEST}. It was made before logan's packages had one, "
            "or it was taken out. Ask for the package again, made with logan scan --export."
        )
    return f"{folder}: is no package: it has no {MANIFEST}"


def _check_schema(path: Path, manifest: object) -> None:
    said = manifest if isinstance(manifest, dict) else {}
    schema = str(said.get("schema"))
    family, _, version = schema.partition("/")
    if family == _FAMILY and version.isdecimal() and int(version) > int(_VERSION):
        raise PackageError(
            f"{path}: is of the newer form {schema}; this logan reads {SCHEMA}. Use a newer logan."
        )
    if schema != SCHEMA:
        raise PackageError(f"{path}: is of the form {schema[:60]}; this logan reads {SCHEMA}")
    if missing := sorted(_NEEDED - said.keys()):
        raise PackageError(f"{path}: does not say {missing[0]!r}; ask for the package again")


_NEEDED: Final = {
    *("product", "logan", "rules", "asked", "narrowed", "complete", "period", "lines", "bins"),
    *("inputs", "inputs_sha256", "outputs"),
}


def read_texts(path: Path) -> pl.LazyFrame:
    """A table as it stands in its file: every cell text, empty ones null."""
    return pl.scan_csv(path, infer_schema=False, encoding="utf8", low_memory=True)


def read_table(path: Path) -> pl.LazyFrame:
    """A table of a package with the types of `logan.schema`; null where a cell is not of its type.

    Columns that are not known stay text.
    """
    rows = read_texts(path)
    return rows.with_columns(
        _typed(path.name, column)
        for column in rows.collect_schema().names()
        if column in TABLES[path.name]
    )


def _typed(table: str, column: str) -> pl.Expr:
    cell = pl.col(column)
    match field_of(table, column).type:
        case "integer":
            return cell.cast(pl.Int64, strict=False)
        case "boolean":
            return cell == "true"
        case "datetime":
            plain = cell.str.strip_suffix("Z")
            instant = plain.str.to_datetime(_TIME, time_unit="us", strict=False)
            return instant.dt.replace_time_zone("UTC")
        case "string":
            return cell
