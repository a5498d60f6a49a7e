"""Why a hit is in one package and not, or not so, in the other; what is certain comes first."""

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any, Final

import polars as pl

from logan.package.reading import Package, as_instant, read_texts
from logan.package.replay import read_selection
from logan.result import Selection

_PEOPLE: Final = ("person", "unit", "match", "authorisation", "reference")


class ChangeCauses:
    """The causes of the changes from one package to another."""

    def __init__(self, old: Package, new: Package) -> None:
        self._contents = [_contents(package) for package in (old, new)]
        self._selections = [read_selection(package) for package in (old, new)]
        self._of_all = next(_general_causes(old, new), "unexplained")

    def of_new(self) -> pl.Expr:
        """Of hits that the new package alone has, by their columns."""
        return self._of_one(has=1, late="late", absent="new_source")

    def of_gone(self) -> pl.Expr:
        """Of hits that the old package alone has."""
        return self._of_one(has=0, late="gone_source", absent="gone_source")

    def of_field(self, field: str) -> str:
        """Of hits that both have, and that differ in a field."""
        return "people" if field in _PEOPLE else self._of_all

    def _of_one(self, *, has: int, late: str, absent: str) -> pl.Expr:
        mine, other = self._contents[has], self._contents[1 - has]
        held = {*other.values()}
        causes = {
            source: self._of_all if content in held else late if source in other else absent
            for source, content in mine.items()
        }
        by_source = pl.col("source").replace_strict(
            pl.Series([*causes], dtype=pl.String),
            pl.Series([*causes.values()], dtype=pl.String),
            default="unexplained",
        )
        selected = _is_selected(self._selections[1 - has])
        return pl.when(selected).then(by_source).otherwise(pl.lit("narrowed"))


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


def _is_selected(selection: Selection) -> pl.Expr:
    """True where a package with this selection would list the hit."""
    wanted = [pl.lit(value=True)]
    if selection.services:
        wanted.append(pl.col("service").is_in(list(selection.services)))
    if selection.users:
        users = [user.lower() for user in selection.users]
        wanted.append(pl.col("user").fill_null("").str.to_lowercase().is_in(users))
    time = as_instant(pl.col("time"))
    if selection.since is not None:
        wanted.append(time >= selection.since.astimezone(UTC))
    if selection.until is not None:
        wanted.append(time < selection.until.astimezone(UTC))
    return pl.all_horizontal(one.fill_null(value=False) for one in wanted)
