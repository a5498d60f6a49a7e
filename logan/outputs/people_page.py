"""The section of a summary about lists of people: by unit, by authorisation, around each event.

It names units and no person, unless somebody asks for them: persons stand in the package alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl
from rich.text import Text

from logan.outputs.grid import Column, lay_out
from logan.outputs.page import Page
from logan.outputs.people_limits import list_people_limits
from logan.outputs.people_words import (
    MATCH_WORDS,
    OTHERWISE_NOTE,
    STANDING_WORDS,
    sum_otherwise,
    write_declared,
    write_permitted,
    write_persons,
)
from logan.outputs.words import count, name_moment
from logan.tables.people_counts import PeopleCounts

#: The first line of the section.
TITLE: Final = "By the force's own lists"
#: How to see the rows that a table leaves out.
_HOW: Final = "--top 0 shows all"
#: Cells for the name of a unit before counts give way to it.
_UNIT: Final = 26
_SUMS: Final = {
    "hits": 0,
    "searches": 3,
    "uploads": 6,
    "blocked": 5,
    "on_register": 0,
    "none_on_register": 1,
    "otherwise": 2,
    "cannot_tell": 4,
}

Row = Mapping[str, Any]


def show_people_counts(counts: PeopleCounts, page: Page) -> list[Text]:
    """Show the section for sums that are made already."""
    permitted = write_permitted(counts.totals)
    return [
        *page.title(TITLE),
        *page.wrap(write_persons(counts.totals), rest="  "),
        *(page.wrap(permitted, rest="  ") if permitted else ()),
        *_show_matches(counts, page),
        *_show_units(counts, page),
        *_show_standings(counts, page),
        *_show_events(counts, page),
        *page.title("What these lists cannot tell"),
        *(
            line
            for one in list_people_limits(counts)
            for line in page.wrap(one.text, first=f"  {page.marks.bullet} ")
        ),
    ]


def show_persons(counts: PeopleCounts, page: Page) -> list[Text]:
    """Show hits by person, most first: for whoever asks for names, and in no page but theirs."""
    persons = counts.tables["persons.csv"].with_columns(sum_otherwise())
    shown = persons.head(persons.height if page.top is None else page.top).to_dicts()
    units = [page.safe(row["units"] or "") for row in shown]
    columns = [
        Column("person", [page.safe(row["person"]) for row in shown], right=False, cut="end"),
        *_count_columns(shown, counts),
        Column("units", units, rank=6, right=False, cut="end"),
    ]
    return [
        *page.title("By person", "whose account it was; others may have used it"),
        *lay_out(columns, width=page.width, marks=page.marks),
        *page.more(persons.height - len(shown), "persons", _HOW),
    ]


def _show_matches(counts: PeopleCounts, page: Page) -> list[Text]:
    by_match = counts.totals.by_match
    rows = [
        (word.replace("_", " "), hits, MATCH_WORDS[word]) for word, hits in by_match.items() if hits
    ]
    return page.title("How the list knows the accounts") + _explain(rows, page)


def _show_standings(counts: PeopleCounts, page: Page) -> list[Text]:
    """Show what stands on the register; nothing where none was given."""
    if not counts.with_register:
        return []
    said = _say(counts.totals.by_standing, STANDING_WORDS)
    return page.title("What stands on the register") + _explain(said, page)


def _say(hits: Mapping[Any, int], meanings: Mapping[Any, str]) -> list[tuple[str, int, str]]:
    """Words that have hits, each with their number and what it means."""
    return [
        (word.replace("_", " "), number, meanings[word]) for word, number in hits.items() if number
    ]


def _explain(rows: Sequence[tuple[str, int, str]], page: Page) -> list[Text]:
    """Lines of a word, its number, and what it means."""
    widest = max((len(word) for word, _, _ in rows), default=0)
    digits = max((len(f"{number:,}") for _, number, _ in rows), default=0)
    return [
        line
        for word, number, meaning in rows
        for line in page.wrap(meaning, first=f"  {word:<{widest}}  {number:>{digits},}  ")
    ]


def _show_units(counts: PeopleCounts, page: Page) -> list[Text]:
    rows = _sum_units(counts)
    shown = rows[: page.top]
    columns = [
        Column(
            "unit",
            [page.safe(row["unit"] or "(none known)") for row in shown],
            right=False,
            cut="end",
            least=min(_UNIT, page.width // 3),
        ),
        *_count_columns(shown, counts),
    ]
    table = lay_out(columns, width=page.width, marks=page.marks)
    noted = any("otherwise" in line.plain for line in table[:1])
    return [
        *page.title("By unit", "the unit at the time of the hit"),
        *table,
        *(page.wrap(OTHERWISE_NOTE, style="dim") if noted else ()),
        *page.more(len(rows) - len(shown), "units", _HOW),
    ]


def _count_columns(rows: Sequence[Row], counts: PeopleCounts) -> list[Column]:
    return [
        Column(name.replace("_", " "), [f"{row[name]:,}" for row in rows], rank=rank)
        for name, rank in _SUMS.items()
        if _is_told(name, counts)
    ]


def _is_told(name: str, counts: PeopleCounts) -> bool:
    """False for what only a register of authorisations could tell, and none was given."""
    return name not in (*STANDING_WORDS, "otherwise") or counts.with_register


def _sum_units(counts: PeopleCounts) -> list[dict[str, Any]]:
    """The units over all services, most hits first, then what belongs to none."""
    units = counts.tables["units.csv"].with_columns(sum_otherwise())
    summed = units.group_by("unit").agg(pl.col(*_SUMS).sum())
    return summed.sort(pl.col("unit").is_null(), -pl.col("hits"), "unit").to_dicts()


def _show_events(counts: PeopleCounts, page: Page) -> list[Text]:
    """Show what came after each event; maintenance is a declared gap, and apart."""
    rows = counts.tables["after_event.csv"].to_dicts()
    declared = [write_declared(row, counts.zone) for row in rows if row["event"] == "maintenance"]
    return [
        *(
            line
            for row in rows
            if row["event"] != "maintenance"
            for line in _show_event(row, counts, page)
        ),
        *(page.title("Declared maintenance") if declared else ()),
        *(line for text in declared for line in page.wrap(text, first="  ", rest="    ")),
    ]


def _show_event(row: Row, counts: PeopleCounts, page: Page) -> list[Text]:
    service = row["service"]
    name = counts.names.get(service, service) if service else "all services"
    when = name_moment(row["from"], counts.zone) if row["from"] else "before all logs"
    at = f", {row['gateway']}" if row["gateway"] else ""
    before, after = (count(row[name], "day") for name in ("before_days", "after_days"))
    lines = [
        ("before", row["before_hits"], f"hits in {before}"),
        ("after", row["after_hits"], f"hits in {after}"),
        ("  blocked", row["after_blocked"], "attempts that the gateway stopped"),
        ("  let through", row["after_allowed"], "that it did not"),
        ("  people", row["after_people"], "persons, or else accounts and addresses"),
        ("  new", row["people_only_after"], "of them had no hit before"),
        (
            "other services",
            row["other_services_before"],
            "hits before, of those who had used this one",
        ),
        ("", row["other_services_after"], "and after"),
    ]
    shown = lines if service else lines[:-2]
    title = page.title(f"{row['event'].replace('_', ' ').capitalize()}: {name}", f"{when}{at}")
    return title + _explain(shown, page)
