"""Palo Alto PAN-OS and Prisma Access: URL filtering logs as CSV, by syslog or from the web console.

Definition: docs.paloaltonetworks.com, PAN-OS, Syslog Field Descriptions: Threat Log Fields (4.1 to
11.x; new fields only ever came at the end) and the other log types. Stamps are the firewall's wall
clock; from 10.0 on a field near the end has the offset, too.

Other lines of the same feed (TRAFFIC, SYSTEM) are no requests: repeats, so that a mixed feed is
read whole. A threat found in a session may be the only line about its request.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Expressions
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, where
from logan.formats.vendors.paloalto_lines import UrlLog
from logan.formats.vendors.paloalto_record import (
    EVIDENCE,
    LOOK_UPS,
    decide,
    decrypted,
    looked_up,
    of_request,
    request_port,
)


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
