"""Palo Alto PAN-OS and Prisma Access: URL filtering logs as CSV, by syslog or from the web console.

Definition: docs.paloaltonetworks.com, PAN-OS, Syslog Field Descriptions: Threat Log Fields (4.1 to
11.x; new fields only ever came at the end) and the other log types. Cells with a comma or a quote
are quoted, quotes in them doubled. Stamps are the firewall's wall clock; from 10.0 on a field near
the end has the offset, too.

Other lines of the same feed (TRAFFIC, SYSTEM) are no requests: repeats, so that a mixed feed is
read whole. A threat found in a session may be the only line about its request.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.cutting import LineCut, cut
from logan.formats.engine.delimited import split
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import (
    TEXT,
    Expressions,
    Fault,
    Head,
    Layout,
    RequiredLiterals,
    integer,
)
from logan.formats.engine.pattern import Pattern, Piece
from logan.formats.engine.reader import CELL, PlainReader, UnknownCellError
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, Derivation, where
from logan.runtime.fast_path import normalised, with_fallback
from logan.schema import ACTION

_HOUR: Final = "[0-9]{4}[/-][0-9]{2}[/-][0-9]{2}[ T][0-9]{2}"
_STAMP: Final = (
    r"[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"
    # Prisma Access writes the instant
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9:]{4,6})"
)
#: A quote ends a cell only where a comma or the end follows; collectors may escape the outer two.
_CELL: Final = r'(?:\\?"[^"]*"(?:[^,][^"]*")*|[^",\\][^,]*|\\(?:[^",][^,]*)?)?'
_WORD: Final = "[^,]*"
_COMMA: Final = Piece(None, ",")


def _skip(count: int) -> Piece:
    return Piece(None, f"(?:{_CELL},){{{count}}}")


#: What every line of the feed begins with; a relay's header may stand before the first comma.
_ANY: Final = (
    Piece(None, "[^,]*,"),
    Piece("receive time", _STAMP),
    Piece(None, ",[^,]*,"),
    Piece("type", "[A-Z][A-Z_-]+"),
    _COMMA,
    Piece("subtype", "[A-Za-z0-9_-]*"),
    Piece(None, ",[^,]*,"),
    Piece("generated time", _STAMP),
    _COMMA,
)
_LINE: Final = Pattern((*_ANY, Piece("rest", ".*")))
_THREAT: Final = Pattern(
    (
        *_ANY[:3],
        Piece("type", "THREAT"),
        *_ANY[4:],
        Piece("source address", _WORD),
        _COMMA,
        _skip(4),
        Piece("source user", _CELL),
        _COMMA,
        _skip(1),
        Piece("application", _WORD),
        _COMMA,
        _skip(10),
        Piece("destination port", "[0-9]*"),
        _COMMA,
        _skip(2),
        Piece("flags", "(?:0x[0-9A-Fa-f]+)?"),
        _COMMA,
        _skip(1),
        Piece("action", "[a-z-]*"),
        _COMMA,
        Piece("url", _CELL),
        Piece("rest", "(?:,.*)?"),
    )
)
#: The cells behind the URL that are read, by their place; old versions and cut lines have fewer.
_REST: Final = (
    f"^(?:,{_CELL}){{14}},(?P<agent>{_CELL})(?:,{_CELL}){{2}},(?P<referrer>{_CELL})"
    f"(?:(?:,{_CELL}){{13}},(?P<method>{_CELL})(?:(?:,{_CELL}){{43}},(?P<exact>{_CELL}))?)?(?:,|$)"
)
_IN_REST: Final = ("agent", "referrer", "method", "exact")
#: Where cells stand in lines of one make: what every line of the feed opens with, what is read of
#: URL logs, and the words that no quote may begin.
_OPENING: Final = {"receive time": 1, "type": 3, "subtype": 4, "generated time": 6}
_PLACES: Final = {
    "source address": 7,
    "source user": 12,
    "application": 14,
    "destination port": 25,
    "flags": 28,
    "action": 30,
    "url": 31,
    "agent": 46,
    "referrer": 49,
    "method": 63,
    "exact": 107,
}
_WORDS: Final = (0, 2, 5, 7, 14)
#: What the others must look like, as the expressions above have it.
_SHAPES: Final = {
    1: f"^(?:{_STAMP})$",
    3: "^THREAT$",
    4: "^[A-Za-z0-9_-]*$",
    6: f"^(?:{_STAMP})$",
    25: "^[0-9]*$",
    28: "^(?:0x[0-9A-Fa-f]+)?$",
    30: "^[a-z-]*$",
}
#: The column of the steps, and what it has beside the cells: whether the line is a URL log.
_SPLIT: Final = "%cells"
_THREATENED: Final = "threat"
_SPLIT_KIND: Final = pl.Struct(
    {_THREATENED: pl.Boolean, **dict.fromkeys((*_OPENING, *_PLACES), pl.String)}
)
#: The bit of the field Flags that says TLS was opened.
_DECRYPTED: Final = 0x0100_0000
#: The application of DNS, in clear or over TLS: what was asked for stands in the field of the URL.
LOOK_UPS: Final = ("dns", "dns-base", "dns-over-tls")
NAMES_NO_HOST: Final = (
    "its first lines hold no URL log (THREAT,url): a log of sessions or events cannot show visits"
)


@dataclass(frozen=True)
class UrlLog(PlainReader):
    """Lines of the feed. Cells are those that all lines open with, and of THREAT lines more."""

    directive = "Domain,Receive Time"
    required_literals: RequiredLiterals = ((",",),)
    learns = True

    @staticmethod
    def stamp_span(line: str, _layout: Layout) -> tuple[int, int] | None:
        """The receive time down to its hour: it has one place in lines of every type and device.

        The management plane receives a line seconds after it was generated, and in that order; so
        the first and the last line received in an hour have the hours of all that were generated.
        """
        found = re.match(f"[^,]*(,{_HOUR}:)", line)
        return found.span(1) if found else None

    def layout(self, head: Head) -> Layout:
        """Says so where no line of the head is a URL log."""
        urls = any(_THREAT.fault(line) is None for line in head.lines if ",THREAT,url," in line)
        read = any(self.check(line, Layout()) is None for line in head.lines)
        return Layout(names_no_host=NAMES_NO_HOST if read and not urls else None)

    def check(self, line: str, _layout: Layout) -> Fault | None:
        """Why a line is none of the feed, or no whole line of the threat log."""
        found = re.match(_LINE.regex, line)
        if found is not None and found.group(_LINE.names.index("type") + 1) != "THREAT":
            return None
        return _THREAT.fault(line)

    def reason(self, _layout: Layout) -> pl.Expr:
        """`check`, as an expression."""
        kind, whole = (pl.col(_SPLIT).struct.field(name) for name in ("type", _THREATENED))
        return pl.when((kind == "THREAT").fill_null(value=True)).then(_THREAT.reason(whole))

    def steps(self, _layout: Layout, names: frozenset[str]) -> Sequence[Expressions]:
        """The step that splits the line, and the cells."""
        known = (*_OPENING, *_PLACES)
        for name in names:
            if name not in known:
                raise UnknownCellError(name, known)
        split = TEXT.map_batches(_split, return_dtype=_SPLIT_KIND, is_elementwise=True)
        found = pl.col(_SPLIT).struct
        return {_SPLIT: split}, {CELL + name: found.field(name) for name in sorted(names)}


def _split(lines: pl.Series) -> pl.Series:
    """The cells of lines (`_SPLIT_KIND`): of URL logs as firewalls write them with one look."""
    count = _count(lines)
    there = {name: at for name, at in _PLACES.items() if at < count}
    places = sorted({*_WORDS, *_OPENING.values(), *there.values()})
    columns, left = cut(lines, LineCut(",", count, quoted=True, refused="\\", kept=True), places)
    cells = pl.DataFrame([cell.alias(f"{at}") for at, cell in zip(places, columns, strict=True)])
    misfits = [~pl.col(f"{at}").str.contains(shape) for at, shape in _SHAPES.items()]
    words = [pl.col(f"{at}").str.starts_with('"') for at in _WORDS]
    left |= cells.select(pl.any_horizontal(*misfits, *words)).to_series()
    null = pl.lit(None, dtype=pl.String)
    fast = cells.select(
        pl.lit(value=True).alias(_THREATENED),
        *(pl.col(f"{at}").alias(name) for name, at in _OPENING.items()),
        *(
            (normalised(pl.col(f"{at}"), '^"|^$', _bare) if name in there else null).alias(name)
            for name, at in _PLACES.items()
        ),
    )
    return with_fallback(fast.to_struct(), left, lambda: _split_any(lines.filter(left)))


def _count(lines: pl.Series) -> int:
    """How many cells the first URL log among lines has, or what it has at least."""
    threats = lines.filter(lines.str.contains(",THREAT,", literal=True).fill_null(value=False))
    found = split(threats[0]) if len(threats) else None
    count = len(found or ())
    # Behind the address, cells are read together or not at all.
    return max(count, _PLACES["url"] + 1) if count > _PLACES["referrer"] else _PLACES["url"] + 1


def _split_any(lines: pl.Series) -> pl.Series:
    """The same of any lines: the fallback."""
    frame = lines.to_frame("text").select(
        line=TEXT.str.extract_groups(_LINE.regex), threat=TEXT.str.extract_groups(_THREAT.regex)
    )
    line, threat, rest = (pl.col(name).struct for name in ("line", "threat", "rest"))
    frame = frame.with_columns(rest=threat[-1].str.extract_groups(_REST))
    names = enumerate(_THREAT.names)
    return frame.select(
        threat[0].is_not_null().alias(_THREATENED),
        *(line[at].alias(name) for at, name in enumerate(_OPENING)),
        *(_bare(threat[at]).alias(name) for at, name in names if name in _PLACES),
        *(_bare(rest.field(name)).alias(name) for name in _IN_REST),
    ).to_struct()


def _bare(cell: pl.Expr) -> pl.Expr:
    """A cell without its quotes; null where it is empty."""
    inner = cell.str.replace(r'^\\?"(.*?)\\?"$', "${1}").str.replace_all('""', '"', literal=True)
    return pl.when(inner != "").then(inner)


def decide(action: pl.Expr) -> pl.Expr:
    """What the firewall did. `continue` and `override` are the user's way past a warning page."""
    blocked = action.str.contains("^(?:block|deny|drop|reset|sinkhole|override-lockout)")
    allowed = action.is_in(["alert", "allow", "continue", "override"])
    return (
        pl.when(blocked)
        .then(pl.lit("blocked"))
        .when(allowed)
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
        .cast(ACTION)
    )


