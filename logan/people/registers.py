"""What a force's own files say of accounts, persons, units, authorisations and events: values.

Instants are UTC and spans half-open (`from` belongs to them, `until` does not); null is open.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import polars as pl

from logan.schema import TIME

Role = Literal["people", "addresses", "authorisations", "events"]
#: What a file may be to a scan, in the order of the options.
ROLES: Final[tuple[Role, ...]] = ("people", "addresses", "authorisations", "events")

Kind = Literal["shared", "service", "test"]
#: Accounts that are nobody's own.
KINDS: Final[tuple[Kind, ...]] = ("shared", "service", "test")

WhoKind = Literal["person", "account", "unit"]
#: What an authorisation may be made out to.
WHO_KINDS: Final[tuple[WhoKind, ...]] = ("person", "account", "unit")

EventKind = Literal["blocked", "policy", "notice_to_staff", "maintenance"]
#: What may have happened.
EVENT_KINDS: Final[tuple[EventKind, ...]] = ("blocked", "policy", "notice_to_staff", "maintenance")

_SPAN: Final = {"from": TIME, "until": TIME}

#: A row for each account of a row of the file. `account` is canonical and in lower case, as
#: `account_key` makes it of the users of logs; `person` is null only where `kind` is not.
PEOPLE: Final[dict[str, pl.DataType]] = {
    "account": pl.String(),
    "person": pl.String(),
    "unit": pl.String(),
    "role": pl.String(),
    "kind": pl.String(),
    **_SPAN,
    "as_of": pl.Date(),
    "line": pl.Int64(),
}
#: Which account, or else which device, an address belonged to.
ADDRESSES: Final[dict[str, pl.DataType]] = {
    "address": pl.String(),
    "account": pl.String(),
    "device": pl.String(),
    **_SPAN,
    "origin": pl.String(),
    "line": pl.Int64(),
}
#: `service` and `activity` null: any. `granted_on` is where its local day begins.
AUTHORISATIONS: Final[dict[str, pl.DataType]] = {
    "reference": pl.String(),
    "who_kind": pl.String(),
    "who": pl.String(),
    "service": pl.String(),
    "activity": pl.String(),
    **_SPAN,
    "granted_by": pl.String(),
    "granted_on": TIME,
    "purpose": pl.String(),
    "line": pl.Int64(),
}
#: `service` null: any; `gateway` null: all.
EVENTS: Final[dict[str, pl.DataType]] = {
    "event": pl.String(),
    "service": pl.String(),
    **_SPAN,
    "gateway": pl.String(),
    "note": pl.String(),
    "line": pl.Int64(),
}


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """A file that was read: what it is to the scan, where it lay, and the hash of its bytes."""

    role: Role
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class PeopleRegisters:
    """The files of one run, read. Rows are in the order of the files; `line` is where one begins.

    A frame is None where its file was not given, and without rows where the file has none.
    `limits`: what these files cannot show, as sentences that name nobody.
    """

    people: pl.DataFrame
    addresses: pl.DataFrame | None
    authorisations: pl.DataFrame | None
    events: pl.DataFrame | None
    files: tuple[RegisterFile, ...]
    limits: tuple[str, ...]
