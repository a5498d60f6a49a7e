"""Cisco Meraki MX and MR: URL requests and content filter blocks by syslog.

Definition: documentation.meraki.com, Syslog Event Types and Log Samples. The stamp is the epoch, in
seconds with decimals. `urls` lines hold no verdict: what the filter stops is logged as
`content_filtering_block`, which names no client's address. Both may tell of one request, and which
of them are logged is chosen (roles): a block is a remark about the request, and counts where there
is none. So is a file that was scanned. Of HTTPS the method is UNKNOWN and only the host is seen.
Addresses and ports are joined by a colon, IPv6 without brackets.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import TEXT, Expressions, Fault, Layout, RequiredLiterals
from logan.formats.engine.lessons import names_no_host_unless
from logan.formats.engine.reader import CELL, PlainReader
from logan.formats.engine.stamps import epoch
from logan.formats.engine.values import Cells, unless, where

_KINDS: Final = (
    "urls|flows|firewall|vpn_firewall|cellular_firewall|bridge_[a-z_]+|ip_flow_start|ip_flow_end|"
    "events|security_event|security_filtering_[a-z_]+|ids-alerts|airmarshal_events|l7_firewall"
)
_LINE: Final = (
    r"^(?:[^=]*?[> ])?(?P<stamp>[0-9]{10}(?:\.[0-9]{1,9})?|[0-9]{13}) (?P<device>[^ ]+) "
    rf"(?P<kind>{_KINDS}) (?P<rest>.+)$"
)
_REQUEST: Final = (
    "^src=(?P<src>[^ ]+) dst=[^ ]+(?: mac=[^ ]+)?(?: (?:agent|user_agent)='(?P<agent>[^']*)')?"
    "(?: [a-z_]+=[^ ]+)* request: (?P<method>[^ ]+) (?P<url>[^ ]+)"
)
#: What stands between client and request. A user agent in single quotes may hold it, and the quote.
_ASKED: Final = " request: "
_BLOCK: Final = "^(?:type=)?content_filtering_block +url='(?P<url>[^']*)'"
#: A file that was scanned, or an intrusion, with the address that it came from.
_SCANNED: Final = "^(?:[a-z_]+ )?url='?(?P<url>[^' ]+)'? src='?(?P<src>[^' ]+)"
_STOPPED: Final = "action=block"
_NAMES_NO_HOST: Final = (
    "its first lines hold no URL request (urls) or content filter block: flows and events cannot "
    "show visits"
)
_COMPILED: Final = re.compile(_LINE)


#: What is cut out of the rest of a line, as a cell `name of the part, name of the group`.
_PARTS: Final = {"request": _REQUEST, "block": _BLOCK, "scan": _SCANNED}


@dataclass(frozen=True)
class DeviceLog(PlainReader):
    """Lines with stamp, device and kind. Cells are `stamp`, `device`, `kind` and `rest`, and the
    groups of what the rest may be: `request url`, `block url`, `scan src` ..."""

    required_literals: RequiredLiterals = (tuple(_KINDS.replace("[a-z_]+", "").split("|")),)

    def check(self, line: str, _layout: Layout) -> Fault | None:
        """Whether the line has stamp, device and kind; of a URL line, whether it has a request."""
        found = _COMPILED.match(line)
        if found is None:
            return Fault("stamp, device and type", line)
        rest = found.group("rest")
        asked = re.match(_REQUEST, rest) and rest.count(_ASKED) == 1
        return Fault("request", rest) if found.group("kind") == "urls" and not asked else None

    def reason(self, _layout: Layout) -> pl.Expr:
        """`check`, as an expression."""
        kind = pl.col("%line").struct.field("kind")
        asked = pl.col("%request").struct.field("url")
        once = pl.col("%line").struct.field("rest").str.count_matches(_ASKED, literal=True) == 1
        return (
            pl.when(kind.is_null())
            .then(pl.lit("stamp, device and type: not as this format writes it"))
            .when((kind == "urls") & (asked.is_null() | ~once))
            .then(pl.lit("request: not as this format writes it"))
        )

    def steps(self, _layout: Layout, names: frozenset[str]) -> Sequence[Expressions]:
        """The line split, its rest split in each way, and the cells."""
        rest = pl.col("%line").struct.field("rest")
        parts = {f"%{part}": rest.str.extract_groups(regex) for part, regex in _PARTS.items()}
        cells = {CELL + name: _cell(name) for name in sorted(names)}
        return {"%line": TEXT.str.extract_groups(_LINE)}, parts, cells


def _cell(name: str) -> pl.Expr:
    part, _, group = name.rpartition(" ")
    return pl.col(f"%{part or 'line'}").struct.field(group)


def _address(cell: pl.Expr) -> pl.Expr:
    """`10.1.2.3:52831` or `2001:db8::7:52831` without the port, the last part of a full address."""
    full = cell.str.contains(r"^(?:[0-9A-Fa-f]*:){8}[0-9]+$|::.*:[0-9]+$|^[0-9.]+:[0-9]+$")
    return pl.when(full).then(cell.str.replace(":[0-9]+$", "")).otherwise(cell)


def _asked(cell: Cells) -> pl.Expr:
    return cell["kind"] == "urls"


def _blocked(cell: Cells) -> pl.Expr:
    return cell["block url"].is_not_null() & (cell["kind"] != "urls")


def _scanned(cell: Cells) -> pl.Expr:
    return cell["scan url"].is_not_null() & cell["kind"].str.starts_with("security_")


def _site(cell: Cells) -> pl.Expr:
    """The address; what is cut off ends in an ellipsis."""
    url = cell.first("request url", "block url", "scan url")
    return url.str.replace(r"/\.\.\.$", "/")


def _client(cell: Cells) -> pl.Expr:
    asked = pl.when(_asked(cell)).then(cell["request src"])
    return _address(asked.when(cell["scanned"]).then(cell["scan src"]))


def _action(cell: Cells) -> pl.Expr:
    stopped = cell["scanned"] & cell["rest"].str.contains(_STOPPED, literal=True)
    blocked = pl.when(cell["blocked"] | stopped).then(pl.lit("blocked"))
    return blocked.otherwise(pl.lit("unknown"))


def _request(cell: Cells) -> pl.Expr:
    return _asked(cell) | cell["blocked"] | cell["scanned"]


def _closed(cell: Cells) -> pl.Expr:
    """Of HTTPS only the host is seen."""
    hidden = (cell["request method"] == "UNKNOWN") | cell["blocked"]
    return hidden.fill_null(value=False) & cell["site"].str.contains("^https://[^/?]*/?$")


def _method(cell: Cells) -> pl.Expr:
    return pl.when(cell["request method"] != "UNKNOWN").then(cell["request method"])


_COLUMNS: Final = Columns(
    time=epoch("stamp"),
    user=None,
    client_ip=_client,
    action=_action,
    method=_method,
    url=lambda cell: pl.when(_request(cell)).then(cell["site"]),
    user_agent="request agent",
    evidence=connects(_closed),
    repeat=unless(_request, "no request: a flow or an event of the device"),
    companion=where(lambda cell: cell["scanned"] | cell["blocked"], "remark"),
    derived={"blocked": _blocked, "scanned": _scanned, "site": _site},
)


def _shows_site(line: str) -> bool:
    return " urls src=" in line or "content_filtering_block" in line


_GET: Final = (
    "<134>1 1563249630.774247467 MX84 urls src=10.1.2.3:63735 dst=203.0.113.9:80 "
    "mac=00:00:5E:00:53:01 agent='Mozilla/5.0 (X11)' request: GET http://www.example.com/a?b=c"
)
_UNKNOWN: Final = (
    "1 1563249630.774247467 MX84 urls src=2001:db8::7:63735 dst=2001:db8::9:443 "
    "mac=00:00:5E:00:53:01 request: UNKNOWN https://www.example.com/..."
)
_BLOCKED: Final = (
    "<134>1 1563249631.5 MX84 events content_filtering_block url='https://www.example.com/...' "
    "category0='News' server='203.0.113.9:443'"
)
SYSLOG: Final = Format(
    name="meraki",
    title="Cisco Meraki URL requests and content filter blocks",
    definition="documentation.meraki.com, Syslog Event Types and Log Samples",
    reader=DeviceLog(),
    learns=names_no_host_unless(_shows_site, _NAMES_NO_HOST),
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note="Only devices' addresses; requests are logged without what was decided on them.",
    rank=6,
    samples=(
        Sample(
            _GET,
            "time=2019-07-16T04:00:30.774248Z client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c action=unknown user_agent=Mozilla/5.0 (X11)"
            " evidence=url",
        ),
        Sample(
            _UNKNOWN,
            "time=2019-07-16T04:00:30.774248Z client_ip=2001:db8::7"
            " url=https://www.example.com/ action=unknown evidence=connect",
        ),
        Sample(
            _BLOCKED,
            "time=2019-07-16T04:00:31.500000Z url=https://www.example.com/ action=blocked"
            " evidence=connect companion=remark",
        ),
    ),
    near_misses=(_GET.partition(" request:")[0], _GET.replace("1563249630.774247467", "12:00")),
)