def decrypted(flags: pl.Expr) -> pl.Expr:
    """Whether the field Flags (hexadecimal) says so; false where there is no such field."""
    number = flags.str.strip_prefix("0x").str.to_integer(base=16, strict=False)
    return ((number & _DECRYPTED) != 0).fill_null(value=False)


def host_only(cell: Cells) -> pl.Expr:
    """A tunnel, or TLS that stays closed: only the server's name is known, written as `name/`.

    A URL was seen where a method was, TLS was opened, or it has a path.
    """
    bare_host = cell["url"].str.contains("^[^/?]*/?$")
    clear = integer(cell["destination port"]) == 80
    closed = cell["method"].is_null() & bare_host & ~cell["opened"] & ~clear
    tunnel = cell["method"].str.to_uppercase() == "CONNECT"
    return tunnel.fill_null(value=False) | closed.fill_null(value=False)


def request_port(cell: Cells) -> pl.Expr:
    """The port of the URL, else that of the session."""
    own = integer(cell["url"].str.extract("^[^/?]*:([0-9]{1,5})(?:[/?]|$)", 1))
    return pl.coalesce(own, integer(cell["destination port"]))


def of_request(given: Derivation) -> Derivation:
    """A column of a request, null in a look-up."""
    return lambda cell: pl.when(~cell["look-up"]).then(given(cell))


