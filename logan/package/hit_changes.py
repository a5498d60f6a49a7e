"""The hits of two packages held against each other, in bounded memory: new, gone, and changed ones.

Hits are joined by their id, which is the same wherever a log lies. Where a log has grown since, its
content and so the ids of its hits are others: these are joined by name of the source and number of
the line, as long as they are of the same request. Where it was rotated as well, or an audit has it
from its ledger alone, its name is another too: then the number of the line and all of the request
tell.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from logan.package.change_causes import ChangeCauses
from logan.package.reading import Package
from logan.runtime.hash_partitions import HashPartitions
from logan.runtime.private_folder import PrivateFolder

CHANGES_CSV: Final = (
    *("change", "hit", "cause", "service", "field", "old", "new", "time", "source"),
)
#: What is held against each other of hits that are in both.
_FIELDS: Final = (
    *("time", "user", "client_ip", "service", "activity", "evidence", "action", "method", "host"),
    *("path", "status", "bytes_sent", "bytes_received", "rule", "flags"),
    *("person", "unit", "match", "authorisation", "reference"),
)
#: What is read of a hit.
_READ: Final = ("hit", "source", "line", *_FIELDS)
#: What tells one request from another where the ids are not the same.
_REQUEST: Final = ("source", "line", "time", "client_ip", "host", "method")
#: The same where the source has another name.
_WHOLE_REQUEST: Final = (
    *("line", "time", "client_ip", "host", "method", "path", "status", "bytes_sent"),
    *("bytes_received", "service"),
)
#: Which of the packages a row is of: 0 or 1.
_SIDE: Final = "_side"
#: What changes are put in order by: how they changed, then time, source and line, then the field.
_ORDER: Final = ("_kind", "time", "source", "line", "_field")
_IN_FILE: Final = ("time", "source", "line", "hit")
_KINDS: Final = ("new", "gone", "changed")
#: Rows that are held against each other at once.
_TOGETHER: Final = 40_000


class PartedHits:
    """The hits of two packages on disk, cut so that those that may be one lie together.

    `counts` says how many either has, once `changes` was asked for; that can be done once.
    """

    def __init__(self, old: Package, new: Package) -> None:
        self._packages = old, new
        self._folder = PrivateFolder()
        self.counts = (0, 0)

    def changes(self, causes: ChangeCauses) -> pl.DataFrame:
        """What changed, in rows of `CHANGES_CSV`: new hits, gone ones, then changed ones, by time.

        Of a changed hit each field that differs.
        """
        found = [_no_changes()]
        single = HashPartitions(self._folder.path / "single", pl.col("line"))
        for rows in self._cut_by_id().parts(_TOGETHER):
            old, new = _sides(rows)
            found.append(_changed(old, new, causes))
            single.add(rows.join(old.join(new, on="hit", how="semi"), on="hit", how="anti"))
        for rows in single.parts(_TOGETHER):
            found += _of_single(*_sides(rows.sort(_IN_FILE, nulls_last=True)), causes)
        return pl.concat(found).sort(_ORDER, nulls_last=True).select(CHANGES_CSV)

    def close(self) -> None:
        """Let go of the files."""
        del self._folder

    def _cut_by_id(self) -> HashPartitions:
        cut = HashPartitions(self._folder.path / "hits", pl.col("hit"))
        counts = [0, 0]
        for side, package in enumerate(self._packages):
            for rows in _read_hits(package, side):
                counts[side] += rows.height
                cut.add(rows)
        self.counts = (counts[0], counts[1])
        return cut


def _read_hits(package: Package, side: int) -> Iterator[pl.DataFrame]:
    for batch in package.batches("hits.csv"):
        columns = (
            pl.col(name) if name in batch.columns else pl.lit(None, pl.String).alias(name)
            for name in _READ
        )
        rows = batch.select(pl.lit(side, pl.UInt8).alias(_SIDE), *columns)
        yield rows.with_columns(_flags_of_the_hit())


def _flags_of_the_hit() -> pl.Expr:
    """The flags but `late`, which tells of the package that was made before, not of the hit."""
    kept = pl.col("flags").str.split(" ").list.set_difference(["late"]).list.join(" ")
    return kept.replace("", None)


def _sides(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of the old package, and of the new one."""
    old, new = (rows.filter(pl.col(_SIDE) == side).drop(_SIDE) for side in (0, 1))
    return old, new


def _of_single(
    gone: pl.DataFrame, fresh: pl.DataFrame, causes: ChangeCauses
) -> Iterator[pl.DataFrame]:
    """What became of hits whose id only one package has."""
    pairs = _pair(gone, fresh, _REQUEST)
    unpaired = (_unpaired(gone, pairs["hit"]), _unpaired(fresh, pairs["again"]))
    pairs = pl.concat([pairs, _pair(*unpaired, _WHOLE_REQUEST)])
    now = fresh.rename({"hit": "again"}).join(pairs, on="again")
    yield _changed(gone, now, causes)
    yield _listed("new", _unpaired(fresh, pairs["again"]).with_columns(cause=causes.of_new()))
    yield _listed("gone", _unpaired(gone, pairs["hit"]).with_columns(cause=causes.of_gone()))


def _pair(gone: pl.DataFrame, fresh: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    """The ids of hits that agree in some columns, each in one pair: `hit` and, of now, `again`."""
    others = fresh.select(pl.col("hit").alias("again"), *on)
    moved = gone.select("hit", *on).join(others, on=on, nulls_equal=True, maintain_order="left")
    once = moved.unique("hit", keep="first", maintain_order=True)
    return once.unique("again", keep="first", maintain_order=True).select("hit", "again")


def _unpaired(rows: pl.DataFrame, paired: pl.Series) -> pl.DataFrame:
    """The rows whose id found no pair."""
    return rows.filter(~pl.col("hit").is_in(paired.implode()).fill_null(value=False))


def _changed(old: pl.DataFrame, new: pl.DataFrame, causes: ChangeCauses) -> pl.DataFrame:
    """The fields that differ of hits in both."""
    kept = new.select("hit", *(pl.col(name).alias(f"new {name}") for name in _FIELDS))
    both = old.join(kept, on="hit")
    off = [
        both.filter(pl.col(name).ne_missing(pl.col(f"new {name}"))).with_columns(
            cause=pl.lit(causes.of_field(name)),
            field=pl.lit(name),
            old=name,
            new=f"new {name}",
            _field=pl.lit(at, pl.UInt8),
        )
        for at, name in enumerate(_FIELDS)
    ]
    return pl.concat([_no_changes(), *(_listed("changed", rows) for rows in off if rows.height)])


def _listed(change: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows as changes of this kind, with what puts them in order."""
    known = {name: pl.lit(None, dtype) for name, dtype in _types().items()}
    known |= {name: pl.col(name) for name in rows.columns if name in known}
    known |= {"change": pl.lit(change), "_kind": pl.lit(_KINDS.index(change), pl.UInt8)}
    return rows.select(**known)


def _types() -> dict[str, type[pl.DataType]]:
    places = dict.fromkeys(("_kind", "_field"), pl.UInt8)
    return {**dict.fromkeys((*CHANGES_CSV, "line"), pl.String), **places}


def _no_changes() -> pl.DataFrame:
    return pl.DataFrame(schema=_types())
