"""Tables that are counted person by person: in parts, as no person is in two of them."""

from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

import polars as pl

from logan.result import ScanResult
from logan.runtime.ordered_map import map_in_order
from logan.tables.parts import KeptRows, add_up
from logan.tables.services import count_services, order_services
from logan.tables.usage import count_usage, cut_sessions, order_hits
from logan.tables.users import count_people, count_users

#: What is kept on disk where there is much of it.
_KEPT: Final = ("users", "people", "sessions")


class ByPerson(NamedTuple):
    """Services in order; users and people in pieces, in no order, on disk where there are many.

    `sessions` has one row: how many there are at the chosen gap and at the usual ones;
    `session_rows` has those at the chosen gap (`usage.cut_sessions`), in pieces as users are; None
    where they were not asked for.
    """

    services: pl.DataFrame
    users: tuple[pl.LazyFrame, ...]
    people: tuple[pl.LazyFrame, ...]
    sessions: pl.DataFrame
    session_rows: tuple[pl.LazyFrame, ...] | None


def count_by_person(
    result: ScanResult, hits: Sequence[pl.LazyFrame], *, list_sessions: bool = False
) -> ByPerson:
    """Count services, users, people and sessions of hits that are cut by person.

    With `list_sessions`, the sessions are listed, too: later, hits would have to be read and put in
    order once more.
    """
    folder = result.folder.path if result.folder and len(hits) > 1 else None
    users, people, session_rows = (KeptRows(folder, name) for name in _KEPT)
    services, sessions = [], []
    count = partial(_count_part, result, list_sessions=list_sessions)
    for part in map_in_order(count, hits):
        users.append(part.users)
        people.append(part.people)
        if part.session_rows is not None:
            session_rows.append(part.session_rows)
        services.append(part.services)
        sessions.append(part.sessions)
    ordered = order_services(add_up(services, ["service"]))
    listed = session_rows.pieces() if list_sessions else None
    return ByPerson(ordered, users.pieces(), people.pieces(), add_up(sessions), listed)


class _Part(NamedTuple):
    services: pl.DataFrame
    users: pl.DataFrame
    people: pl.DataFrame
    sessions: pl.DataFrame
    session_rows: pl.DataFrame | None = None


def _count_part(result: ScanResult, hits: pl.LazyFrame, *, list_sessions: bool) -> _Part:
    # A part is as small as memory wants it: read and put in order once, for all its tables.
    gap, zone = result.session_gap_minutes, result.zone
    ordered = order_hits(hits, gap_minutes=gap, zone=zone).collect().lazy()
    usage = count_usage(ordered).collect().lazy()
    tables = [
        count_services(usage),
        count_users(usage),
        count_people(usage),
        usage.select(pl.col("^sessions.*$").sum()),
        *([cut_sessions(ordered)] if list_sessions else []),
    ]
    return _Part(*pl.collect_all(tables))
