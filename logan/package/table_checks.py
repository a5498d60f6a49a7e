"""Whether the tables of a package add up against each other, and against what its manifest says."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl

from logan.package.faults import PackageFault
from logan.package.group_sums import MEANING, compare_groups, unequal
from logan.package.kept_checks import check_kept_lists
from logan.package.kept_lists import keeps_lists
from logan.package.names import DATAPACKAGE, LATER
from logan.package.people_sums import check_people
from logan.package.reading import Package, PackageError, is_plain, read_json
from logan.package.repeat_sums import check_repeats
from logan.schema import tables_of
from logan.vocabulary import BINS

_NO_TABLE: Final = "it was altered, or cut off; no number in it can be used"
#: How many columns no version leaves out.
_FIRST: Final = {
    "hits.csv": 15,
    "mentions.csv": 15,
    "repeats.csv": 11,
    "users.csv": 11,
    "windows.csv": 8,
    "sources.csv": 15,
    "rejects.csv": 4,
}


def check_tables(package: Package) -> Iterator[PackageFault]:
    """Count again what stands in more than one place."""
    try:
        faults = [*_check_heads(package)]
    except PackageError:
        return  # the descriptor was changed, which is a fault of its own
    yield from faults
    if faults:
        return
    try:
        yield from _check_rows(package)
        yield from _check_sources(package)
        yield from _check_hits(package)
        yield from check_repeats(package)
        yield from _check_coverage(package)
        if keeps_lists(package):
            yield from check_kept_lists(package)
        elif package.with_people:
            yield from check_people(package)
    except (pl.exceptions.PolarsError, PackageError, OSError) as error:
        yield PackageFault(
            "tables", f"cannot be read as tables ({type(error).__name__})", _NO_TABLE
        )


def _check_heads(package: Package) -> Iterator[PackageFault]:
    """Tables have the columns that their descriptor names, and those of the contract first."""
    described = _described_columns(package)
    for name, expected in _tables(package).items():
        path, columns = package.folder / name, described.get(name, expected)
        if not is_plain(path):
            yield PackageFault(name, "is missing", _NO_TABLE)
            continue
        with path.open("rb") as file:
            head = file.readline(4_000).decode("utf-8", "replace").rstrip("\r\n").split(",")
        first = expected[: _FIRST.get(name, 1)]
        if tuple(head) != tuple(columns) or tuple(head[: len(first)]) != first:
            yield PackageFault(f"{name}:1", "does not have the columns of its table", _NO_TABLE)


def _tables(package: Package) -> Mapping[str, Sequence[str]]:
    """The tables that a package should have, with the columns they have now."""
    missing = set(LATER) - package.rows().keys()
    known = tables_of(people=package.with_people)
    return {name: columns for name, columns in known.items() if name not in missing}


def _described_columns(package: Package) -> dict[str, list[str]]:
    resources = read_json(package.folder / DATAPACKAGE)["resources"]
    return {
        str(one["path"]): [str(field["name"]) for field in one["schema"]["fields"]]
        for one in resources
    }


def _check_rows(package: Package) -> Iterator[PackageFault]:
    """Rows of tables against the manifest and the bins."""
    one = pl.len().cast(pl.Int64)
    rows = {name: _total(package.sums(name, n=one)) for name in _tables(package)}
    for output in package.manifest["outputs"]:
        name, expected = output["file"], output["rows"]
        if name in rows and rows[name] != expected:
            yield unequal(name, "rows", rows[name], "manifest.json", expected)
    bins = package.manifest["bins"]
    listed = {"rejects.csv": "rejected"}
    if not package.manifest["narrowed"]:
        listed |= {"hits.csv": "hit", "mentions.csv": "mention"}
    for name, outcome in listed.items():
        yield from _compare(name, "rows", rows[name], f"the bin {outcome}", bins[outcome])


def _check_sources(package: Package) -> Iterator[PackageFault]:
    """The account of every line: bins to lines, sources to the manifest."""
    manifest, sources = package.manifest, package.table("sources.csv").collect()
    for source in sources.filter(pl.sum_horizontal(BINS) != pl.col("lines"))["source"].head(3):
        yield PackageFault(f"sources.csv, {source}", "its bins do not add up to its lines", MEANING)
    yield from _compare("sources.csv", "rows", sources.height, "inputs", manifest["inputs"])
    yield from _compare("sources.csv", "lines", _sum(sources, "lines"), "lines", manifest["lines"])
    for name in BINS:
        yield from _compare(
            "sources.csv", name, _sum(sources, name), f"the bin {name}", manifest["bins"][name]
        )
    if bool(sources["complete"].all()) is not manifest["complete"]:
        what = "says of its sources other than manifest.json says of the whole: complete or not"
        yield PackageFault("sources.csv", what, MEANING)


def _check_hits(package: Package) -> Iterator[PackageFault]:
    """The rows of hits against every table that counts them."""
    one, hits = pl.len().cast(pl.Int64), pl.col("hits").cast(pl.Int64).sum()
    total = _total(package.sums("hits.csv", n=one))
    for name in ("services.csv", "users.csv", "sessions.csv", "rules.csv"):
        found = _total(package.sums(name, n=hits))
        yield from _compare(name, "hits", found, "rows of hits.csv", total)
    timed = _total(package.sums("hits.csv", n=pl.col("time").is_not_null().sum().cast(pl.Int64)))
    found = _total(package.sums("windows.csv", n=hits))
    yield from _compare("windows.csv", "hits", found, "rows of hits.csv with a time", timed)
    yield from _check_groups(package, "service", {"services.csv": "hits", "users.csv": "hits"})
    if not package.manifest["narrowed"]:
        yield from _check_groups(package, "source", {"sources.csv": "hit"})


def _check_groups(package: Package, key: str, tables: Mapping[str, str]) -> Iterator[PackageFault]:
    for name, column in tables.items():
        yield from compare_groups(package, name, (key,), {column: pl.len()})


def _check_coverage(package: Package) -> Iterator[PackageFault]:
    """Every gateway's runs fill the same period."""
    runs = package.table("coverage.csv").group_by("gateway").agg(hours=pl.col("hours").sum())
    hours = runs.collect()["hours"]
    if hours.n_unique() > 1:
        yield PackageFault("coverage.csv", "its gateways do not have equally many hours", MEANING)


def _compare(
    place: str, what: str, found: int, other: str, expected: Any
) -> Iterator[PackageFault]:
    if found != expected:
        yield unequal(place, what, found, other, expected)


def _total(counted: pl.DataFrame) -> int:
    return int(counted["n"].sum() or 0)


def _sum(rows: pl.DataFrame, column: str) -> int:
    return int(rows[column].sum() or 0)
