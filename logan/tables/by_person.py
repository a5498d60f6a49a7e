"""Tables that are counted person by person: in parts, as no person is in two of them."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import polars as pl

from logan.result import ScanResult
from logan.runtime.ordered_map import map_in_order
from logan.tables.parts import KeptRows, add_up
from logan.tables.services import count_services, order_services
from logan.tables.usage import count_usage
from logan.tables.users import count_people, count_users


class ByPerson(NamedTuple):
    """Services in order; users and people in pieces, in no order, on disk where there are many.

    `sessions` has one row: how many there are at the chosen gap and at the usual ones.
    """

    services: pl.DataFrame
    users: tuple[pl.LazyFrame, ...]
    people: tuple[pl.LazyFrame, ...]
    sessions: pl.DataFrame


def count_by_person(result: ScanResult, hits: Sequence[pl.LazyFrame]) -> ByPerson:
    """Count services, users, people and sessions of hits that are cut by person."""
    folder = result.folder.path if result.folder and len(hits) > 1 else None
    users, people = KeptRows(folder, "users"), KeptRows(folder, "people")
    services, sessions = [], []
    for part in map_in_order(partial(_count_part, result), hits):
        users.append(part.users)
        people.append(part.people)
        services.append(part.services)
        sessions.append(part.sessions)
    ordered = order_services(add_up(services, ["service"]))
    return ByPerson(ordered, users.pieces(), people.pieces(), add_up(sessions))


class _Part(NamedTuple):
    services: pl.DataFrame
    users: pl.DataFrame
    people: pl.DataFrame
    sessions: pl.DataFrame


def _count_part(result: ScanResult, hits: pl.LazyFrame) -> _Part:
    # A part is as small as memory wants it: read and put in order once, for all its tables.
    rows = hits.collect().lazy()
    gap, zone = result.session_gap_minutes, result.zone
    usage = count_usage(rows, gap_minutes=gap, zone=zone).collect().lazy()
    tables = [
        count_services(usage),
        count_users(usage),
        count_people(usage),
        usage.select(pl.col("^sessions.*$").sum()),
    ]
    return _Part(*pl.collect_all(tables))
