"""What changed between two packages about the same logs, and why: row by row, causes computed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import polars as pl

from logan.errors import UsageError
from logan.outputs.words import count, join, name_span
from logan.package.change_causes import ChangeCauses
from logan.package.hit_changes import PartedHits
from logan.package.reading import Package, read_texts
from logan.tables.spans import parse_window

#: Causes that leave what both packages are about as it was.
_OUTSIDE: Final = ("new_source", "late", "gone_source", "narrowed")
#: What of a window is told when it is another than was reported.
_MEASURES: Final = ("hits", "users", "searches", "uploads", "blocked")
_SELECTING: Final = ("since", "until", "services", "users")
_WINDOW: Final = ("window_start", "window_end", "service")
#: Revised windows that are told one by one.
_LISTED: Final = 5
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
    """A window that was reported before: its local days, or hours, service, and both counts."""

    when: str
    service: str
    measure: str
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed: rows of `hit_changes.CHANGES_CSV`, in order.

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
    with closing(PartedHits(old, new)) as hits:
        changes = hits.changes(ChangeCauses(old, new))
    late = changes.filter(pl.col("cause") == "late")["source"].unique().sort().to_list()
    return Comparison(*hits.counts, changes, tuple(late), tuple(_revised(old, new)))


def _revised(old: Package, new: Package) -> Iterator[RevisedWindow]:
    """The windows in both packages that differ; of each the first measure that does."""
    period = old.manifest["period"]
    if period is None:
        return
    ended = pl.col("window_end").is_between(pl.lit(period["start"]), pl.lit(period["end"]))
    before = read_texts(old.folder / "windows.csv").select(*_WINDOW, *_MEASURES)
    after = read_texts(new.folder / "windows.csv").filter(ended)
    both = after.select(*_WINDOW, *(pl.col(name).alias(f"new {name}") for name in _MEASURES)).join(
        before, on=_WINDOW, how="left" if _ask_the_same(old, new) else "inner"
    )
    rows = both.with_columns(pl.col(_MEASURES).fill_null("0")).sort(_WINDOW)
    for row in rows.collect(engine="streaming").iter_rows(named=True):
        for name in _MEASURES:
            if row[name] != row[f"new {name}"]:
                counts = int(row[name]), int(row[f"new {name}"])
                yield RevisedWindow(_name_window(row, new), str(row["service"]), name, *counts)
                break


def _ask_the_same(old: Package, new: Package) -> bool:
    """Whether a window and service that the old package has no row of had no hit in it."""
    one, other = (
        {**made.manifest["asked"], "rules": made.manifest["rules"]} for made in (old, new)
    )
    return all(one.get(name) == other.get(name) for name in (*_SELECTING, "window", "rules"))


def _name_window(row: Mapping[str, str], package: Package) -> str:
    start, end = (datetime.fromisoformat(row[key]) for key in _WINDOW[:2])
    window = parse_window(package.manifest["asked"]["window"])
    return name_span(start, end, window=window, zone=package.zone)


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
    for one in comparison.revised[:_LISTED]:
        yield f"  {one.when}, {one.service}: {one.old:,} {one.measure} -> {one.new:,}"
    if many > _LISTED:
        yield f"  and {many - _LISTED:,} more"


def _say(cause: str, number: int, late: Sequence[str]) -> str:
    if cause == "late":
        return f"{count(number, 'late line')} of {join(list(late[:3]))}"
    return f"{count(number, 'hit')} {_WORDS[cause]}"
