"""What Cisco Umbrella's and Secure Access's logs have in common, as exported to S3: CSV.

Definition: docs.umbrella.com, Umbrella User Guide: Log Formats and Versioning. Every cell is
quoted; columns were only ever added at the end, so old and new lines can stand in one file. Times
are UTC. A header row is optional (version 11 and later).
"""

import re
from typing import Final

import polars as pl

from logan.formats.engine.layout import Layout
from logan.formats.engine.stamps import utc
from logan.formats.engine.values import Cells, matched

TIME: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"
TIME_NAMES: Final = ("timestamp", "date")
DEFINITION: Final = "docs.umbrella.com, Log Formats and Versioning"
#: Identity types that are people; the others are networks, tunnels and devices.
_PEOPLE: Final = "(?i)user"
#: How accounts from a directory are shown: `Jane Doe (jane.doe@force.example)`.
_ACCOUNT: Final = r"@|\\"


def stamp_span(line: str, layout: Layout) -> tuple[int, int] | None:
    """`"2024-01-01 09:`, where the time is the first column."""
    found = re.match('"?[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:', line)
    return found.span() if found and layout.names[:1] == ("time",) else None


def user(cell: Cells) -> pl.Expr:
    """The identity, if its type says a person; in lines without a type, if it is an account's."""
    person = cell["identity"].str.contains(_ACCOUNT)
    people = pl.coalesce(cell["identity type"].str.contains(_PEOPLE), person)
    return pl.when(people).then(cell["identity"])


STAMP: Final = utc("time", "%Y-%m-%d %H:%M:%S")
#: Proxied: sent on to the selective proxy. In isolation the user went on. Of a warning nobody says
#: whether the line is its page or what came behind it: what came is allowed, with a warn status.
DECISION: Final = matched("action", allowed="allowed|proxied|isolated", blocked="blocked")
