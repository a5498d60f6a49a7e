"""Opening a package that may come from anybody: its manifest, its tables; nothing is trusted."""

import json
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from logan.errors import ExitStatus, LoganError, UsageError
from logan.package.names import MANIFEST, SCHEMA
from logan.schema import tables_of
from logan.tables.batch_sums import BatchSums, SumQuery
from logan.tables.period import Period
from logan.tables.table_fields import field_of

#: The most bytes that a manifest can have: a thousand times what a large one takes.
_MOST: Final = 16 << 20
#: Bytes of a table that are read together, and the most of a line.
_BATCH: Final = 1 << 20
_LINE: Final = 32 << 20
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

    @property
    def with_people(self) -> bool:
        """Whether it says of each hit what lists of people say."""
        return self.manifest.get("people") is not None

    @property
    def period(self) -> Period | None:
        """The time that it is about; None if no line has one."""
        said = self.manifest["period"]
        if said is None:
            return None
        start, end = (datetime.fromisoformat(said[key]) for key in ("start", "end"))
        return Period(start, end, said["zone"])

    @property
    def zone(self) -> str:
        """The zone of its local days."""
        zones = {str(glob): str(zone) for glob, zone in self.manifest["asked"]["tz"]}
        return self.period.zone if self.period else zones.get("*", "UTC")

    def table(self, name: str) -> pl.LazyFrame:
        """One of the tables; see `read_table`."""
        return read_table(self.folder / name)

    def batches(self, name: str) -> Iterator[pl.DataFrame]:
        """One of the tables as text, in batches; see `read_batches`."""
        return read_batches(self.folder / name)

    def typed_batches(self, name: str) -> Iterator[pl.DataFrame]:
        """One of the tables in batches, with the types that `read_table` gives."""
        for batch in self.batches(name):
            yield batch.with_columns(_all_typed(name, batch.columns))

    def sums(self, name: str, *keys: str | pl.Expr, **counts: pl.Expr) -> pl.DataFrame:
        """Counts of one of the tables, by keys; see `sums`."""
        [found] = self.all_sums(name, [SumQuery(keys, counts)])
        return found

    def all_sums(self, name: str, queries: Sequence[SumQuery]) -> list[pl.DataFrame]:
        """Several counts of one of the tables, which is read once; see `sums`."""
        return sums(self.folder / name, queries)

    def rows(self) -> dict[str, int]:
        """How many rows each table has, as the manifest says."""
        return {
            str(one["file"]): int(one["rows"])
            for one in self.manifest["outputs"]
            if one["rows"] is not None
        }

    def sources(self) -> list[dict[str, Any]]:
        """The rows of sources.csv, with the names of the sources as they are.

        In a table a name that a spreadsheet would run is made safe; in the manifest it is not.
        """
        rows = read_texts(self.folder / "sources.csv").collect().to_dicts()
        names = self.manifest["input_names"]
        return [row | {"name": str(name)} for row, name in zip(rows, names, strict=True)]


def open_package(folder: Path) -> Package:
    """Read the manifest of a package.

    Raises `UsageError` where there is no such folder, `PackageError` for what is no package, or one
    that this logan cannot read.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: {_why_no_folder(folder)}")
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


def _why_no_folder(path: Path) -> str:
    """Say what is there instead; packages come packed, or are named by a file in them."""
    if not path.is_file():
        return "no such folder; name the folder of a package"
    if (path.parent / MANIFEST).is_file():
        return f"is a file of a package; name its folder: {path.parent}"
    return "is a file, and no folder; if a package is packed in it, unpack it and name the folder"


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
    *("inputs", "inputs_sha256", "outputs", "headline", "input_names"),
}


@contextmanager
def trusting(package: Package) -> Iterator[None]:
    """Turn what strange tables or documents of a package lead to into a `PackageError`."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, pl.exceptions.PolarsError) as error:
        raise PackageError(
            f"{package.folder}: its tables are not what they should be ({type(error).__name__}). "
            "Run logan verify: it says which, and what that means."
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """A JSON document of a package. Raises `PackageError` for what is none."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise PackageError(f"{path}: cannot be read as JSON; run logan verify") from error
    if not isinstance(document, dict):
        raise PackageError(f"{path}: is not what it should be; run logan verify")
    return document


def readable(path: Path) -> Path:
    """The path of a package's file; raises `PackageError` where it is missing or cannot be read."""
    try:
        path.open("rb").close()
    except FileNotFoundError as error:
        raise PackageError(f"{path}: is missing; ask for the whole package") from error
    except OSError as error:
        raise PackageError(f"{path}: cannot be read: {error.strerror}") from error
    return path


def read_texts(path: Path) -> pl.LazyFrame:
    """A table as it stands in its file: every cell text, empty ones null."""
    return pl.scan_csv(readable(path), infer_schema=False, encoding="utf8", low_memory=True)


def sums(path: Path, queries: Sequence[SumQuery]) -> list[pl.DataFrame]:
    """Add up counts over a table by keys, batch by batch; the keys come sorted, nulls last."""
    found = [BatchSums(query) for query in queries]
    for batch in read_batches(path):
        for one, query in zip(found, queries, strict=True):
            one.add(query.counted(batch))
    return [one.total() for one in found]


def read_batches(path: Path) -> Iterator[pl.DataFrame]:
    """A table in batches, every cell text. Unlike a scan by Polars, it maps no file into memory.

    No cell of a package has a line break in it, so that a table can be cut at any. The first batch
    is empty: it has the columns of a table without rows.
    """
    with readable(path).open("rb") as file:
        columns = file.readline(_LINE).decode("utf-8", "replace").rstrip("\r\n").split(",")
        yield pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        while data := file.read(_BATCH):
            data += file.readline(_LINE)
            yield pl.read_csv(data, has_header=False, new_columns=columns, infer_schema=False)


def read_table(path: Path) -> pl.LazyFrame:
    """A table of a package with the types of `table_fields`; null where a cell is not of its type.

    Columns that are not known stay text.
    """
    rows = read_texts(path)
    return rows.with_columns(_all_typed(path.name, rows.collect_schema().names()))


def _all_typed(table: str, columns: Sequence[str]) -> list[pl.Expr]:
    known = tables_of(people=True)[table]
    return [_typed(table, column) for column in columns if column in known]


def _typed(table: str, column: str) -> pl.Expr:
    cell = pl.col(column)
    match field_of(table, column).type:
        case "integer":
            return cell.cast(pl.Int64, strict=False)
        case "boolean":
            return cell == "true"
        case "datetime":
            return as_instant(cell)
        case "string":
            return cell


def as_instant(cell: pl.Expr) -> pl.Expr:
    """The instant that a cell of a table writes; null where it writes none."""
    plain = cell.str.strip_suffix("Z")
    return plain.str.to_datetime(_TIME, time_unit="us", strict=False).dt.replace_time_zone("UTC")