def looked_up(name: str) -> Derivation:
    """The name that was asked for, out of the field where a look-up has it."""
    return lambda cell: pl.when(cell["look-up"]).then(
        cell[name].str.extract(r"([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+)", 1)
    )


EVIDENCE: Final = connects(host_only, look_up=lambda cell: cell["look-up"])


def _look_up(cell: Cells) -> pl.Expr:
    asked = cell["application"].is_in(LOOK_UPS) & (cell["subtype"] != "url")
    return asked.fill_null(value=False)


def _time(cell: Cells) -> Expressions:
    """The exact stamp, or the generated time; 1970 stands where a firewall lacks the exact one."""
    exact, generated = cell["exact"], cell["generated time"]
    exact = pl.when(~exact.str.contains("^19[67]")).then(exact)
    instant = clock.iso_offset(pl.coalesce(exact, generated))
    local = clock.naive(generated, "%Y/%m/%d %H:%M:%S")
    return {"time": instant, "local_time": pl.when(instant.is_null()).then(local)}


_UNREAD: Final = ", which names no host that is read"


def _repeat(cell: Cells) -> pl.Expr:
    kind = cell["type"]
    other = pl.concat_str(pl.lit("no request: a line of the firewall's "), kind, pl.lit(" log"))
    # Its handshakes do name a server; the order of its fields differs between versions.
    other = other + pl.when(kind == "DECRYPTION").then(pl.lit(_UNREAD)).otherwise(pl.lit(""))
    return pl.when(kind != "THREAT").then(other)


