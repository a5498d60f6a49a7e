"""DansGuardian and e2guardian: their own access log, between spaces, as CSV, between tabs.

Definition: dansguardian.conf and e2guardian.conf, `logfileformat` 1, 2, 4 (3 is Squid's), 5 to 8;
e2guardian wiki, Access Log File Format, and the order in its FatController; HTTPHeader.cpp, which
puts a scheme before every address that is logged. `when` is the machine's
wall clock, not padded; formats 5 to 8 have the epoch. The user's own words and those of the filter
stand unquoted: `what` ends where the method begins. Formats 5 and later log an address in the place
of a user who did not log in, and the host name beside the address only where asked to. With MITM
each request within a CONNECT has a line of its own (e2guardian, issue 52).
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.columns import LOGGED_WITH_INNER_REQUESTS, Columns
from logan.formats.engine.delimited import ANYTHING, Delimited
from logan.formats.engine.fields import ADDRESS, USER_OF_WORDS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import COLONED, integer
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import local
from logan.formats.engine.values import Cells, positive
from logan.formats.engine.verdicts import decided
from logan.schema import ACTION

_WHEN: Final = r"[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2} [0-9]{1,2}:[0-9]{2}:[0-9]{2}"
METHOD: Final = "[A-Z][A-Z_-]{2,19}|-"
NUMBER: Final = "-?[0-9]*|-"
STATUS: Final = "[0-9]{1,3}|-|"
_URL: Final = "[A-Za-z][A-Za-z0-9+.-]{1,15}://"
_NATIVE: Final = (
    Piece("time", _WHEN),
    Piece(None, " "),
    Piece("user", f"[^ ]*|{USER_OF_WORDS}"),
    Piece(None, " "),
    Piece("client", ADDRESS),
    Piece(None, " "),
    Piece("url", f"{_URL}[^ ]+"),
    Piece(None, " "),
    Piece("what", ".*?"),
    Piece(None, " ?"),
    Piece("method", "[A-Z]{3,12}"),
    Piece(None, " "),
    Piece("size", "[0-9]+"),
    Piece(None, " "),
    Piece("weight", "-?[0-9]*"),
    Piece("rest", "(?: .*)?"),
)
#: A client and an address twice: nothing is quoted, and a user wrote the first ones as his name, or
#: the last ones as his user agent.
_TWO_RECORDS: Final = f" {ADDRESS} {_URL}.* {ADDRESS} {_URL}"
_COLUMNS: Final = (
    "time",
    "user",
    "client",
    "url",
    "what",
    "method",
    "size",
    "weight",
    "category",
    "group",
    "status",
    "mime",
    "client host",
    "group name",
    "user agent",
)
_ROWS: Final = Delimited(
    needs={
        "time": _WHEN,
        "client": ADDRESS,
        "url": ANYTHING,
        "method": METHOD,
        "size": NUMBER,
        "status": STATUS,
    },
    headed=False,
    order=_COLUMNS,
    least=13,
    open_end=True,
)


def _action(cell: Cells) -> pl.Expr:
    """Every line is a request that was judged; what was not denied was let through.

    407 is the filter's own challenge, whatever else the line says.
    """
    judged = decided(
        cell["what"].fill_null("-"), blocked=r".*\*(?:DENIED|INFECTED)\*.*", allowed=".*"
    )
    return (
        pl.when(integer(cell["status"]) == 407).then(pl.lit("auth", dtype=ACTION)).otherwise(judged)
    )


WALLED: Final = Columns(
    time=local("time", "%Y.%m.%d %H:%M:%S"),
    user="user",
    client_ip="client",
    action=_action,
    method="method",
    url="url",
    status=positive("status"),
    bytes_received="size",
    user_agent="user agent",
)
#: Behind the category's words stand the group's number, the status and the type.
_DERIVED: Final = {
    "status": lambda cell: cell["rest"].str.extract(r" [0-9]+ ([0-9]{3}) (?:[a-z]+/[^ ]+|-) "),
    "user agent": lambda cell: cell["rest"].str.extract(
        r"(Mozilla/.*?|[A-Za-z]+/[0-9][^ ]*)(?: -)* *$"
    ),
}
_NOTE: Final = "What is logged depends on loglevel: 3 all requests, 2 text, 1 denials only."
DEFINITION: Final = "e2guardian.conf, logfileformat; e2guardian wiki, Access Log File Format"
_FIELDS: Final = (
    "2024.1.8 9:46:10",
    "jdoe",
    "10.1.2.3",
    "http://www.example.com/a?b=c",
    "*DENIED* Banned site: www.example.com",
    "GET",
    "512",
    "0",
    "Face search, banned",
    "1",
    "403",
    "text/html",
    "-",
    "Staff",
    "Mozilla/5.0 (X11)",
    "-",
)
NATIVE: Final = Format(
    name="dansguardian",
    title="DansGuardian and e2guardian, own format (1)",
    definition=DEFINITION,
    reader=LinePattern(pieces=_NATIVE, literals=(COLONED,), doubtful=_TWO_RECORDS),
    columns=replace(WALLED, derived=_DERIVED),
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    note=_NOTE,
    rank=6,
    samples=(
        Sample(
            " ".join(_FIELDS),
            "time=2024-01-08T09:46:10Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c status=403 action=blocked bytes_received=512"
            " user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
        Sample(
            "2024.1.8 9:46:10 - 10.1.2.3 https://www.example.com:443  CONNECT 0 0  1 200 -   "
            "Staff -",
            "time=2024-01-08T09:46:10Z client_ip=10.1.2.3 method=CONNECT"
            " url=https://www.example.com:443 status=200 action=allowed bytes_received=0"
            " evidence=connect setup=yes",
        ),
        Sample(
            "2024.10.18 19:46:10 jdoe 10.1.2.3 http://www.example.com/ *EXCEPTION* Site GET 512 0",
            "time=2024-10-18T19:46:10Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/ action=allowed bytes_received=512 evidence=url",
        ),
    ),
    near_misses=(
        "2024-01-08 09:46:10 jdoe 10.1.2.3 http://www.example.com/ *DENIED* x GET 512 0",
        "2024.1.8 9:46:10 Accepted connection from 10.1.2.3",
    ),
)
CSV: Final = Format(
    name="dansguardian-csv",
    title="DansGuardian and e2guardian, CSV (2)",
    definition=DEFINITION,
    reader=replace(_ROWS, separators=(",",)),
    columns=WALLED,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    note=_NOTE,
    rank=6,
    samples=(
        Sample(
            ",".join(f'"{field}"' for field in _FIELDS),
            "time=2024-01-08T09:46:10Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c status=403 action=blocked bytes_received=512"
            " user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
    ),
    near_misses=(" ".join(_FIELDS), '"2024.1.8 9:46:10","jdoe","10.1.2.3","GET"'),
)
TABBED: Final = Format(
    name="dansguardian-tab",
    title="DansGuardian and e2guardian, tabs (4)",
    definition=DEFINITION,
    reader=replace(_ROWS, separators=("\t",), quoted=False, framing="line"),
    columns=WALLED,
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    note=_NOTE,
    rank=6,
    samples=(
        Sample(
            "\t".join(_FIELDS),
            "time=2024-01-08T09:46:10Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c status=403 action=blocked bytes_received=512"
            " user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
        Sample(
            "\t".join(_FIELDS[:13]),
            "time=2024-01-08T09:46:10Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c status=403 action=blocked bytes_received=512"
            " evidence=url",
        ),
    ),
    near_misses=(" ".join(_FIELDS), "\t".join(_FIELDS[:6])),
)
