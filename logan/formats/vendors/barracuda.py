"""Barracuda Web Security Gateway (Web Filter): the web traffic syslog.

Definition: campus.barracuda.com, Syslog and the Barracuda Web Security Gateway; what the words mean
also by github.com users' readers of it. Fields between blanks: seconds since 1970, a flag, client,
server, content type, client again, address, size, a fixed word (once a hash), what the gateway did,
why, of malware its name, then what the policy says, in brackets who it was (`ANON`: nobody), and of
newer versions the referring page. HTTPS that was not opened shows its host alone; what of a
connection that was opened is logged beside its requests is not said.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece, separated
from logan.formats.engine.stamps import epoch_seconds
from logan.formats.engine.values import Cells, words

_WORD: Final = "[^ ]+"
_NUMBER: Final = "[0-9]+"
_PIECES: Final = (
    *separated(
        (
            Piece("time", "[0-9]{9,10}"),
            Piece("flag", _NUMBER),
            Piece("client", ADDRESS),
            Piece("server", ADDRESS),
            Piece("content type", _WORD),
            Piece("client again", ADDRESS),
            Piece("url", _WORD),
            Piece("size", _NUMBER),
            Piece("mark", _WORD),
            Piece("action", "ALLOWED|BLOCKED|DETECTED"),
            Piece("why", "CLEAN|VIRUS|SPYWARE"),
        ),
        " ",
    ),
    Piece("malware", "(?: [^ ][^ ]*)*? *"),
    Piece(None, " "),
    *separated(
        (
            Piece("version", _NUMBER),
            Piece("matched", "[01]"),
            Piece("timed", "[01]"),
            Piece("policy action", _NUMBER),
            Piece("source kind", _NUMBER),
            Piece("source detail", _WORD),
            Piece("target kind", _NUMBER),
            Piece("target detail", _WORD),
            Piece("spyware kind", _NUMBER),
            Piece("spyware", _WORD),
            Piece("score", _NUMBER),
            Piece("matched part", _WORD),
            Piece("category", _WORD),
        ),
        " ",
    ),
    Piece(None, " "),
    Piece("user", r"\[[^\[\]]*\]|[^ \[\]]+"),
    Piece("tail", "(?: .*)?"),
)


def _user(cell: Cells) -> pl.Expr:
    """The name in brackets, behind the directory that knows it (`[ldap0:jdoe]`)."""
    return cell["user"].str.extract(r"^\[(?:[a-z]+[0-9]*:)?([^\]]+)\]$", 1)


def _referrer(cell: Cells) -> pl.Expr:
    return cell["tail"].str.extract("^ +(https?://[^ ]+)", 1)


def _is_closed(cell: Cells) -> pl.Expr:
    return cell["url"].str.contains("^https://[^/]*/?$")


_SAMPLE: Final = (
    "1704894936 1 10.1.2.3 203.0.113.9 text/html 10.1.2.3 http://www.example.com/a?b=c 2704 "
    "BYF ALLOWED CLEAN  2 1 1 0 4 (-) 1 news 0 - 0 example.com news [ldap0:jdoe] "
    "http://example.org/ example.org news 0"
)
_BLOCKED: Final = (
    "1704894936 1 10.1.2.3 203.0.113.9 text/html 10.1.2.3 https://www.example.com/ 0 BYF BLOCKED "
    "VIRUS stream=>Eicar-Test-Signature FOUND 2 1 0 1 3 - 1 adult 0 - 0 example.com adult ANON"
)
BARRACUDA: Final = Format(
    name="barracuda",
    title="Barracuda Web Security Gateway, web traffic syslog",
    definition="campus.barracuda.com, Syslog and the Barracuda Web Security Gateway",
    reader=LinePattern(
        pieces=_PIECES, literals=(("ALLOWED", "BLOCKED", "DETECTED"),), missing=("", "-")
    ),
    columns=Columns(
        time=epoch_seconds("time"),
        user=_user,
        client_ip="client",
        url="url",
        action=words("action", allowed=("ALLOWED",), blocked=("BLOCKED",)),
        bytes_received="size",
        referrer=_referrer,
        evidence=connects(_is_closed),
    ),
    tunnels=NOT_DOCUMENTED,
    note="No method and no status.",
    rank=7,
    samples=(
        Sample(
            _SAMPLE,
            "time=2024-01-10T13:55:36Z user=jdoe client_ip=10.1.2.3"
            " url=http://www.example.com/a?b=c action=allowed bytes_received=2704"
            " referrer=http://example.org/ evidence=url",
        ),
        Sample(
            f"Jan 10 13:55:36 wsg http_scan[46658]: {_BLOCKED}",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=https://www.example.com/"
            " action=blocked bytes_received=0 evidence=connect",
        ),
    ),
    near_misses=(
        _SAMPLE.replace("ALLOWED CLEAN", "OK"),
        _SAMPLE.replace("1704894936", "2024-01-10T13:55:36Z"),
    ),
)
