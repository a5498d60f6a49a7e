"""Registers of a few rows, as reading gives them, and hits to be decided about."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from logan.people.registers import (
    ADDRESSES,
    AUTHORISATIONS,
    EVENTS,
    PEOPLE,
    PeopleRegisters,
    RegisterFile,
    Role,
)
from logan.schema import TIME

Row = dict[str, Any]
HIT = {
    "time": TIME,
    "user": pl.String(),
    "client_ip": pl.String(),
    "service": pl.String(),
    "activity": pl.String(),
}


def at(text: str | None) -> datetime | None:
    """An instant in UTC such as `2024-03-01 09:30`; None for an open end."""
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(start: str | None = None, end: str | None = None) -> Row:
    """The two bounds of a row."""
    return {"from": at(start), "until": at(end)}


def account(name: str, person: str | None, unit: str | None = None, **others: Any) -> Row:
    """A row of the list of people; open at both ends unless told otherwise."""
    return {"account": name, "person": person, "unit": unit} | span() | others


def grant(who: str, reference: str = "R1", **others: Any) -> Row:
    """A row of the register of authorisations: `person:1`, `account:force\\\\x`, `unit:A`."""
    kind, _, name = who.partition(":")
    return {"reference": reference, "who_kind": kind, "who": name} | span() | others


def _frame(rows: Iterable[Row] | None, schema: dict[str, pl.DataType]) -> pl.DataFrame | None:
    if rows is None:
        return None
    numbered = [{"line": number} | row for number, row in enumerate(rows, 2)]
    return pl.DataFrame(numbered, schema=schema)


def registers(
    people: Iterable[Row],
    *,
    addresses: Iterable[Row] | None = None,
    authorisations: Iterable[Row] | None = None,
    events: Iterable[Row] | None = None,
) -> PeopleRegisters:
    """The registers of one run."""
    listed = _frame(people, PEOPLE)
    assert listed is not None
    roles: dict[Role, Any] = {
        "people": people,
        "addresses": addresses,
        "authorisations": authorisations,
        "events": events,
    }
    files = tuple(
        RegisterFile(role, Path(f"lists/{role}.csv"), format(number, "064x"))
        for number, (role, rows) in enumerate(roles.items())
        if rows is not None
    )
    return PeopleRegisters(
        listed,
        _frame(addresses, ADDRESSES),
        _frame(authorisations, AUTHORISATIONS),
        _frame(events, EVENTS),
        files,
        (),
    )


def hits(*rows: Row) -> pl.DataFrame:
    """Hits to be decided about; a search of PimEyes by an officer unless told otherwise."""
    usual = {"user": "FORCE\\x", "client_ip": "192.0.2.7", "service": "pimeyes"}
    return pl.DataFrame([usual | {"activity": "search"} | row for row in rows], schema=HIT)
