"""The lines of the common and combined log format, what a head of them tells, and who asked.

Definitions: see `logan.formats.vendors.weblog`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from logan.formats.engine import dates
from logan.formats.engine.fields import (
    ADDRESS,
    CLIENT,
    DOTTED_NAME,
    IDENT,
    NAME,
    PLAIN_CLIENT,
    USER,
    USER_OF_WORDS,
    V4,
)
from logan.formats.engine.layout import Layout
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.values import Cells

_QUOTED: Final = r"(?:[^\"\\]|\\.)*"
_STAMP: Final = r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}"
#: What Squid's `%{...}tl` makes of it where told to: no zone, and day and month in either order.
_NUMBERED: Final = "[0-9]{1,2}/[0-9]{1,2}/[0-9]{4} [0-9]{1,2}:[0-9]{2}:[0-9]{2}"
#: Or the usual stamp, as those write it who leave its zone out.
_LOCAL_STAMP: Final = f"{_NUMBERED}|[0-9]{{2}}/[A-Z][a-z]{{2}}/[0-9]{{4}}:[0-9:]{{8}}"
_FORWARDED: Final = rf"{ADDRESS}(?:, [^ ,\[\"]+)*"
_VIRTUAL_HOST: Final = rf"(?:{DOTTED_NAME}|{NAME}:[0-9]{{1,5}}|{V4}:[0-9]{{1,5}}|localhost)"


def _who_regex(*, named: bool) -> tuple[str, str, str, str, str]:
    """The orders in which virtual host, client, ident and user may stand, the fullest first; the
    last is lighttpd's, which has no ident (mod_accesslog.c, `%h %V %u`).

    `named`: with groups for what is read. A user with blanks stands behind a dash for the ident,
    so that words in front of the client are not taken for one.
    """

    def part(name: str, regex: str) -> str:
        return f"(?P<{name}>{regex})" if named else f"(?:{regex})"

    first = part("forwarded", _FORWARDED) + "|" + part("host", _VIRTUAL_HOST) + r"|-|\(-\)"
    user = f"(?:{IDENT} {part('user', USER)}|- {part('blanks', USER_OF_WORDS)})"
    return (
        f"(?:{first}) {part('client', PLAIN_CLIENT)} {user}",
        f"{part('forwarded', _FORWARDED)} {user}",
        f"{part('client', CLIENT)} {user}",
        f"{part('client', PLAIN_CLIENT)} {part('user', USER)}",
        f"{part('client', CLIENT)} {part('host', _VIRTUAL_HOST)} {part('user', USER)}",
    )


COMMON_LINE: Final = (
    Piece(
        "client and user",
        "|".join(_who_regex(named=False)),
        fast=rf"{V4} - [^ \[\"]+",
    ),
    Piece(None, r" \["),
    Piece("time", _STAMP),
    Piece(None, r'\] (?:"?-"? )?"', fast=r'\] "'),
    Piece("request", _QUOTED, fast=f"[A-Za-z]{_QUOTED}"),
    Piece(None, '" '),
    Piece("status", "[0-9]{3}|-|0", fast="[0-9]{3}"),
    Piece(None, " "),
    Piece("bytes", "-?[0-9]+|-", fast="[0-9]+|-"),
)
#: Some append how long it took, or a counter.
NUMBERS: Final = Piece("numbers", "(?: [0-9./-]+)*")
COMBINED_LINE: Final = (
    *COMMON_LINE,
    Piece(None, ' "'),
    Piece("referrer", _QUOTED),
    Piece(None, '"'),
    Piece("user agent", f'(?: "{_QUOTED}")?', fast=f' "{_QUOTED}"'),
    # X-Forwarded-For, timings, a router's name: whatever a site appended
    Piece("tail", "(?: .*)?"),
)
LOCAL_LINE: Final = (
    *(Piece("time", _LOCAL_STAMP) if piece.name == "time" else piece for piece in COMMON_LINE),
    Piece("referrer", f'(?: "{_QUOTED}")?'),
    Piece("user agent", f'(?: "{_QUOTED}")?'),
    Piece("tail", "(?: .*)?"),
)
SQUID_TAIL: Final = (
    Piece(None, " "),
    Piece("result code", "[A-Z][A-Z_0-9]*"),
    Piece(None, ":"),
    Piece("hierarchy", "[A-Z][A-Z_0-9]*"),
    Piece("headers", r"(?: \[[^\[\]]*\] \[[^\[\]]*\])?"),
)
SQUID_COMBINED_LINE: Final = (
    *COMMON_LINE,
    Piece(None, ' "'),
    Piece("referrer", r"(?:[^\"]|\"[^ ])*", fast='[^"]*'),
    Piece(None, '" "'),
    Piece("user agent", ".*", fast=r'[^"\n]*'),
    Piece(None, '"'),
    *SQUID_TAIL,
)
#: Behind a status, the end of a request with another one: Apache and nginx escape a quote in a
#: request, others do not, and then a user may have written the first status.
TWO_STATUSES: Final = r'[^\\](?:\\\\)*" [0-9]{3} .*HTTP/[0-9.]+" (?:[0-9]{3}|-) '
#: Before the time an address, a host's name and two words: a client and its ident behind a relay,
#: or lighttpd's client, the host that was asked for, and a user's name of two words.
_TWO_ORDERS: Final = rf"^{ADDRESS} {DOTTED_NAME} [0-9.-]*[^ :\[\"0-9.-][^ :\[\"]* {USER} \["
_NAMES_A_HOST: Final = re.compile(r'"(?:[A-Za-z_-]+ [A-Za-z][A-Za-z0-9+.-]*://|CONNECT )')
#: A path alone; `error:transaction-end-before-headers` is no request of anybody.
_PATH_ALONE: Final = re.compile(r'"[A-Za-z_-]+ /')
#: The fullest order of the words before the time.
_FULL: Final = re.compile(_who_regex(named=True)[0] + r" \[")
#: That of lighttpd.
_HOST_BEHIND: Final = re.compile(_who_regex(named=True)[-1] + r" \[")
#: The fact that the first address of two is no user's.
_OWN_FIRST: Final = "own address first"
_NAMES_NO_HOST: Final = (
    "its requests carry no host (a web server's own log): it cannot show visits to other sites"
)


@dataclass(frozen=True, kw_only=True)
class RequestLines(LinePattern):
    """The log format's lines; of local stamps, the head tells the order of day and month."""

    local: bool = False
    doubtful: str | None = f"{_TWO_ORDERS}|{TWO_STATUSES}"

    def learn(self, layout: Layout, records: Sequence[str]) -> Layout:
        """Says so where the requests of the head name no host, or most of them.

        Whoever looks for an open proxy asks a web server for a whole address: a few such lines do
        not make its log show visits.
        """
        hosted = sum(map(bool, map(_names_host, records)))
        bare = sum(map(bool, map(_PATH_ALONE.search, records))) if hosted else len(records)
        layout = layout._replace(names_no_host=_NAMES_NO_HOST if bare > hosted else None)
        layout = layout.with_fact(_OWN_FIRST) if _own_address_first(records) else layout
        if not self.local:
            return layout
        stamps = (self.pattern.match(line)["time"] for line in records)
        numbered = [stamp for stamp in stamps if re.match(_NUMBERED, stamp)]
        return dates.with_order(layout, numbered) if numbered else layout


