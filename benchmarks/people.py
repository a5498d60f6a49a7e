"""Every line a hit of one of 60,000 accounts: a scan with lists of people against one without.

The list gives each account ten spans, each in another unit; the register has 200 rows, for persons
and a unit. What is compared is processor time: most of the rest of a scan runs in two threads.
"""

import csv
from datetime import date, timedelta
from pathlib import Path

from commands import LOGAN, WORK, output
from measure import GB, MB, Options, Result, a_log, name_size, race, read_options
from rows import Bound, raced_row

USERS, SPANS, UNITS = 60_000, 10, 200
_FIRST_DAY, _DAYS = date(2023, 10, 1), 90
#: Times the processor time of the scan without lists.
TARGET = 1.2


def write_people(path: Path) -> None:
    """Write the list of people: spans that follow each other, in another unit each."""
    spans = [_FIRST_DAY + timedelta(days=_DAYS * at) for at in range(SPANS + 1)]
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("account", "person", "unit", "from", "until"))
        for user in range(USERS):
            for at, first in enumerate(spans[:-1]):
                last = spans[at + 1] - timedelta(days=1)
                rows.writerow(
                    (f"user{user}", f"{user:06}", f"Unit {(user + at) % UNITS}", first, last)
                )


def write_register(path: Path) -> None:
    """Write a register for some persons, and for one unit."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("reference", "who", "service", "activity", "from", "until"))
        rows.writerows(
            (f"R{user}", f"person:{user:06}", "", "search", "2023-10-01", "2024-06-30")
            for user in range(200)
        )
        rows.writerow(("RU", "unit:Unit 7", "pimeyes", "search", "2023-10-01", "2024-06-30"))


def measure(options: Options) -> Result:
    """Both scans in turn on one log, each with its summary."""
    people, register = WORK / "people.csv", WORK / "register.csv"
    write_people(people)
    write_register(register)
    with a_log("squid", options.size, users=USERS, hit_every=1) as log:
        lists = ("--people", people, "--authorisations", register)
        sides = {"without": (*LOGAN, "scan", log), "with": (*LOGAN, "scan", log, *lists)}
        for command in sides.values():
            output(command)
        raced = race(sides, options.repeats)
    ratio = round(raced.processor_seconds("with") / raced.processor_seconds("without"), 2)
    return raced_row(
        raced,
        "people",
        f"every line a hit, {name_size(options.size)}, a list of {USERS * SPANS:,} spans",
        Bound("at most", TARGET),
        ratio,
        "times the processor time of a scan without lists",
    )


if __name__ == "__main__":
    given = read_options(__doc__, quick=200 * MB, full=GB)
    given.keep(measure(given))
