"""Registers out of their cells: what each row of the four files says, in one form."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import polars as pl

from logan.people.accounts import read_accounts
from logan.people.columns import RegisterCells
from logan.people.dates import DayOrder
from logan.people.registers import (
    ADDRESSES,
    AUTHORISATIONS,
    EVENT_KINDS,
    EVENTS,
    KINDS,
    PEOPLE,
    WHO_KINDS,
    Role,
)
from logan.people.remarks import FileRemarks, count_rows
from logan.people.texts import fixed_words, one_blank, service_ids
from logan.people.times import read_times
from logan.records.accounts import account_key
from logan.records.addresses import address_expression
from logan.vocabulary import ACTIVITIES

_WHO: Final = rf"(?i)^({'|'.join(WHO_KINDS)})\s*:\s*(\S.*)$"
_WRITE_WHO: Final = r"Write person:004711, account:METRO\x or unit:Facial Identification Unit."
#: What no single address has: a network, a range, several of them.
_SEVERAL: Final = r"[/,;\s]|[0-9]-[0-9]+[.]"


#: Zeros that some programs read as octal, and no log writes.
_PADDED: Final = r"^(?:[0-9]+[.]){0,3}0[0-9]+(?:[.][0-9]+){0,3}$"
_DECIMALS: Final = r"^[0-9]+[.,]0+$"
_LOST_ZEROS: Final = (
    "`person` is a number with decimals: zeros in front of it are lost",
    "Export the column as text.",
)


class FileTerms(NamedTuple):
    """What is needed to read one file beside itself: its zone, the order of its dates where it does
    not decide it, and the ids of the services that the rules know, by their names.
    """

    zone: str
    order: DayOrder | None
    services: Mapping[str, str]


def _people(cells: RegisterCells, terms: FileTerms, remarks: FileRemarks) -> pl.DataFrame:
    times = read_times(
        cells,
        {"from": "first_day", "until": "last_day", "as_of": "day"},
        terms.zone,
        terms.order,
        remarks,
    )
    rows = pl.DataFrame(
        [
            *(one_blank(cells.texts(name)) for name in ("person", "unit", "role")),
            fixed_words(cells, "kind", KINDS, remarks),
            *(series.alias(name) for name, series in times.items()),
            cells.line.alias("line"),
        ]
    )
    numbers = rows["person"].str.contains(_DECIMALS).fill_null(value=False)
    remarks.refuse_lines(rows["line"].filter(numbers), *_LOST_ZEROS)
    _say_dates(rows, remarks)
    accounts = read_accounts(cells, remarks)
    found = rows[accounts["row"]].hstack(accounts)
    if found["person"].null_count():
        own = pl.when(pl.col("kind").is_null()).then(pl.col("account").first().over("row"))
        found = found.with_columns(person=pl.coalesce("person", own))
    return found.select(*PEOPLE)


def _say_dates(rows: pl.DataFrame, remarks: FileRemarks) -> None:
    """Limits for persons and units of which it is not known since when and till when they hold."""
    if rows.is_empty():
        return
    days = rows["as_of"].drop_nulls()
    if len(days):
        first, last = str(days.min()), str(days.max())
        when = first if first == last else f"{first} to {last}"
        remarks.limit(f"is a snapshot: its units and persons are those as of {when}")
    elif rows["from"].is_null().all() and rows["until"].is_null().all():
        remarks.limit(
            "has no dates: whom and what unit an account belongs to is taken for constant"
        )


def _addresses(cells: RegisterCells, terms: FileTerms, remarks: FileRemarks) -> pl.DataFrame:
    times = read_times(cells, {"from": "start", "until": "end"}, terms.zone, terms.order, remarks)
    address = cells.texts("address")
    line = cells.line
    remarks.refuse_lines(line.filter(address.is_null()), "`address` is empty")
    several = address.str.contains(_SEVERAL).fill_null(value=False)
    remarks.refuse_lines(line.filter(several), "`address` is not one address", "Write one a row.")
    found = pl.DataFrame(
        [
            address,
            *(cells.texts(name) for name in ("account", "device", "origin")),
            *(series.alias(name) for name, series in times.items()),
            line.alias("line"),
        ]
    ).with_columns(
        address=address_expression(pl.col("address")), account=account_key(pl.col("account"))
    )
    padded = address.str.contains(_PADDED).fill_null(value=False)
    remarks.refuse_lines(
        line.filter(padded), "`address` has zeros in front of its numbers", "Write 10.0.0.1."
    )
    nobody = found["address"].is_null() & address.is_not_null()
    remarks.refuse_lines(line.filter(nobody), "`address` is none", "Write one address.")
    belongs = found.filter(pl.all_horizontal(pl.col("account", "device").is_null()))
    remarks.refuse_lines(belongs["line"], "has neither `account` nor `device`")
    undated = found.filter(pl.any_horizontal(pl.col("from", "until").is_null()))
    if len(undated):
        remarks.limit(
            f"has no end or no beginning on {count_rows(len(undated))}: addresses are taken to"
            " belong to these accounts as long"
        )
    return found.select(*ADDRESSES)


def _authorisations(cells: RegisterCells, terms: FileTerms, remarks: FileRemarks) -> pl.DataFrame:
    times = read_times(
        cells,
        {"from": "first_day", "until": "last_day", "granted_on": "first_day"},
        terms.zone,
        terms.order,
        remarks,
    )
    found = pl.DataFrame(
        [
            *(cells.texts(name) for name in ("reference", "granted_by", "purpose")),
            service_ids(cells, terms.services, remarks).alias("service"),
            fixed_words(cells, "activity", ACTIVITIES, remarks, any_word=True),
            *(series.alias(name) for name, series in times.items()),
            cells.line.alias("line"),
            *_who(cells, remarks),
        ]
    )
    unnamed, open_ = found["reference"].null_count(), found["from"].null_count()
    if unnamed:
        remarks.limit(f"has no reference on {count_rows(unnamed)}: they are called by their lines")
    if open_:
        remarks.limit(f"has no first day on {count_rows(open_)}: they are taken to hold since ever")
    by_line = pl.format("line {}", "line")
    named = found.with_columns(reference=pl.coalesce("reference", by_line))
    # A row that names several services is one of each.
    return named.explode("service").select(*AUTHORISATIONS)


def _who(cells: RegisterCells, remarks: FileRemarks) -> tuple[pl.Series, pl.Series]:
    """What kind of holder each authorisation has, and which."""
    who = one_blank(cells.texts("who"))
    groups = who.str.extract_groups(_WHO).struct.unnest()
    kind, name = groups["1"].str.to_lowercase().alias("who_kind"), groups["2"].alias("who")
    remarks.refuse_lines(
        cells.line.filter(kind.is_null()),
        "`who` is empty, or does not say whether it is a person, an account or a unit",
        _WRITE_WHO,
    )
    key = pl.when(pl.lit(kind) == "account").then(account_key(pl.col("who"))).otherwise("who")
    return kind, name.to_frame().select(who=key).to_series()


def _events(cells: RegisterCells, terms: FileTerms, remarks: FileRemarks) -> pl.DataFrame:
    times = read_times(cells, {"from": "start", "until": "end"}, terms.zone, terms.order, remarks)
    for name in ("event", "from"):
        remarks.refuse_lines(cells.line.filter(cells.texts(name).is_null()), f"`{name}` is empty")
    return (
        pl.DataFrame(
            [
                fixed_words(cells, "event", EVENT_KINDS, remarks),
                service_ids(cells, terms.services, remarks).alias("service"),
                *(series.alias(name) for name, series in times.items()),
                *(cells.texts(name) for name in ("gateway", "note")),
                cells.line.alias("line"),
            ]
        )
        .explode("service")
        .select(*EVENTS)
    )


#: How the cells of each file become a register; all problems are added to the remarks.
FRAMES: Final[Mapping[Role, Callable[[RegisterCells, FileTerms, FileRemarks], pl.DataFrame]]] = {
    "people": _people,
    "addresses": _addresses,
    "authorisations": _authorisations,
    "events": _events,
}
