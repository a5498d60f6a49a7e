"""What `hits.csv` and two lists say, counted by a program that knows nothing of logan.

It reads plain lists: ISO dates, one account a row, no BOM; days are those of Europe/London.
"""

import csv
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def covers(row: dict[str, str], day: str) -> bool:
    return (row["from"] or "0") <= day <= (row["until"] or "9")


def whose(listed: list[dict[str, str]], user: str, day: str) -> tuple[str, str, str]:
    """How the list knows an account on a day, the person, and the unit."""
    mine = [row for row in listed if row["account"].lower() == user.lower()]
    today = [row for row in mine if covers(row, day)]
    if not user:
        return "no_user", "", ""
    if not today:
        return ("outside_dates" if mine else "not_listed"), "", ""
    newest = {row["person"]: row for row in sorted(today, key=lambda row: row["from"])}
    units = {row["unit"] for row in newest.values()}
    unit = units.pop() if len(units) == 1 else ""
    if any(row["kind"] for row in today):
        return "shared", "", unit
    if len(newest) > 1:
        return "ambiguous", "", unit
    return "one_person", next(iter(newest)), unit


def count(folder: Path, people: Path) -> dict[str, dict[tuple[str, ...], Counter[str]]]:
    """By table and its key: hits, searches, uploads, blocked."""
    found: dict[str, dict[tuple[str, ...], Counter[str]]] = defaultdict(
        lambda: defaultdict(Counter)
    )
    listed = rows(people)
    for hit in rows(folder / "hits.csv"):
        instant = datetime.fromisoformat(hit["time"]).astimezone(LONDON)
        match, person, unit = whose(listed, hit["user"], instant.date().isoformat())
        blocked, flags = hit["action"] == "blocked", hit["flags"].split()
        search = hit["activity"] == "search" or "also_search" in flags
        upload = hit["activity"] == "upload" or "also_upload" in flags
        counts = Counter(
            hits=1, blocked=blocked, searches=search and not blocked, uploads=upload and not blocked
        )
        found["match.csv"][(match,)] += Counter(hits=1)
        found["units.csv"][unit, hit["service"]] += counts
        if person:
            found["persons.csv"][(person,)] += counts
    return found
