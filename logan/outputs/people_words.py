"""What lists of people say, in words that no output changes."""

from collections.abc import Mapping
from typing import Final

from logan.outputs.words import count
from logan.tables.people_totals import PeopleTotals
from logan.vocabulary import Match, Standing

MATCH_WORDS: Final[Mapping[Match, str]] = {
    "one_person": "of one listed person",
    "shared": "of an account that is nobody's own",
    "ambiguous": "of an account that was two persons' at that instant",
    "outside_dates": "of an account that was nobody's on that day: a leaver's, or before joining",
    "not_listed": "of an account that is on no list",
    "by_address": "no user named; the address points to an account",
    "no_user": "no user named, and no list says whose the address was",
}
STANDING_WORDS: Final[Mapping[Standing, str]] = {
    "on_register": "an authorisation was in force",
    "granted_afterwards": "one covers it that was granted later",
    "not_yet": "one began later",
    "expired": "one had ended",
    "other_service": "one is for another service",
    "none_on_register": "none is on the register for it",
    "cannot_tell": "no person is known, or the line shows too little",
}


def write_persons(totals: PeopleTotals) -> str:
    """Say how many hits are of listed persons, and how many of none."""
    known = f"{totals.by_match['one_person']:,} of {count(totals.hits, 'hit')} are of"
    listed = count(totals.persons, "listed person")
    return f"{known} {listed}; {totals.nobody:,} belong to no listed person"


def write_permitted(totals: PeopleTotals) -> str | None:
    """Say how many hits are of units that the register names; None where it names none."""
    if totals.permitted is None:
        return None
    return (
        f"{count(totals.permitted, 'hit')} inside the units that the register names for the "
        f"service and the time, {totals.other_units:,} from other units, {totals.no_unit:,} from "
        "no known unit"
    )