_COLUMNS: Final = Columns(
    time=Stamp("local", _time),
    # `x-fwd-for: 10.1.2.3`, where a proxy's header stands in for the user, is nobody.
    user="source user",
    client_ip="source address",
    action=lambda cell: decide(cell["action"]),
    method=of_request(lambda cell: cell["method"]),
    url=of_request(lambda cell: cell["url"]),
    host=looked_up("url"),
    port=of_request(request_port),
    referrer="referrer",
    user_agent="agent",
    evidence=EVIDENCE,
    repeat=_repeat,
    companion=where(lambda cell: (cell["subtype"] != "url") & ~cell["look-up"], "remark"),
    derived={"look-up": _look_up, "opened": lambda cell: decrypted(cell["flags"])},
)
_URL_LINE: Final = (
    "1,2024/01/12 11:21:15,007200001056,THREAT,url,2561,2024/01/12 11:21:14,10.1.2.3,203.0.113.9,"
    "192.0.2.1,203.0.113.9,Staff web,force\\jdoe,,web-browsing,vsys1,Trust,Untrust,ethernet1/2,"
    "ethernet1/1,To-Panorama,2024/01/12 11:21:15,36459,1,49681,443,32326,443,0x1403000,tcp,alert,"
    '"www.example.com/a?b=""c"",d",(9999),news,informational,client-to-server,899904602,0x0,'
    "10.0.0.0-10.255.255.255,United States,,text/html"
)
_TAIL: Final = (
    ',0,,,1,"Mozilla/5.0 (X11; Linux, x64)",,,https://example.org/,,,,,12,0,0,0,,fw1,,,,get,0,,0,,'
    "N/A,N/A,AppThreat-0-0,0x0,0,4294967295,,news,ab12,0" + "," * 29 + "0,"
    "2024-01-12T11:21:14.887+01:00,,,,internet-utility"
)
CSV: Final = Format(
    name="paloalto",
    title="Palo Alto PAN-OS URL log, CSV",
    definition="docs.paloaltonetworks.com, PAN-OS, Threat Log Fields",
    reader=UrlLog(),
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note="Categories with the action 'allow' are not logged; a repeat count may stand for "
    "several requests within five seconds.",
    rank=6,
    samples=(
        Sample(
            _URL_LINE,
            "time=2024-01-12T11:21:14Z user=force\\jdoe client_ip=10.1.2.3"
            ' url=www.example.com:443/a?b="c",d action=allowed evidence=url',
        ),
        Sample(
            _URL_LINE + _TAIL,
            "time=2024-01-12T10:21:14.887000Z user=force\\jdoe client_ip=10.1.2.3 method=GET"
            ' url=www.example.com:443/a?b="c",d action=allowed'
            " referrer=https://example.org/ user_agent=Mozilla/5.0 (X11; Linux, x64)"
            " evidence=url",
            also=("<14>Jan 12 11:21:15 fw1 " + _URL_LINE + _TAIL,),
        ),
        Sample(
            "<14>1 2024-01-12T11:21:15+01:00 fw1 - - - - " + _URL_LINE,
            "time=2024-01-12T11:21:14Z user=force\\jdoe client_ip=10.1.2.3"
            ' url=www.example.com:443/a?b="c",d action=allowed evidence=url',
        ),
    ),
    near_misses=(
        _URL_LINE.replace("THREAT,url", "THREAT").replace(",tcp,", ","),
        "2024/01/12 11:21:15,10.1.2.3,GET,www.example.com,/,200",
    ),
)
