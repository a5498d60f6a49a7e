"""What a force's own lists of people say of new hits: whether the register covers them, whether
they came through after a block.

What is on the lists is read anew in every run, for they change; names stay out of notices.
"""

from collections.abc import Mapping
from itertools import product
from typing import Final, NamedTuple

import polars as pl

from logan.audit.configuration import AuditConfiguration
from logan.intake.names import fits
from logan.people.dates import DayOrder
from logan.people.decisions import PeopleMatcher
from logan.people.reading import ReadingTerms, RegisterPaths, read_registers
from logan.people.registers import PeopleRegisters

#: What a register says of hits that it has something to say of, and does not cover.
_NOT_COVERED: Final = ("none_on_register", "not_yet", "expired", "other_service")


class PeopleChecks(NamedTuple):
    """The lists of one run, ready to be held against hits."""

    matcher: PeopleMatcher

    @property
    def registers(self) -> PeopleRegisters:
        """The lists themselves."""
        return self.matcher.registers

    def not_covered(self, hits: pl.DataFrame) -> pl.DataFrame:
        """The hits of listed persons that no entry of the register covers; none without one."""
        standing = self.matcher.decide(hits)["authorisation"].cast(pl.String)
        return hits.filter(standing.is_in(_NOT_COVERED).fill_null(value=False))

    def after_blocks(self, hits: pl.DataFrame) -> pl.DataFrame:
        """The hits that came while the list of events says that their service was blocked.

        `hits` have their `gateway`, which an event may name by a part or a glob, as in a scan; an
        event without one is about all.
        """
        events = self.registers.events
        if events is None or hits.is_empty():
            return hits.clear()
        blocks = events.filter(pl.col("event") == "blocked").select(
            "from", "until", blocked="service", where="gateway"
        )
        meant = _named_gateways(blocks["where"], hits["gateway"])
        at_gateways = blocks.join(meant, on="where", nulls_equal=True)
        time = pl.col("time")
        pairs = hits.with_row_index("row").join(at_gateways, on="gateway").filter(
            pl.col("blocked").is_null() | (pl.col("blocked") == pl.col("service")),
            pl.col("from").is_null() | (time >= pl.col("from")),
            pl.col("until").is_null() | (time < pl.col("until")),
        )  # fmt: skip
        return hits[pairs["row"].unique().sort()]


def _named_gateways(names: pl.Series, gateways: pl.Series) -> pl.DataFrame:
    """Each name that events give (`where`; null: all) with each `gateway` that it means."""
    pairs = product(names.unique(), gateways.drop_nulls().unique())
    rows = [(name, one) for name, one in pairs if name is None or fits(one, name)]
    return pl.DataFrame(rows, schema={"where": pl.String, "gateway": pl.String}, orient="row")


def read_people_checks(
    configuration: AuditConfiguration, services: Mapping[str, str]
) -> PeopleChecks | None:
    """The lists that the configuration names; None where it names none.

    `services` are ids by all names of services in lower case. Raises ConfigurationError with every
    problem in them.
    """
    files = configuration.people
    if files is None:
        return None
    paths = RegisterPaths(files.people, files.addresses, files.authorisations, files.events)
    orders: list[tuple[str, DayOrder]] = []
    if files.date_order is not None:
        orders.append(("*", "dmy" if files.date_order == "dmy" else "mdy"))
    terms = ReadingTerms(configuration.tz, orders, services)
    return PeopleChecks(PeopleMatcher(read_registers(paths, terms)))
