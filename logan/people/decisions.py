"""Whose each hit is, in which unit, and what stands on the register about it.

The same for a scan and for a package without its logs: all that is looked at is in `hits.csv`.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.people.authorisations import DECIDED, authorise, prepare_register
from logan.people.registers import PeopleRegisters
from logan.people.spans import SPANS, SpanIndex, cut_spans, match_key
from logan.runtime.cell_text import safe_text

#: What is decided of each hit, beside `authorisations.DECIDED`: `account` is that of the hit or of
#: its address, as lists are matched by; `span` the row of `PeopleMatcher.spans` that it falls in;
#: `lease` the row of `PeopleMatcher.leases`, where its address was several accounts' at once.
IDENTIFIED: Final = ("match", "person", "unit", "account", "span", "lease")


class PeopleMatcher:
    """Registers made ready to decide about hits, batch by batch."""

    def __init__(self, registers: PeopleRegisters) -> None:
        """Take the registers of one run; see `logan.people.registers`."""
        registers = as_in_cells(registers)
        self._people = SpanIndex(cut_spans(registers.people))
        # All that is asked of them from here on are the rows of some accounts.
        small = registers.people.cast({pl.String: pl.Categorical})
        self.registers = replace(registers, people=small)
        self._addresses = _index_addresses(registers.addresses)
        grants = registers.authorisations
        self._register = None if grants is None else prepare_register(grants)

    @property
    def spans(self) -> pl.DataFrame:
        """What the list of people says, span by span: `spans.SPANS`."""
        return self._people.spans

    @property
    def leases(self) -> pl.DataFrame:
        """What the list of addresses says, likewise: `account` is the address, `persons` are the
        accounts that had it.
        """
        return pl.DataFrame(schema=SPANS) if self._addresses is None else self._addresses.spans

    def decide(self, hits: pl.DataFrame) -> pl.DataFrame:
        """Decide about hits: the columns `IDENTIFIED` and those of `DECIDED`, in order of hits.

        Hits have `time`, `user`, `client_ip`, `service` and `activity`. `person` is given where the
        list names one person, and where an address belonged to one; `unit` where there is one.
        Without a register of authorisations what is decided of these is null.
        """
        known = self._identify(hits)
        if self._register is None:
            nulls = (pl.lit(None, dtype).alias(name) for name, dtype in DECIDED.items())
            return known.drop("units").with_columns(nulls)
        about = hits.select("time", "service", "activity")
        rows = about.hstack(known.select("person", "account", "units"))
        return known.drop("units").hstack(authorise(rows, self._register))

    def _identify(self, hits: pl.DataFrame) -> pl.DataFrame:
        """`IDENTIFIED`, and `units`: all that the list names."""
        keys = hits.select("time", account=match_key(pl.col("user")))
        named = keys.select(named=pl.col("account").is_not_null())
        owned = self._find_owners(hits)
        account = keys["account"].zip_with(named["named"], owned["owner"])
        found = self._people.find(account, keys["time"])
        said = self.spans.select("match", "person", "unit", "units").select(
            pl.all().gather(found["span"])
        )
        said = said.with_columns(units=pl.coalesce("units", _listed("unit")))
        parts = [keys.select("time"), named, owned.select("owned", "lease"), found, said]
        rows = pl.concat(parts, how="horizontal").with_columns(account)
        return rows.select(_match(), *IDENTIFIED[1:], "units")

    def _find_owners(self, hits: pl.DataFrame) -> pl.DataFrame:
        """Whether an address is on the list where no user is named, and the one account it had;
        `lease` where it had several.
        """
        if self._addresses is None:
            nobody = pl.repeat(None, hits.height, dtype=pl.String, eager=True)
            lease = nobody.cast(pl.Int64)
            return pl.DataFrame({"owner": nobody, "owned": nobody.is_not_null(), "lease": lease})
        nameless = pl.when(pl.col("user").is_null()).then(pl.col("client_ip"))
        keys = hits.select("time", address=match_key(nameless))
        found = self._addresses.find(keys["address"], keys["time"])["span"]
        several = pl.col("match").gather(found) == "ambiguous"
        return self._addresses.spans.select(
            owner=pl.col("person").gather(found).cast(pl.String),
            owned=pl.lit(found.is_not_null()),
            lease=pl.when(several).then(pl.lit(found)),
        )


def as_in_cells(registers: PeopleRegisters) -> PeopleRegisters:
    """The registers with persons and units as a table's cells hold them.

    A package has nothing else: what is decided by the rows that it keeps is then what is decided
    by the lists themselves.
    """
    people = registers.people.with_columns(safe_text(pl.col("person", "unit")))
    grants = registers.authorisations
    if grants is not None:
        grants = grants.with_columns(safe_text(pl.col("who")))
    return replace(registers, people=people, authorisations=grants)


def _listed(name: str) -> pl.Expr:
    """A list of the value, empty where there is none."""
    none = pl.lit([], dtype=pl.List(pl.String()))
    listed = pl.concat_list(pl.col(name).cast(pl.String))
    return pl.when(pl.col(name).is_null()).then(none).otherwise(listed)


def _index_addresses(rows: pl.DataFrame | None) -> SpanIndex | None:
    """The accounts of addresses; rows that name a device alone say nothing of anybody."""
    if rows is None:
        return None
    nothing = pl.lit(None, pl.String)
    listed = rows.drop_nulls("account").select(
        *("from", "until"),
        account="address",
        person=match_key(pl.col("account")),
        unit=nothing,
        kind=nothing,
    )
    return SpanIndex(cut_spans(listed))


def _match() -> pl.Expr:
    named = pl.col("named")
    return (
        pl.when(~named & pl.col("owned"))
        .then(pl.lit("by_address"))
        .when(~named)
        .then(pl.lit("no_user"))
        .when(~pl.col("listed"))
        .then(pl.lit("not_listed"))
        .when(pl.col("time").is_null())
        .then(pl.lit("ambiguous"))
        .otherwise(pl.col("match").fill_null("outside_dates"))
        .alias("match")
    )
