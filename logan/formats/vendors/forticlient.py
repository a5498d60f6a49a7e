"""FortiClient: web traffic of the machine that it is on, as it reaches FortiAnalyzer or syslog.

Definition: Fortinet prints no reference of these lines: keys as SEKOIA's intake for FortiProxy and
FortiClient keeps a line among its tests (`fctver`, `emsserial`, `remotename`, `deviceip`,
`utmaction`); the words for what a web filter did are those of the FortiOS Log Message Reference
(`passthrough`, `blocked`). `hostname` is the machine, `remotename` the site; `date` and `time` are
the machine's wall clock. `userbrowsed` says who asked, not what was done.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue, Pairs
from logan.formats.engine.stamps import local
from logan.formats.engine.values import Cells, joined, where, words


def _addressed(cell: Cells) -> pl.Expr:
    return cell["url"].str.contains("^/.|^[a-z]+://[^/]+/.").fill_null(value=False)


def _scheme(cell: Cells) -> pl.Expr:
    known = cell["service"].str.to_lowercase().is_in(["http", "https"])
    return pl.when(known).then(cell["service"].str.to_lowercase())


_LINE: Final = (
    'devname="fct" devid="FCT8001234567890" vd="default" itime=1711705250 fctsn="FCT8001234567890" '
    'date="2024-03-29" time="15:00:50" logver=1 id=96900 type="traffic" subtype="system" '
    'eventtype="traffic" level="info" uid="A94A8FE5" hostname="WS12" pcdomain="force.example" '
    'deviceip=10.1.2.3 site="default" fctver="7.2.8.1140" emsserial="FCTEMS0000000000" '
    'os="Microsoft Windows 11" user="jdoe@FORCE" msg="Traffic log" sessionid=10000000 '
    'srcname="chrome.exe" srcproduct="Google Chrome" srcport=0 direction="outbound" '
    'remotename="www.example.com" dstport=443 proto=6 rcvdbyte=0 sentbyte=0 utmaction="blocked" '
    'utmevent="webfilter" service="https" userinitiated=1 browsetime=7 url="/a?b=c"'
)
_FOUND: Final = (
    "time=2024-03-29T15:00:50Z user=jdoe@FORCE client_ip=10.1.2.3"
    " url=https://www.example.com:443/a?b=c action={} bytes_sent=0 bytes_received=0 evidence=url"
)
FORTICLIENT: Final = Format(
    name="forticlient",
    title="FortiClient web traffic",
    definition="SEKOIA-IO/intake-formats, Fortinet; FortiOS Log Message Reference, Web Filter",
    reader=KeyValue(
        pairs=Pairs(before='^(?:<[0-9]+>)?"?|[ \t,]', ends=" \t,", missing=("", "-", "N/A", "n/a")),
        needs={
            "fctver": "[0-9.]+",
            "type": "[a-z-]+",
            "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
            "time": "[0-9:]+",
            "uid|emsserial|devid": ".+",
        },
    ),
    columns=Columns(
        time=local(joined("date", "time"), "%Y-%m-%d %H:%M:%S"),
        user="user",
        client_ip=("deviceip", "srcip", "regip"),
        scheme=_scheme,
        url="url",
        host="remotename",
        port="dstport",
        action=words("utmaction", allowed="passthrough", blocked="blocked"),
        bytes_sent="sentbyte",
        bytes_received="rcvdbyte",
        evidence=connects(lambda cell: ~_addressed(cell)),
        repeat=where(
            lambda cell: cell["remotename"].is_null() & cell["url"].is_null(),
            "no request: an event that names no site",
        ),
    ),
    tunnels=NOT_DOCUMENTED,
    rank=6,
    samples=(
        Sample(_LINE, _FOUND.format("blocked")),
        Sample(_LINE.replace('"blocked"', '"userbrowsed"'), _FOUND.format("unknown")),
    ),
    near_misses=(
        _LINE.replace("fctver=", "version="),
        _LINE.replace(' date="2024-03-29"', ""),
    ),
)
