"""Every line a hit, 100,000 users: summary and full export, against a DuckDB query for users.csv.

logan writes six files, every hit among them, and the summary; DuckDB writes the table of users and
services alone, with hits, searches, sessions, active days, first and last time. It is told what the
rules would tell (which domains, what a search looks like) and that all lines have one form. Before
any time is taken, the tables must be the same.
"""

import csv
import shutil
from pathlib import Path

from commands import LOGAN, WORK, output
from measure import GB, MB, Options, Race, Result, a_log, name_size, need_equal, race, read_options
from queries import SERVICES, requests, service
from rows import rate_and_ratio
from tools import duckdb_version, python_with

USERS = 100_000
#: GB a second, and times as fast as DuckDB.
TARGETS = (0.25, 2)
_EXPORT, _TABLE = WORK / "dense-export", WORK / "dense-users.csv"
_COLUMNS = ("user", "service", "hits", "searches", "sessions", "active_days")


def users_query(log: Path) -> str:
    """The table of users and services, sorted as logan sorts it."""
    return f"""COPY (
        WITH hits AS (SELECT *, {service(SERVICES)} AS service FROM ({requests(log)})),
        parted AS (
            SELECT *, seen - lag(seen) OVER (PARTITION BY user, service ORDER BY seen) > 1800
                AS later
            FROM hits WHERE service IS NOT NULL
        )
        SELECT user, service, count(*) AS hits,
            count(*) FILTER (method = 'POST') AS searches,
            1 + count(*) FILTER (later) AS sessions,
            count(DISTINCT floor(seen / 86400)) AS active_days,
            {_iso("min(seen)")} AS first_seen, {_iso("max(seen)")} AS last_seen
        FROM parted GROUP BY user, service ORDER BY hits DESC, user, service
    ) TO '{_TABLE}' (HEADER)"""


def _iso(seconds: str) -> str:
    return f"strftime(make_timestamp(({seconds} * 1e6)::BIGINT), '%Y-%m-%dT%H:%M:%S.%gZ')"


def read_table(path: Path) -> set[tuple[str, ...]]:
    """What both sides tell of a user and a service."""
    with path.open(newline="") as file:
        return {tuple(row[name] for name in _COLUMNS) for row in csv.DictReader(file)}


def race_duckdb(options: Options) -> Race:
    """Both sides in turn on one log."""
    python = python_with("duckdb")
    if python is None:
        raise SystemExit("needs duckdb from PyPI, which could not be installed")
    with a_log("squid", options.size, users=USERS, hit_every=1) as log:
        sides = {
            "logan": (*LOGAN, "scan", log, "--export", _EXPORT),
            "duckdb": (python, Path(__file__).with_name("duck.py"), users_query(log)),
        }
        for command in sides.values():
            output(command)
        theirs, ours = read_table(_TABLE), read_table(_EXPORT / "users.csv")
        need_equal("rows of users.csv that the other has not", {"a": len(theirs ^ ours), "b": 0})
        raced = race(sides, options.repeats, before=lambda _: clear())
    clear()
    return raced


def clear() -> None:
    """Take away what the last run wrote."""
    shutil.rmtree(_EXPORT, ignore_errors=True)
    _TABLE.unlink(missing_ok=True)


def results(options: Options) -> list[Result]:
    """The rate, and the ratio."""
    return rate_and_ratio(
        race_duckdb(options),
        row="dense",
        what=f"every line a hit, {name_size(options.size)}, {USERS:,} users, summary and export",
        size=options.size,
        least=TARGETS,
        wanted=f"at least {TARGETS[1]} times",
        unit="times as fast as DuckDB's table of users",
        duckdb=duckdb_version(),
    )


if __name__ == "__main__":
    given = read_options(__doc__, quick=200 * MB, full=GB)
    for result in results(given):
        given.keep(result)
