"""Whose each hit is, in which unit, and what stands on the register about it.

The same for a scan and for a package without its logs: all that is looked at is in `hits.csv`.
"""

from typing import Final

import polars as pl

from logan.people.authorisations import DECIDED, authorise, prepare_register
from logan.people.registers import PeopleRegisters
from logan.people.spans import SpanIndex, cut_spans, match_key

#: What is decided of each hit, beside `authorisations.DECIDED`: `account` is that of the hit or of
#: its address, as lists are matched by; `span` the row of `PeopleMatcher.spans` that it falls in.
IDENTIFIED: Final = ("match", "person", "unit", "account", "span")


class PeopleMatcher:
    """Registers made ready to decide about hits, batch by batch."""

    def __init__(self, registers: PeopleRegisters) -> None:
        """Take the registers of one run; see `logan.people.registers`."""
        self.registers = registers
        self._people = SpanIndex(cut_spans(registers.people))
        self._addresses = _index_addresses(registers.addresses)
        grants = registers.authorisations
        self._register = None if grants is None else prepare_register(grants)

    @property
    def spans(self) -> pl.DataFrame:
        """What the list of people says, span by span: `spans.SPANS`."""
        return self._people.spans

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
        parts = [keys.select("time"), named, owned.select("owned"), found, said]
        rows = pl.concat(parts, how="horizontal").with_columns(account)
        return rows.select(_match(), "person", "unit", "account", "span", "units")

    def _find_owners(self, hits: pl.DataFrame) -> pl.DataFrame:
        """Whether an address is on the list where no user is named, and the one account it had."""
        if self._addresses is None:
            nobody = pl.repeat(None, hits.height, dtype=pl.String, eager=True)
            return pl.DataFrame({"owner": nobody, "owned": nobody.is_not_null()})
        nameless = pl.when(pl.col("user").is_null()).then(pl.col("client_ip"))
        keys = hits.select("time", address=match_key(nameless))
        found = self._addresses.find(keys["address"], keys["time"])["span"]
        owner = self._addresses.spans.select(owner=pl.col("person").gather(found))
        return owner.with_columns(owned=found.is_not_null())


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
