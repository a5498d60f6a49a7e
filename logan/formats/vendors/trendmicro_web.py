"""Trend Micro Web Security (hosted and on premises): the access log over CEF.

Definition: docs.trendmicro.com, Trend Micro Web Security Online Help, Syslog Content Mapping, CEF
Access Logs. `rt` is UTC. `userName` is the client's address where nobody logged on; `upStreamSize`
goes to the server, `downStreamSize` comes from it. What is analysed in a sandbox is neither let
through nor stopped yet; a warning stands in place of the page until the user overrides it. A
customer chooses which keys are sent. The table does not say what is logged of an opened tunnel.
"""

from typing import Final

import polars as pl

from logan.formats.engine.cef import CefEvent
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.stamps import any_stamp
from logan.formats.engine.values import Cells, words

#: `app`: 3 is HTTP/2, which says nothing of the scheme.
_SCHEMES: Final = {"1": "http", "2": "https"}


def _scheme(cell: Cells) -> pl.Expr:
    return cell["app"].replace_strict(_SCHEMES, default=None, return_dtype=pl.String)


_LINE: Final = (
    "CEF:0|Trend Micro|Trend Micro Web Security|3.0.0.2042|100000|Access Log|2|"
    "rt=Jul 05 2024 07:54:15 +0000 logType=1 companyID=c1 adDomain=force.example userName=jdoe "
    "groupName=staff userDepartment=finance department gatewayName=gw1 app=2 "
    "transportBytes=221030 dst=203.0.113.9 src=10.1.2.3 upStreamSize=501 downStreamSize=220529 "
    "domainName=www.example.com scanType=10 policyName=default profileName=default severity=0 "
    "principalName=jdoe@force.example cat=News act=block"
)
_FOUND: Final = (
    "time=2024-07-05T07:54:15Z{} client_ip=10.1.2.3 url=https://www.example.com action={}"
    " bytes_sent=501 bytes_received=220529 evidence=connect"
)
ACCESS: Final = Format(
    name="trendmicro-web",
    title="Trend Micro Web Security access log, CEF",
    definition="docs.trendmicro.com, Web Security Online Help, CEF Access Logs",
    reader=CefEvent(
        needs={
            "@vendor": "(?i)Trend Micro",
            "@product": "(?i)Trend Micro Web Security",
            "@name": "(?i)Access Log",
            "domainName": ".+",
        },
    ),
    columns=Columns(
        time=any_stamp("rt"),
        user=("principalName", "userName"),
        client_ip="src",
        scheme=_scheme,
        host="domainName",
        action=words("act", allowed=("allow", "monitor", "override"), blocked=("block", "warn")),
        bytes_sent="upStreamSize",
        bytes_received="downStreamSize",
    ),
    tunnels=NOT_DOCUMENTED,
    note="Its documented keys name sites, and no addresses.",
    rank=6,
    samples=(
        Sample(_LINE, _FOUND.format(" user=jdoe@force.example", "blocked")),
        Sample(
            _LINE.replace("act=block", "act=override").replace(
                "principalName=jdoe@force.example ", ""
            ),
            _FOUND.format(" user=jdoe", "allowed"),
        ),
        Sample(
            _LINE.replace("act=block", "act=analyze")
            .replace("principalName=jdoe@force.example ", "")
            .replace("userName=jdoe", "userName=10.1.2.3"),
            _FOUND.format("", "unknown"),
        ),
    ),
    near_misses=(
        _LINE.replace("Access Log", "Audit Log"),
        _LINE.replace("|Trend Micro Web Security|", "|Apex Central|"),
    ),
)
