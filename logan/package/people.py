"""Lists of people held against a package without its logs: the package that a scan would make.

Who has the lists need not have the logs, and the other way round.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from logan.outputs.csv_files import head_of, write_file
from logan.outputs.json_summary import write_value
from logan.outputs.people_document import PART, describe_people
from logan.outputs.people_files import decide_columns, write_people_tables
from logan.outputs.people_limits import frame_people_limits, is_people_limit
from logan.outputs.people_page import TITLE
from logan.outputs.plain_page import write_people_page
from logan.package import names
from logan.package.files import create, hash_file, write_pieces
from logan.package.manifest import describe_outputs, describe_registers
from logan.package.people_rows import count_package_people, typed_rows, without_people
from logan.package.reading import Package, PackageError, is_plain, read_texts, trusting
from logan.package.verify import verify
from logan.package.write import describe_run, write_descriptions
from logan.people.decisions import PeopleMatcher
from logan.runtime.whole_folder import write_whole
from logan.schema import LIMITS_CSV, PEOPLE_COLUMNS, PEOPLE_TABLES, TABLES, tables_of
from logan.tables.people_counts import PeopleCounts
from logan.vocabulary import Bin

#: Tables in which something is added; all others stay byte for byte.
_ROWS: Final[Mapping[str, Bin]] = {"hits.csv": "hit", "mentions.csv": "mention"}


def apply_people(
    package: Package,
    matcher: PeopleMatcher,
    folder: Path,
    *,
    started: datetime,
    operator: str | None = None,
) -> PeopleCounts:
    """Write a package like this one, and say of its hits what lists of people say.

    What other lists said of them before is left out. Raises `UsageError` if the folder holds
    anything but an earlier package, `PackageError` for a package that is not sound or of other
    columns, `OutputError` if it cannot be written.
    """
    names.check_folder(folder)
    _check_sound(package)
    with trusting(package):
        counts = count_package_people(package, matcher)
        with write_whole(folder) as fresh:
            _fill(fresh, package, counts, describe_run(started, operator))
    return counts


def _check_sound(package: Package) -> None:
    """Refuse a package that was changed: sums made anew would hide it."""
    for fault in verify(package.folder).faults[:1]:
        raise PackageError(
            f"{package.folder}: is not as it was made: {fault.place} {fault.what}. A package made "
            "from it would look sound. Run logan verify, and ask for the package again."
        )
    tables = tables_of(people=package.with_people)
    copied = {name: columns for name, columns in tables.items() if name not in PEOPLE_TABLES}
    for name, columns in copied.items():
        if _head(package.folder / name) != head_of(columns):
            raise PackageError(
                f"{package.folder / name}: does not have the columns that this logan writes. "
                "Make the package again from the logs: logan replay has the options."
            )


def _head(table: Path) -> bytes:
    """The first line of a table; nothing where an older logan wrote no such table."""
    if not is_plain(table):
        return b""
    with table.open("rb") as file:
        return file.readline()


def _fill(folder: Path, package: Package, counts: PeopleCounts, run: Mapping[str, Any]) -> None:
    rows: dict[str, int | None] = {**_write_tables(folder, package, counts)}
    write_pieces(folder / names.SUMMARY, _extend_summary(package, counts))
    write_pieces(folder / names.SUMMARY_TEXT, _extend_page(package, counts))
    rows |= {names.SUMMARY: None, names.SUMMARY_TEXT: None}
    (folder / names.RULES).mkdir(mode=0o700)
    for file in sorted((package.folder / names.RULES).iterdir()):
        _copy(file, folder / names.RULES / file.name)
    hashes = {name: hash_file(folder / name) for name in rows}
    kept = {name: value for name, value in package.manifest.items() if name != "outputs"}
    manifest = {
        **kept,
        "people": describe_registers(counts),
        "outputs": describe_outputs(folder, rows, hashes),
    }
    made_from = {"made_from": {"manifest_sha256": hash_file(package.folder / names.MANIFEST)}}
    write_descriptions(folder, manifest, {**run, **made_from})


def _write_tables(folder: Path, package: Package, counts: PeopleCounts) -> Mapping[str, int]:
    """Write all tables; their rows by file, in the order of a manifest."""
    known = package.rows()
    for name in TABLES.keys() - _ROWS.keys() - {"limits.csv"}:
        _copy(package.folder / name, folder / name)
    rows = {name: _write_rows(folder / name, package, counts.matcher) for name in _ROWS}
    limits = pl.concat([_read_limits(package), frame_people_limits(counts).cast(pl.String)])
    rows["limits.csv"] = write_file(folder / "limits.csv", LIMITS_CSV, [limits.lazy()]).rows
    people = write_people_tables(counts, folder)
    return {name: rows.get(name, known[name]) for name in TABLES} | {
        name: file.rows for name, file in people.items()
    }


def _write_rows(path: Path, package: Package, matcher: PeopleMatcher) -> int:
    """Write hits or mentions with the columns of people."""
    columns = (*TABLES[path.name], *PEOPLE_COLUMNS)
    batches = (without_people(batch).lazy() for batch in package.batches(path.name))
    return write_file(path, columns, batches, partial(_decide, matcher, _ROWS[path.name])).rows


def _decide(matcher: PeopleMatcher, outcome: Bin, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.hstack(decide_columns(typed_rows(rows), matcher, outcome))


def _read_limits(package: Package) -> pl.DataFrame:
    """The limits of the logs, without those of other lists."""
    rows = read_texts(package.folder / "limits.csv")
    return rows.filter(~is_people_limit(pl.col("limit")).fill_null(value=False)).collect()


def _copy(file: Path, place: Path) -> None:
    with file.open("rb") as source, create(place) as target:
        shutil.copyfileobj(source, target)


def _extend_summary(package: Package, counts: PeopleCounts) -> Iterator[str]:
    """The summary for a program, with what lists of people say as its last part."""
    text = (package.folder / names.SUMMARY).read_text(encoding="utf-8")
    own, _, _ = text.partition(f',\n  "{PART}": {{\n')
    part = json.dumps({PART: describe_people(counts)}, indent=2, default=write_value)
    yield own.removesuffix("\n}\n")
    yield f",{part.removeprefix('{')}\n"


def _extend_page(package: Package, counts: PeopleCounts) -> Iterator[str]:
    """The summary as a page, with what lists of people say as its last section."""
    text = (package.folder / names.SUMMARY_TEXT).read_text(encoding="utf-8")
    own, _, _ = text.partition(f"\n\n{TITLE}\n")
    yield own.removesuffix("\n") + "\n"
    yield write_people_page(counts)
