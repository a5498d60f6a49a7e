"""DansGuardian and e2guardian: their own access log, between spaces, as CSV, between tabs.

Definition: dansguardian.conf and e2guardian.conf, `logfileformat` 1, 2, 4 (3 is Squid's), 5 to 8;
e2guardian wiki, Access Log File Format, and the order in its FatController. `when` is the machine's
wall clock, not padded; formats 5 to 8 have the epoch. The user's own words and those of the filter
stand unquoted: `what` ends where the method begins. Formats 5 and later log an address in the place
of a user who did not log in, and the host name beside the address only where asked to.
"""

from collections.abc import Callable
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import (
    COLONED,
    Columns,
    Fault,
    Format,
    Head,
    Layout,
    Pattern,
    Piece,
    Shows,
    integer,
)
from logan.formats.engine.delimited import ANYTHING, Rows, positions
from logan.formats.engine.fields import ADDRESS, USER_OF_WORDS
from logan.formats.engine.verdicts import decided, tunnelled
from logan.schema import ACTION

_WHEN: Final = r"[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2} [0-9]{1,2}:[0-9]{2}:[0-9]{2}"
_METHOD: Final = "[A-Z][A-Z_-]{2,19}|-"
_NUMBER: Final = "-?[0-9]*|-"
_STATUS: Final = "[0-9]{1,3}|-|"
_NATIVE: Final = Pattern(
    (
        Piece("time", _WHEN),
        Piece(None, " "),
        Piece("user", f"[^ ]*|{USER_OF_WORDS}"),
        Piece(None, " "),
        Piece("client", ADDRESS),
        Piece(None, " "),
        Piece("url", "[^ ]+"),
        Piece(None, " "),
        Piece("what", ".*?"),
        Piece(None, " ?"),
        Piece(
            "method", "GET|POST|HEAD|PUT|DELETE|CONNECT|OPTIONS|PATCH|TRACE|PROPFIND|[A-Z]{3,12}"
        ),
        Piece(None, " "),
        Piece("size", "[0-9]+"),
        Piece(None, " "),
        Piece("weight", "-?[0-9]*"),
        Piece("rest", "(?: .*)?"),
    )
)
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
_ROWS: Final = Rows(
    needs={
        "time": _WHEN,
        "client": ADDRESS,
        "url": ANYTHING,
        "method": _METHOD,
        "size": _NUMBER,
        "status": _STATUS,
    },
    columns=("user", "what", "user agent"),
)
_EPOCH: Final = r"[0-9]{9,10}\.[0-9]{3}"
_STAMPED: Final = Rows(
    needs={
        "time": _EPOCH,
        "client": "[^ ]+",
        "url": ANYTHING,
        "method": _METHOD,
        "status": _STATUS,
        "size": _NUMBER,
    },
    columns=("user", "user agent", "what", "category"),
)
_STAMPED_COLUMNS: Final = (
    "time",
    "server",
    "user",
    "client",
    "url",
    "method",
    "status",
    "size",
    "mime",
    "user agent",
    "squid code",
    "duration",
    "peer",
    "message number",
    "what",
    "weight",
    "category",
    "group name",
    "group",
)
#: With `logclienthostandip` the host name stands behind the address.
_WITH_HOST: Final = (*_STAMPED_COLUMNS[:4], "client host", *_STAMPED_COLUMNS[4:])


def _request(cell: dict[str, pl.Expr]) -> Columns:
    status = integer(cell["status"]) if "status" in cell else pl.lit(None, dtype=pl.Int64)
    return {
        "user": cell["user"],
        "client_ip": cell["client"],
        "method": cell["method"],
        "url": cell["url"],
        "status": pl.when(status > 0).then(status),
        "action": _decide(cell["what"], status),
        "bytes_received": integer(cell["size"]),
        "user_agent": cell["user agent"],
        "evidence": tunnelled(cell["method"]),
    }


def _decide(what: pl.Expr, status: pl.Expr) -> pl.Expr:
    """Every line is a request that was judged; what was not denied was let through.

    407 is the filter's own challenge, whatever else the line says.
    """
    judged = decided(what.fill_null("-"), blocked=r".*\*(?:DENIED|INFECTED)\*.*", allowed=".*")
    return pl.when(status == 407).then(pl.lit("auth", dtype=ACTION)).otherwise(judged)


def _local(cell: pl.Expr) -> pl.Expr:
    return clock.naive(cell, "%Y.%m.%d %H:%M:%S")


def _native_columns(layout: Layout) -> Columns:
    del layout
    cell = _NATIVE.cells()
    # Behind the category's words: the group's number, the status and the type.
    cell["status"] = cell["rest"].str.extract(r" [0-9]+ ([0-9]{3}) (?:[a-z]+/[^ ]+|-) ")
    cell["user agent"] = cell["rest"].str.extract(r"(Mozilla/.*?|[A-Za-z]+/[0-9][^ ]*)(?: -)* *$")
    return {"reason": _NATIVE.reason(), "local_time": _local(cell["time"]), **_request(cell)}


