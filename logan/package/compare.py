"""What changed between two packages about the same logs, and why: row by row, causes computed.

Hits are joined by their id, which is the same wherever a log lies. Where a log has grown since, its
content and so the ids of its hits are others: these are joined by name of the source and number of
the line, as long as they are of the same request. Where it was rotated as well, or an audit has it
from its ledger alone, its name is another too: then the number of the line and all of the request
tell.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import polars as pl

from logan.errors import UsageError
from logan.outputs.words import count, join
from logan.package.reading import Package, read_texts
from logan.package.replay import read_selection
from logan.result import Selection

CHANGES_CSV: Final = (
    *("change", "hit", "cause", "service", "field", "old", "new", "time", "source"),
)
#: Causes that leave what both packages are about as it was.
_OUTSIDE: Final = ("new_source", "late", "gone_source", "narrowed")
#: What is held against each other of hits that are in both.
_FIELDS: Final = (
    *("time", "user", "client_ip", "service", "activity", "evidence", "action", "method", "host"),
    *("path", "status", "bytes_sent", "bytes_received", "rule", "flags"),
    *("person", "unit", "match", "authorisation", "reference"),
)
#: What of a window is told when it is another than was reported.
_MEASURES: Final = ("hits", "users", "searches", "uploads", "blocked")
_WINDOW: Final = ("window_start", "window_end", "service")
_PEOPLE: Final = ("person", "unit", "match", "authorisation", "reference")
#: What tells one request from another where the ids are not the same.
_REQUEST: Final = ("source", "line", "time", "client_ip", "host", "method")
#: The same where the source has another name.
_WHOLE_REQUEST: Final = (
    *("line", "time", "client_ip", "host", "method", "path", "status", "bytes_sent"),
    *("bytes_received", "service"),
)
#: Revised windows that are told one by one.
_TOLD: Final = 5
_WORDS: Final = {
    "new_source": "of logs that the first package had not got",
    "late": "of later lines",
    "gone_source": "of logs that the second package has not got",
    "narrowed": "by narrowing",
    "rules": "by other rules",
    "people": "by other lists of people",
    "options": "by other options",
    "version": "by another version of logan",
    "unexplained": "for no reason that the packages show",
}


class RevisedWindow(NamedTuple):
    """A window that was reported before: its start and end as written, service, and both counts."""

    start: str
    end: str
    service: str
    measure: str
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed: rows of `CHANGES_CSV`, new ones first, then gone, then changed ones by time.

    `revised` are the windows that had ended when the first package was made and are counted
    otherwise in the second, in order of time.
    """

    old_hits: int
    new_hits: int
    changes: pl.DataFrame
    late_sources: tuple[str, ...]
    revised: tuple[RevisedWindow, ...] = ()

    @property
    def causes(self) -> Mapping[str, int]:
        """How many hits changed for each cause."""
        hits = self.changes.unique(["change", "hit", "cause"])
        return Counter(hits["cause"].to_list())

    @property
    def overlap_unchanged(self) -> bool:
        """True where nothing differs in what both packages are about."""
        return set(self.causes) <= set(_OUTSIDE)


def compare(old: Package, new: Package) -> Comparison:
    """Compare two packages. Raises `UsageError` where their local days are of different zones."""
    zones = [(package.manifest["period"] or {}).get("zone") for package in (old, new)]
    if None not in zones and zones[0] != zones[1]:
        raise UsageError(
            f"{old.folder} counts in days of {zones[0]}, {new.folder} in days of {zones[1]}: make "
            "one of them again with --tz of the other"
        )
    rows = [_read_hits(package) for package in (old, new)]
    ids = [frame.select("hit").unique() for frame in rows]
    gone = rows[0].join(ids[1], on="hit", how="anti").collect(engine="streaming")
    fresh = rows[1].join(ids[0], on="hit", how="anti").collect(engine="streaming")
    pairs = _pair(gone, fresh, _REQUEST)
    unpaired = (_unpaired(gone, pairs["hit"]), _unpaired(fresh, pairs["again"]))
    pairs = pl.concat([pairs, _pair(*unpaired, _WHOLE_REQUEST)])
    causes = _Causes(old, new)
    changed = [*_changed(*rows, pairs=None), *_changed(*rows, pairs=pairs)]
    listed = [
        *(_row("new", row, causes.of_new(row)) for row in _left(fresh, pairs["again"])),
        *(_row("gone", row, causes.of_gone(row)) for row in _left(gone, pairs["hit"])),
        *(causes.of_changed(row) for row in changed),
    ]
    changes = pl.DataFrame(listed, schema=dict.fromkeys(CHANGES_CSV, pl.String))
    late = changes.filter(pl.col("cause") == "late")["source"].unique().sort().to_list()
    counts = [frame.select(pl.len()).collect(engine="streaming").item() for frame in rows]
    revised = tuple(_revised(old, new))
    return Comparison(counts[0], counts[1], changes, tuple(late), revised)


