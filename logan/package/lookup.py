"""One hit of a package: its row, the rule behind it, its source, and with the logs its line."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import polars as pl

from logan.errors import UsageError
from logan.intake.blocks import Block
from logan.intake.opening import open_source
from logan.intake.reader import SourceReader
from logan.package.logs import locate
from logan.package.names import REPEATS
from logan.package.reading import Package, PackageError, read_texts

Row = Mapping[str, str | None]

_HEX: Final = frozenset("0123456789abcdef")


#: Repeats of one hit that are listed.
MOST_REPEATS: Final = 100


class HitEvidence(NamedTuple):
    """A row of hits or mentions (`table`), with the rows of its rule and its source, if any.

    `repeats` are the first of the rows that repeat it, in their order, out of so many in all (None:
    the package is of an earlier logan and does not say).
    """

    table: str
    row: Row
    rule: Row | None
    source: Row | None
    repeats: tuple[Row, ...] = ()
    repeats_in_all: int | None = 0


class LoggedLine(NamedTuple):
    """The line of a hit, and whether its file holds what the package says (None: not known)."""

    text: str
    same_content: bool | None


def find_hit(package: Package, hit: str) -> HitEvidence:
    """The one row whose id is, or begins with, `hit`. Raises `UsageError` for none or several."""
    wanted = hit.lower()
    if not wanted or not _HEX.issuperset(wanted):
        raise UsageError(f"{hit!r}: not the id of a hit; it stands in the column `hit` of hits.csv")
    for table in ("hits.csv", "mentions.csv"):
        found = _rows_where(package, table, pl.col("hit").str.starts_with(wanted))
        if found["hit"].n_unique() > 1:
            raise UsageError(f"{hit}: is the beginning of several ids; give more of it")
        if not found.is_empty():
            row = found.row(0, named=True)
            found_by = _rule_of(package, row), _source_of(package, row)
            return HitEvidence(table, row, *found_by, *_repeats_of(package, row))
    raise UsageError(f"{hit}: no hit and no mention of {package.folder} has this id")


def _rows_where(package: Package, table: str, condition: pl.Expr) -> pl.DataFrame:
    """The rows of a table that fit, read batch by batch: a table may have millions."""
    return pl.concat([batch.filter(condition) for batch in package.batches(table)])


def _rule_of(package: Package, row: Row) -> Row | None:
    rules = read_texts(package.folder / "rules.csv")
    keys = ("rule", "service", "activity")
    same = pl.all_horizontal(pl.col(key).eq_missing(pl.lit(row[key], pl.String)) for key in keys)
    return _first(rules.filter(same))


def _source_of(package: Package, row: Row) -> Row | None:
    sources = read_texts(package.folder / "sources.csv")
    return _first(sources.filter(pl.col("source") == row["source"]))


def _repeats_of(package: Package, row: Row) -> tuple[tuple[Row, ...], int | None]:
    """The first rows that repeat a row, and how many there are."""
    if REPEATS not in package.rows():
        return (), None
    found = _rows_where(package, REPEATS, pl.col("hit") == row["hit"])
    return tuple(found.head(MOST_REPEATS).to_dicts()), found.height


def _first(rows: pl.LazyFrame) -> Row | None:
    found = rows.head(1).collect()
    return None if found.is_empty() else found.row(0, named=True)


def _name_as_it_is(package: Package, cell: str | None) -> str:
    """The name of a source that stands in a cell, without what makes a cell safe."""
    named = (row["name"] for row in package.sources() if row["source"] == cell)
    return str(next(named, cell or ""))


def _records_of(reader: SourceReader, evidence: HitEvidence) -> Iterator[Block]:
    """The log of a hit as a scan reads it: unpacked, and each record on the line it begins on."""
    from logan.formats import FORMATS
    from logan.pipeline.recognition import recognise
    from logan.pipeline.source_options import RequestedSource

    name = (evidence.source or {}).get("format")
    formats = [form for form in FORMATS if form.name == name] or FORMATS
    return recognise(RequestedSource(reader.source, 0), reader.head, formats).records(reader)


def read_line(package: Package, evidence: HitEvidence, logs: str) -> LoggedLine:
    """The line of a hit, from its log below a folder, which is a path or an address.

    Of a record over several lines, all of it; of lines that hold many, the one record.
    Raises `PackageError` where the log is not there or has no such line.
    """
    number = int(evidence.row["line"] or 0)
    source = locate(logs, _name_as_it_is(package, evidence.row["source"]))
    text: bytes | None = None
    with open_source(source, hashing=True) as reader:
        for block in _records_of(reader, evidence):
            if block.first_line <= number < block.first_line + block.lines:
                text = block.data.split(b"\n")[number - block.first_line]
    if text is None:
        raise PackageError(
            f"{source.name}: has no line {number:,}; it is not the log that was read"
        )
    expected = (evidence.source or {}).get("content_sha256")
    same = reader.content_sha256 == expected if expected else None
    return LoggedLine(text.rstrip(b"\r").decode("utf-8", "backslashreplace"), same)