def _row_columns(layout: Layout) -> Columns:
    cell = _ROWS.cells(layout)
    return {"reason": _ROWS.reason(layout), "local_time": _local(cell["time"]), **_request(cell)}


def _stamped_columns(layout: Layout) -> Columns:
    cell = _STAMPED.cells(layout)
    time = clock.epoch_seconds(cell["time"])
    return {"reason": _STAMPED.reason(layout), "time": time, **_request(cell)}


def _check_native(line: str, layout: Layout) -> Fault | None:
    del layout
    return _NATIVE.fault(line)


def _columned(separator: str) -> Callable[[Head], Layout]:
    layout = positions(
        _COLUMNS, least=13, separator=separator, quoted=separator == ",", open_end=True
    )
    return lambda _: layout


def _stamped_layout(head: Head) -> Layout:
    """With or without the column of host names, whichever reads more of the head."""
    choices = [
        positions(names, least=9, separator="\t", quoted=False, open_end=True)
        for names in (_STAMPED_COLUMNS, _WITH_HOST)
    ]
    return max(choices, key=lambda at: sum(_STAMPED.check(line, at) is None for line in head.lines))


_SHOWS: Final = Shows(
    user=True,
    evidence=("url", "connect"),
    bytes="received",
    clock="local",
    note="What is logged depends on loglevel: 3 all requests, 2 text, 1 denials only.",
)
_DEFINITION: Final = "e2guardian.conf, logfileformat; e2guardian wiki, Access Log File Format"
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
    definition=_DEFINITION,
    shows=_SHOWS,
    check=_check_native,
    signs=(COLONED,),
    pattern=_NATIVE,
    prepare=_NATIVE.prepare,
    columns=_native_columns,
    rank=6,
    samples=(
        " ".join(_FIELDS),
        "2024.1.8 9:46:10 - 10.1.2.3 https://www.example.com:443  CONNECT 0 0  1 200 -   Staff -",
        "2024.10.18 19:46:10 jdoe 10.1.2.3 http://www.example.com/ *EXCEPTION* Site GET 512 0",
    ),
    near_misses=(
        "2024-01-08 09:46:10 jdoe 10.1.2.3 http://www.example.com/ *DENIED* x GET 512 0",
        "2024.1.8 9:46:10 Accepted connection from 10.1.2.3",
    ),
)
CSV: Final = Format(
    name="dansguardian-csv",
    title="DansGuardian and e2guardian, CSV (2)",
    definition=_DEFINITION,
    shows=_SHOWS,
    check=_ROWS.check,
    signs=_ROWS.signs,
    prepare=_ROWS.prepare,
    columns=_row_columns,
    layout=_columned(","),
    framing="csv",
    rank=6,
    samples=(",".join(f'"{field}"' for field in _FIELDS),),
    near_misses=(" ".join(_FIELDS), '"2024.1.8 9:46:10","jdoe","10.1.2.3","GET"'),
)
TABBED: Final = Format(
    name="dansguardian-tab",
    title="DansGuardian and e2guardian, tabs (4)",
    definition=_DEFINITION,
    shows=_SHOWS,
    check=_ROWS.check,
    signs=_ROWS.signs,
    prepare=_ROWS.prepare,
    columns=_row_columns,
    layout=_columned("\t"),
    rank=6,
    samples=("\t".join(_FIELDS), "\t".join(_FIELDS[:13])),
    near_misses=(" ".join(_FIELDS), "\t".join(_FIELDS[:6])),
)
_STAMPED_LINE: Final = (
    "1704707170.123\tproxy1\tjdoe\t10.1.2.3\thttps://www.example.com/a?b=c\tPOST\t200\t2130\t"
    "text/html\tMozilla/5.0\t-\t272\t-\t0\t-\t0\t-\tStaff\t1"
)
STAMPED: Final = Format(
    name="e2guardian",
    title="e2guardian, tabs with the epoch (5 to 8)",
    definition=_DEFINITION,
    shows=Shows(user=True, evidence=("url", "connect"), bytes="received", clock="utc"),
    check=_STAMPED.check,
    signs=(("\t",),),
    prepare=_STAMPED.prepare,
    columns=_stamped_columns,
    layout=_stamped_layout,
    stamp_span=lambda line, _: (0, 8) if line[10:11] == "." else None,
    rank=6,
    samples=(
        _STAMPED_LINE,
        _STAMPED_LINE.replace("10.1.2.3\t", "10.1.2.3\tws12\t"),
    ),
    near_misses=(
        _STAMPED_LINE.replace("\t", " "),
        _STAMPED_LINE.replace("1704707170.123", "2024.1.8 9:46:10"),
    ),
)
FORMATS: Final = (NATIVE, CSV, TABBED, STAMPED)
