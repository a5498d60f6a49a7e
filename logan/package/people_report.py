"""What a report says by lists of people, counted from the tables of a package alone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from logan.outputs.people_words import (
    MATCH_WORDS,
    OTHERWISE_NOTE,
    STANDING_WORDS,
    sum_otherwise,
    write_declared,
    write_permitted,
    write_persons,
)
from logan.outputs.report.content import PeopleSection, ReportTable
from logan.outputs.words import count, name_local_day, name_moment
from logan.package.names import KEPT_LISTS
from logan.package.reading import Package
from logan.schema import PEOPLE_TABLES
from logan.tables.people_totals import PeopleTotals, total_people

#: Rows of a long table that a report shows; all of them stand in the file.
_ROWS: Final = 200
#: Counts of units and persons, in order.
_COUNTS: Final = ("hits", "searches", "blocked")
_STANDINGS: Final = ("on_register", "none_on_register", "otherwise", "cannot_tell")
#: An event about all services has no other ones.
_NO_OTHERS: Final = ("none", "none")

Row = Mapping[str, Any]


def list_people(package: Package, names: Mapping[str, str]) -> PeopleSection:
    """The section of a report; `names` gives the name of each service."""
    counted = (name for name in PEOPLE_TABLES if name not in KEPT_LISTS)
    tables = {name: package.table(name).collect() for name in counted}
    totals = total_people(tables)
    given = _has_register(package)
    permitted = write_permitted(totals)
    events, declared = tables["after_event.csv"], pl.col("event") == "maintenance"
    listed = [
        _list_matches(totals),
        _list_units(tables["units.csv"], names, given=given),
        *([_list_standings(totals)] if given else []),
        *([_list_register(tables["authorisations_used.csv"], names, package)] if given else []),
        *_list_events(events.filter(~declared), names, package),
        *_list_ambiguous(tables["people_ambiguous.csv"], package),
    ]
    sentences = [f"{said}." for said in (write_persons(totals), permitted) if said]
    gaps = [f"{write_declared(row, package.zone)}." for row in events.filter(declared).to_dicts()]
    persons = _list_persons(tables["persons.csv"], given=given)
    return PeopleSection(sentences, listed, persons, gaps)


def _has_register(package: Package) -> bool:
    return any(one["role"] == "authorisations" for one in package.manifest["people"]["files"])


def _table(
    caption: str,
    columns: Sequence[tuple[str, bool]],
    rows: Iterable[Sequence[str]],
    query: str,
) -> ReportTable:
    listed = list(rows)
    left_out = max(len(listed) - _ROWS, 0)
    return ReportTable(caption, columns, listed[:_ROWS], query, left_out)


def _numbers(names: Iterable[str]) -> list[tuple[str, bool]]:
    return [(name.replace("_", " "), True) for name in names]


def _cells(row: Row, names: Iterable[str]) -> list[str]:
    return [f"{row[name]:,}" for name in names]


def _list_matches(totals: PeopleTotals) -> ReportTable:
    columns = [("account", False), ("hits", True), ("what it means", False)]
    rows = [
        [word.replace("_", " "), f"{hits:,}", MATCH_WORDS[word]]
        for word, hits in totals.by_match.items()
    ]
    return _table("How the list of people knows the accounts", columns, rows, "match.csv: all rows")


def _list_standings(totals: PeopleTotals) -> ReportTable:
    columns = [("on the register", False), ("hits", True), ("what it means", False)]
    rows = [
        [word.replace("_", " "), f"{hits:,}", STANDING_WORDS[word]]
        for word, hits in totals.by_standing.items()
    ]
    query = "units.csv: sums; hits.csv: authorisation, match other than by_address"
    return _table("What stands on the register about the hits", columns, rows, query)


def _list_units(units: pl.DataFrame, names: Mapping[str, str], *, given: bool) -> ReportTable:
    counts = (*_COUNTS, *(_STANDINGS if given else ()), "by_address")
    columns = [("unit", False), ("service", False), ("people", True), *_numbers(counts)]
    rows = [
        [
            row["unit"] or "none known",
            names.get(row["service"]) or row["service"] or "",
            *_cells(row, ("people", *counts)),
        ]
        for row in units.with_columns(sum_otherwise()).iter_rows(named=True)
    ]
    caption = "By unit at the time of the hit, and service" + _note(given=given)
    return _table(caption, columns, rows, "units.csv: all rows")


def _list_register(
    register: pl.DataFrame, names: Mapping[str, str], package: Package
) -> ReportTable:
    counts = ("hits", "searches", "people", "hits_outside_its_dates")
    columns = [
        *(("reference", False), ("made out to", False), ("service", False)),
        *(("activity", False), ("first day", False), ("last day", False), *_numbers(counts)),
    ]
    rows = [
        [
            row["reference"] or "none",
            row["who"] or "",
            names.get(row["service"]) or row["service"] or "any",
            row["activity"] or "any",
            *_name_days(row, package),
            *_cells(row, counts),
        ]
        for row in register.iter_rows(named=True)
    ]
    caption = "The register, with the use of every row; a row with 0 was not used"
    return _table(caption, columns, rows, "authorisations_used.csv: all rows")


def _name_days(row: Row, package: Package) -> list[str]:
    """The first and the last local day of an authorisation."""
    until = row["until"] - timedelta(microseconds=1) if row["until"] else None
    return [name_local_day(one, package.zone) or "open" for one in (row["from"], until)]


def _name_bound(instant: datetime | None, package: Package) -> str:
    return name_moment(instant, package.zone) if instant else "open"


def _list_events(
    events: pl.DataFrame, names: Mapping[str, str], package: Package
) -> Iterable[ReportTable]:
    """Nothing where no event is listed."""
    if events.is_empty():
        return
    columns = [
        *(("event", False), ("from", False), ("before", False), ("after", False)),
        *(("blocked", True), ("let through", True), ("people", True), ("new", True)),
        ("elsewhere, before", True),
        ("elsewhere, after", True),
    ]
    counts = ("after_blocked", "after_allowed", "after_people", "people_only_after")
    others = ("other_services_before", "other_services_after")
    rows = [
        [
            _name_event(row, names),
            _name_bound(row["from"], package),
            *(
                f"{row[f'{side}_hits']:,} in {count(row[f'{side}_days'], 'day')}"
                for side in ("before", "after")
            ),
            *_cells(row, counts),
            *(_cells(row, others) if row["service"] else _NO_OTHERS),
        ]
        for row in events.iter_rows(named=True)
    ]
    caption = (
        "Before and after each event: hits, what the gateway did, who had none before; elsewhere: "
        "hits on other services of those who had used the one before"
    )
    yield _table(caption, columns, rows, "after_event.csv: all rows")


def _name_event(row: Row, names: Mapping[str, str]) -> str:
    service = names.get(row["service"]) or row["service"] or "all services"
    return f"{row['event'].replace('_', ' ')}: {service}"


def _list_ambiguous(rows: pl.DataFrame, package: Package) -> Iterable[ReportTable]:
    """Nothing where no account was two persons' at once, and no address two accounts'."""
    of_address = pl.col("address").is_not_null()
    yield from _list_owners(
        rows.filter(~of_address),
        ("account", "person"),
        "Accounts that were two persons' at once; neither is counted",
        "people_ambiguous.csv: address is empty",
        package,
    )
    yield from _list_owners(
        rows.filter(of_address),
        ("address", "account"),
        "Addresses that were two accounts' at once; their hits are nobody's",
        "people_ambiguous.csv: address is not empty",
        package,
    )


def _list_owners(
    rows: pl.DataFrame, whose: tuple[str, str], caption: str, query: str, package: Package
) -> Iterable[ReportTable]:
    """One of several owners a row; `whose` are the columns of what is owned and by whom."""
    if rows.is_empty():
        return
    columns = [*((name, False) for name in (*whose, "from", "until")), ("hits", True)]
    listed = [
        [
            *(row[name] or "" for name in whose),
            _name_bound(row["from"], package),
            _name_bound(row["until"], package),
            f"{row['hits']:,}",
        ]
        for row in rows.iter_rows(named=True)
    ]
    yield _table(caption, columns, listed, query)


def _list_persons(persons: pl.DataFrame, *, given: bool) -> ReportTable:
    counts = ("accounts", *_COUNTS, *(_STANDINGS if given else ()), "by_address")
    columns = [("person", False), ("units", False), *_numbers(counts)]
    rows = [
        [row["person"], row["units"] or "none known", *_cells(row, counts)]
        for row in persons.with_columns(sum_otherwise()).iter_rows(named=True)
    ]
    caption = "By person, most hits first" + _note(given=given)
    return _table(caption, columns, rows, "persons.csv: all rows")


def _note(*, given: bool) -> str:
    return f"; {OTHERWISE_NOTE}" if given else ""
