"""Privoxy's log file: messages of the daemon, of which one is the line of each request.

Definition: privoxy.org, User Manual, The Main Configuration File, `debug`; Privoxy, errlog.c and
jcc.c. Stamps are the machine's wall clock. `Request` (debug 1) is the site and path of what was
passed on, of a tunnel its host and port, of what was opened inside one the whole address. `Crunch`
(debug 1024) stands in its place, with why, where Privoxy answered itself, and behind it where the
site did not. `Connect` (debug 2) tells of what is opened. Lines of debug 512 are in the common log
format, and alone name the client.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.line_pattern import SHAPE, LineVariants
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import local
from logan.formats.engine.values import Cells, where

_START: Final = (
    Piece("time", r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}"),
    Piece(None, " "),
    Piece("thread", "[0-9a-f]{4,16}"),
    Piece(None, " "),
)
_SITE: Final = r"\[?[A-Za-z0-9_.:-]+\]?"
_REQUEST: Final = (
    *_START,
    Piece(None, "Request: "),
    Piece("url", f"(?:https?://)?{_SITE}(?:/[^ ]*)?"),
    Piece("crunch", "(?: .*)?"),
)
_CRUNCH: Final = (
    *_START,
    Piece(None, "Crunch: "),
    Piece("why", "[A-Z][A-Za-z -]*(?:: [^/]*)?"),
    Piece(None, ": "),
    Piece("crunched", f"(?:https?://)?{_SITE}(?:/[^ ]*)?"),
)
_OPENED: Final = (
    *_START,
    Piece(None, r"Connect: (?:via \[?[^ ]+\]?:[0-9]+ )?to:? "),
    Piece("site", f"{_SITE}"),
    Piece("rest", "(?: .*)?"),
)
_LEVELS: Final = (
    *("Error", "Fatal error", "Connect", "Writing", "Received", "Header", "Info", "Re-Filter"),
    *("Force", "Redirect", "Gif-Deanimate", "CGI", "Tagging", "Actions"),
)
_SAID: Final = (*_START, Piece("level", "|".join(_LEVELS)), Piece("message", ": .*"))


def _is(name: str, cell: Cells) -> pl.Expr:
    return (cell[SHAPE] == name).fill_null(value=False)


def _named(cell: Cells) -> pl.Expr:
    return pl.coalesce(cell["url"], cell["crunched"], cell["site"])


def _address(cell: Cells) -> pl.Expr:
    """The address: what has no scheme is of HTTP in the clear, but for the line of a tunnel."""
    found = _named(cell)
    plain = ~found.str.contains("^https?://") & ~_closed(cell)
    return pl.when(plain).then(pl.concat_str(pl.lit("http://"), found)).otherwise(found)


def _closed(cell: Cells) -> pl.Expr:
    """A host with its port and no more: of HTTP it could be the first page, too."""
    bare = _named(cell).str.contains(r"^[^/]+:[0-9]+/?$").fill_null(value=False)
    return bare | cell["site"].is_not_null()


def _action(cell: Cells) -> pl.Expr:
    why = cell["why"].str.contains("^(?:Blocked|Untrusted)")
    crunch = cell["crunch"].str.contains(r" crunch! \((?:Blocked|Untrusted)")
    refused = why.fill_null(value=False) | crunch.fill_null(value=False)
    return pl.when(refused).then(pl.lit("blocked")).otherwise(pl.lit("unknown"))


_SAMPLE: Final = """\
2024-01-10 13:55:36.123 7f0f2308d700 Connect: Accepted connection from 10.1.2.3 on socket 5
2024-01-10 13:55:36.124 7f0f2308d700 Request: www.example.com:443/
2024-01-10 13:55:36.124 7f0f2308d700 Connect: to www.example.com:443
2024-01-10 13:55:37.000 7f0f2308d700 Request: www.example.com/a?b=c
2024-01-10 13:55:38.000 00000a34 Crunch: Blocked: http://tracker.example/x.js
2024-01-10 13:55:39.000 7f0f2308d700 Request: https://www.example.com/a"""
PRIVOXY: Final = Format(
    name="privoxy",
    title="Privoxy log file",
    definition="privoxy.org, User Manual, debug; Privoxy, errlog.c and jcc.c",
    reader=LineVariants(
        shapes={"request": _REQUEST, "crunch": _CRUNCH, "opened": _OPENED, "said": _SAID},
        literals=(tuple(f"{level}: " for level in ("Request", "Crunch", *_LEVELS)),),
    ),
    columns=Columns(
        time=local("time", "%Y-%m-%d %H:%M:%S%.f"),
        user=None,
        client_ip=None,
        url=_address,
        action=_action,
        evidence=connects(_closed),
        companion=where(lambda cell: _is("crunch", cell) | _is("opened", cell), "remark"),
        repeat=where(lambda cell: _is("said", cell), "no request: a message of the daemon"),
    ),
    tunnels=NOT_DOCUMENTED,
    note="Names neither users nor clients, and no method: lines of debug 512, in a file of their"
    " own, are the common log format.",
    rank=6,
    samples=(
        Sample(
            _SAMPLE,
            "time=2024-01-10T13:55:36.123000Z action=unknown evidence=url"
            " repeat=no request: a message of the daemon",
            "time=2024-01-10T13:55:36.124000Z url=www.example.com:443/ action=unknown"
            " evidence=connect",
            "time=2024-01-10T13:55:36.124000Z url=www.example.com:443 action=unknown"
            " evidence=connect companion=remark",
            "time=2024-01-10T13:55:37Z url=http://www.example.com/a?b=c action=unknown"
            " evidence=url",
            "time=2024-01-10T13:55:38Z url=http://tracker.example/x.js action=blocked"
            " evidence=url companion=remark",
            "time=2024-01-10T13:55:39Z url=https://www.example.com/a action=unknown evidence=url",
        ),
        Sample(
            "2024-01-10 13:55:36.124 7f0f2308d700 Request: www.example.com/a crunch! (Blocked)",
            "time=2024-01-10T13:55:36.124000Z url=http://www.example.com/a action=blocked"
            " evidence=url",
        ),
    ),
    near_misses=(
        "2024-01-10 13:55:36.124 7f0f2308d700 Request: ",
        "2024-01-10 13:55:36.124 7f0f2308d700 Reply: www.example.com/",
    ),
)
