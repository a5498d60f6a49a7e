"""Sophos Web Appliance: one line for each request.

Definition: docs.sophos.com/nsg/swa, Interpreting Log Files (sophos_log: `in` comes from the client,
`t` is the epoch, `act` is negative where the request was stopped, bytes beyond ASCII are written
`\\xNN`).
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import LOGGED_WITH_INNER_REQUESTS, Columns
from logan.formats.engine.escapes import backslash
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue
from logan.formats.engine.stamps import epoch_seconds
from logan.formats.engine.values import Cells, matched

_REQUEST: Final = "^([A-Z]+) ([^ ]*)"


def _method(cell: Cells) -> pl.Expr:
    return pl.coalesce(cell["meth"], cell["req"].str.extract(_REQUEST, 1))


_LINE: Final = (
    r'h=10.1.2.3 u="FORCE\\jdo\xc3\xa9" s=200 X=- t=1705314600 T=284453 Ts=0 act=1 '
    r'cat="0x220000002a" app="-" type="text/html" in=1255 out=26198 meth=GET ref="-" '
    r'ua="Mozilla/5.0 (X11)" req="GET http://www.example.com/a HTTP/1.1" dom="example.com"'
)
APPLIANCE: Final = Format(
    name="sophos-swa",
    title="Sophos Web Appliance (sophos_log)",
    definition="docs.sophos.com/nsg/swa, Interpreting Log Files",
    reader=KeyValue(
        needs={"h": ".+", "t": "[0-9]{9,10}", "act": "-?[0-9]", "req": ".+", "dom|cat": ".+"},
    ),
    columns=Columns(
        time=epoch_seconds("t"),
        user=lambda cell: backslash(cell["u"]),
        client_ip="h",
        method=_method,
        url=lambda cell: cell["req"].str.extract(_REQUEST, 2),
        status="s",
        action=matched("act", allowed="[1-9]", blocked="-[1-9]", status="s"),
        bytes_sent="in",
        bytes_received="out",
        referrer="ref",
        user_agent="ua",
    ),
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    rank=6,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-15T10:30:00Z user=FORCE\\jdoé client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a status=200 action=allowed bytes_sent=1255"
            " bytes_received=26198 user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
    ),
    near_misses=(_LINE.replace(" act=1", ""),),
)
