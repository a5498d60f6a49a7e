"""What lists of people say, in words that no output changes."""

from collections.abc import Iterator, Mapping
from typing import Final

from logan.outputs.words import count
from logan.tables.people_counts import PeopleCounts
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


def write_persons(counts: PeopleCounts) -> str:
    """Say how many hits are of listed persons, and how many of none."""
    persons = counts.tables["persons.csv"].filter(counts.tables["persons.csv"]["hits"] > 0).height
    of = count(counts.hits, "hit")
    known = f"{counts.matched('one_person'):,} of {of} are of {count(persons, 'listed person')}"
    return f"{known}; {counts.nobody:,} belong to no listed person"


def write_permitted(counts: PeopleCounts) -> Iterator[str]:
    """Say how many hits are of units that the register names; nothing where it names none."""
    inside, outside = counts.permitted, counts.other_units
    if inside or outside:
        rest = counts.hits - inside - outside - counts.matched("by_address")
        yield (
            f"{count(inside, 'hit')} inside the units that the register names for the service and "
            f"the time, {outside:,} from other units, {rest:,} from no known unit"
        )
