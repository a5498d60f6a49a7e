"""What lists of people cannot tell, and what they do not prove: limits in words, with numbers."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Final

import polars as pl

from logan.outputs.words import count, join
from logan.tables.people_counts import PeopleCounts
from logan.tables.people_near import find_near_holders
from logan.tables.table_fields import table_types

#: What some of the hits are, and what that means.
_ABOUT: Final = {
    "people_nobody": "belong to no listed person, and are in no count of persons.",
    "people_outside_dates": "are of accounts on days on which the list gives them to nobody: after "
    "somebody left, or before. Somebody used them; the list does not say who.",
    "people_shared": "are of accounts that are nobody's own (shared, service, test).",
    "people_ambiguous": "are of accounts that were two persons' at that instant. Neither is "
    "counted; people_ambiguous.csv names them.",
    "people_by_address": "name no user, and a list says whose the address was. They are counted "
    "apart: who had a device's address need not have sat at the device.",
    "people_two_accounts": "name no user, and their address was two accounts' at that instant. "
    "They are nobody's; people_ambiguous.csv names the accounts.",
    "people_two_units": "are of persons whom the list has in several units at that instant. They "
    "are in the count of no unit.",
    "people_register_none": "have none on the register that was given. A permission that is not on "
    "it, or was given by word of mouth, is not seen.",
    "people_register_cannot_tell": "cannot be held against the register: no person is known, or "
    "the log shows the host alone and the authorisation is for more.",
}


#: So many lines of a register are named.
_LINES: Final = 6


@dataclass(frozen=True, slots=True)
class PeopleLimit:
    """A limit as `limits.csv` has it: `count` of what it bears on, out of how many."""

    limit: str
    count: int | None
    of: int | None
    text: str


def list_people_limits(counts: PeopleCounts) -> list[PeopleLimit]:
    """The limits that apply, those that weigh most first; no text names a person."""
    return [
        *_limit_matches(counts),
        *_limit_holders(counts),
        *_limit_events(counts),
        *(
            PeopleLimit(f"people_files_{number}", None, None, text)
            for number, text in enumerate(counts.matcher.registers.limits, 1)
        ),
    ]


def frame_people_limits(counts: PeopleCounts) -> pl.DataFrame:
    """The same as rows of `schema.LIMITS_CSV`."""
    rows = [astuple(one) for one in list_people_limits(counts)]
    return pl.DataFrame(rows, schema=table_types("limits.csv"), orient="row")


def is_people_limit(limit: pl.Expr) -> pl.Expr:
    """True for the limits that `list_people_limits` gives."""
    return limit.str.starts_with("people_")


def _limit_matches(counts: PeopleCounts) -> Iterator[PeopleLimit]:
    totals = counts.totals
    numbers = {
        "people_nobody": totals.nobody,
        "people_outside_dates": totals.by_match["outside_dates"],
        "people_shared": totals.by_match["shared"],
        "people_ambiguous": totals.by_match["ambiguous"],
        "people_by_address": totals.by_match["by_address"],
        "people_two_accounts": counts.two_accounts,
        "people_two_units": counts.two_units,
    }
    if counts.with_register:
        numbers["people_register_none"] = totals.by_standing["none_on_register"]
        numbers["people_register_cannot_tell"] = totals.by_standing["cannot_tell"]
    of = count(totals.hits, "hit")
    for limit, number in numbers.items():
        if number:
            text = f"{number:,} of {of} {_ABOUT[limit]}"
            yield PeopleLimit(limit, number, totals.hits, text)


def _limit_holders(counts: PeopleCounts) -> Iterator[PeopleLimit]:
    """Rows of the register whose holder has no hit, and is nearly written like one who has."""
    near = find_near_holders(counts.tables)
    if near:
        lines = join([str(line) for line in near[:_LINES]])
        more = f" and {len(near) - _LINES:,} more" if len(near) > _LINES else ""
        text = (
            f"{count(len(near), 'row')} of the register ({'line' if len(near) == 1 else 'lines'} "
            f"{lines}{more}) may be made out to others than they say: but for zeros in front, the "
            "domain, or signs between words, the person, account or unit is written like one with "
            "hits, and was taken for another one. logan people check says which."
        )
        total = counts.tables["authorisations_used.csv"].height
        yield PeopleLimit("people_register_near", len(near), total, text)


def _limit_events(counts: PeopleCounts) -> Iterator[PeopleLimit]:
    unknown = counts.unknown_gateways
    if unknown:
        text = (
            f"No log is of {join([*unknown])}, which the list of events names: nothing is counted "
            "for these events. Name gateways as sources.csv does."
        )
        yield PeopleLimit("people_event_gateways", len(unknown), None, text)