def _names_host(line: str) -> bool:
    if _NAMES_A_HOST.search(line):
        return True
    found = _FULL.match(line)
    if found is not None and found["host"] is not None:
        return True
    return _HOST_BEHIND.match(line) is not None


def _own_address_first(lines: Sequence[str]) -> bool:
    """True where one address stands in front of several clients: the server's (`%A`), a relay's.

    What requests were forwarded for would be as many addresses as there are users.
    """
    found = [match for line in lines if (match := _FULL.match(line)) and match["forwarded"]]
    firsts = {match["forwarded"] for match in found}
    return len(firsts) == 1 and len({match["client"] for match in found}) > 1


def client_and_user(cells: Cells) -> pl.Expr:
    """Client, user and virtual host out of the words before the time.

    With the fact `_OWN_FIRST`, the first of two addresses is not what a request was forwarded for.
    """
    cell, own_first = cells["client and user"], _OWN_FIRST in cells.layout.facts
    shapes = [
        (regex, cell.str.extract_groups(f"^(?:{regex})$")) for regex in _who_regex(named=True)
    ]

    def found(name: str) -> pl.Expr:
        fields = [shape.struct.field(name) for regex, shape in shapes if f"(?P<{name}>" in regex]
        return pl.coalesce(fields)

    clients = [found("forwarded").str.extract("^([^ ,]+)"), found("client")]
    return pl.struct(
        pl.coalesce(clients[::-1] if own_first else clients).alias("client"),
        pl.coalesce(found("user"), found("blanks")).alias("user"),
        found("host").alias("virtual host"),
    )