def _pair(gone: pl.DataFrame, fresh: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    """The ids of hits that agree in some columns, each in one pair: `hit` and, of now, `again`."""
    others = fresh.select(pl.col("hit").alias("again"), *on)
    moved = gone.select("hit", *on).join(others, on=on, nulls_equal=True, maintain_order="left")
    once = moved.unique("hit", keep="first", maintain_order=True)
    return once.unique("again", keep="first", maintain_order=True).select("hit", "again")


def _unpaired(rows: pl.DataFrame, paired: pl.Series) -> pl.DataFrame:
    """The rows whose id found no pair."""
    return rows.filter(~pl.col("hit").is_in(paired.implode()).fill_null(value=False))


def _revised(old: Package, new: Package) -> Iterator[RevisedWindow]:
    """The windows in both packages that differ; of each the first measure that does."""
    period = old.manifest["period"]
    if period is None:
        return
    before = read_texts(old.folder / "windows.csv").filter(pl.col("window_end") <= period["end"])
    after = read_texts(new.folder / "windows.csv")
    both = before.select(*_WINDOW, *_MEASURES).join(
        after.select(*_WINDOW, *(pl.col(name).alias(f"new {name}") for name in _MEASURES)),
        on=_WINDOW,
    )
    for row in both.sort(_WINDOW).collect(engine="streaming").iter_rows(named=True):
        for name in _MEASURES:
            if row[name] != row[f"new {name}"]:
                start, end, service = (str(row[key]) for key in _WINDOW)
                counts = int(row[name]), int(row[f"new {name}"])
                yield RevisedWindow(start, end, service, name, *counts)
                break


def _read_hits(package: Package) -> pl.LazyFrame:
    rows = read_texts(package.folder / "hits.csv")
    there = rows.collect_schema().names()
    return rows.with_columns(
        pl.lit(None, pl.String).alias(name) for name in _FIELDS if name not in there
    )


def _left(rows: pl.DataFrame, paired: pl.Series) -> Iterator[dict[str, Any]]:
    """Rows whose id found no pair, in order of time."""
    left = _unpaired(rows, paired)
    yield from left.sort("time", "source", "line", nulls_last=True).iter_rows(named=True)


def _changed(
    old: pl.LazyFrame, new: pl.LazyFrame, *, pairs: pl.DataFrame | None
) -> Iterator[dict[str, Any]]:
    """The fields that differ of hits in both: by their ids, or by pairs of ids."""
    if pairs is not None:
        known = dict(pairs.select("again", "hit").rows())
        new = new.filter(pl.col("hit").is_in(list(known))).with_columns(
            pl.col("hit").replace(known)
        )
    kept = new.select("hit", *(pl.col(name).alias(f"new {name}") for name in _FIELDS))
    both = old.join(kept, on="hit", how="inner")
    differs = {name: pl.col(name).ne_missing(pl.col(f"new {name}")) for name in _FIELDS}
    off = both.filter(pl.any_horizontal(differs.values())).collect(engine="streaming")
    for row in off.sort("time", "source", "line", nulls_last=True).iter_rows(named=True):
        for name in _FIELDS:
            if row[name] != row[f"new {name}"]:
                yield {**row, "field": name, "old": row[name], "new": row[f"new {name}"]}


def _row(change: str, row: Mapping[str, Any], cause: str) -> dict[str, Any]:
    return {name: row.get(name) for name in CHANGES_CSV} | {"change": change, "cause": cause}


class _Causes:
    """Why a hit is in one package and not, or not so, in the other; what is certain comes first."""

    def __init__(self, old: Package, new: Package) -> None:
        self._packages = old, new
        self._contents = [_contents(package) for package in (old, new)]
        self._selections = [read_selection(package) for package in (old, new)]
        self._of_all = next(_general_causes(old, new), "unexplained")

    def of_new(self, row: Mapping[str, Any]) -> str:
        return self._of_one(row, has=1, late="late", absent="new_source")

    def of_gone(self, row: Mapping[str, Any]) -> str:
        return self._of_one(row, has=0, late="gone_source", absent="gone_source")

    def _of_one(self, row: Mapping[str, Any], *, has: int, late: str, absent: str) -> str:
        mine, other = self._contents[has], self._contents[1 - has]
        if not _is_selected(row, self._selections[1 - has]):
            return "narrowed"
        source = row["source"]
        if source not in mine:
            return "unexplained"
        if mine[source] not in other.values():
            return late if source in other else absent
        return self._of_all

    def of_changed(self, row: Mapping[str, Any]) -> dict[str, Any]:
        people = row["field"] in _PEOPLE
        return _row("changed", row, "people" if people else self._of_all)


def _contents(package: Package) -> dict[str, str | None]:
    """What the sources hold, by name: the hash of their content."""
    rows = read_texts(package.folder / "sources.csv")
    return dict(rows.select("source", pl.coalesce("content_sha256", "sha256")).collect().rows())


def _general_causes(old: Package, new: Package) -> Iterator[str]:
    """What differs in how the packages were made."""
    before, after = old.manifest, new.manifest
    if _rule_hashes(before) != _rule_hashes(after):
        yield "rules"
    if before.get("people") != after.get("people"):
        yield "people"
    selecting = ("since", "until", "services", "users", "window")
    if any(
        value != after["asked"].get(name)
        for name, value in before["asked"].items()
        if name not in selecting
    ):
        yield "options"
    if before["logan"] != after["logan"] or before.get("tzdata") != after.get("tzdata"):
        yield "version"


def _rule_hashes(manifest: Mapping[str, Any]) -> list[str]:
    return sorted(str(one["sha256"]) for one in manifest["rules"])


def _is_selected(row: Mapping[str, Any], selection: Selection) -> bool:
    """True where a package with this selection would list the hit."""
    if selection.services and row["service"] not in selection.services:
        return False
    users = [user.lower() for user in selection.users]
    if users and (row["user"] or "").lower() not in users:
        return False
    if selection.since is None and selection.until is None:
        return True
    if row["time"] is None:
        return False
    time = datetime.fromisoformat(row["time"])
    after = selection.since is None or time >= selection.since
    return after and (selection.until is None or time < selection.until)


def tell(comparison: Comparison) -> Iterator[str]:
    """The result in words: both numbers of hits and the causes first, then what did not change."""
    causes = comparison.causes
    said = [
        _say(cause, causes[cause], comparison.late_sources) for cause in _WORDS if causes[cause]
    ]
    unchanged = [] if causes["rules"] else ["no change by rules"]
    text = "; ".join([*said, *unchanged]) if said else "nothing changed"
    yield f"{comparison.old_hits:,} -> {comparison.new_hits:,}: {text}"
    if said and comparison.overlap_unchanged:
        yield "What both packages are about did not change."
    if many := len(comparison.revised):
        are = "is" if many == 1 else "are"
        yield f"{count(many, 'window')} that had been reported {are} revised:"
    for one in comparison.revised[:_TOLD]:
        yield (
            f"  {one.start[:10]} to {one.end[:10]}, {one.service}: {one.old:,} {one.measure} "
            f"-> {one.new:,}"
        )
    if many > _TOLD:
        yield f"  and {many - _TOLD:,} more"


def _say(cause: str, number: int, late: Sequence[str]) -> str:
    if cause == "late":
        return f"{count(number, 'late line')} of {join(list(late[:3]))}"
    return f"{count(number, 'hit')} {_WORDS[cause]}"
