"""What lists of people say, for a program: in sums by unit and event, and no person by name."""

from typing import Any, Final

from logan.outputs.people_limits import list_people_limits
from logan.tables.people_counts import PeopleCounts

#: Its name in the summary, of which it is the last part.
PART: Final = "by_list"


def describe_people(counts: PeopleCounts) -> dict[str, Any]:
    """The part of the summary; times are UTC."""
    registers, totals = counts.matcher.registers, counts.totals
    events = counts.tables["after_event.csv"].drop("note")
    return {
        "files": [
            {"role": file.role, "file": file.path.name, "sha256": file.sha256}
            for file in registers.files
        ],
        "match": counts.tables["match.csv"].to_dicts(),
        "units": counts.tables["units.csv"].to_dicts(),
        "authorisations": dict(totals.by_standing) if counts.with_register else None,
        "permitted_units": totals.permitted,
        "other_units": totals.other_units,
        "no_unit": totals.no_unit,
        "after_event": events.to_dicts(),
        "limits": [
            {"limit": one.limit, "count": one.count, "of": one.of, "text": one.text}
            for one in list_people_limits(counts)
        ],
    }
