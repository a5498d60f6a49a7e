"""Trustwave (M86, Marshal) WebMarshal: traffic logging as W3C extended log.

Definition: support.trustwave.com, KB 15048, What data does WebMarshal log in W3C Traffic Logs.
Unlike W3C's own, `date` and `time` are the server's wall clock. `cs-username` is the machine's name
or address where nobody logged on; `s-port` is the site's port, `r-ip` may be that of a proxy above.
What is said of tunnels: `logan.formats.vendors.webmarshal`.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import elff
from logan.formats.engine.columns import NOT_DOCUMENTED
from logan.formats.engine.extended_log import ExtendedLog
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Layout
from logan.formats.engine.stamps import local
from logan.formats.engine.values import Cells, joined, words


class LocalExtendedLog(ExtendedLog):
    """Lines under `#Fields` whose clock is in no zone that the log names."""

    def follow(self, layout: Layout, line: str) -> Layout:
        """The layout from a directive on; an offset that one names holds."""
        found = super().follow(layout, line)
        return found._replace(zone=None) if found.zone == "UTC" else found


def _user(cell: Cells) -> pl.Expr:
    """Who logged on: not the machine, whose name stands there otherwise."""
    name = cell["cs-username"]
    machine = (name.str.to_lowercase() == cell["c-name"].str.to_lowercase()).fill_null(value=False)
    return pl.when(~machine).then(name)


_FIELDS: Final = (
    "#Software: WebMarshal\n"
    "#Fields: date time cs-username c-ip c-name s-name r-host r-ip sc-contenttype s-port sc-status "
    "cs-uri-stem cs-bytes sc-bytes x-category x-category-level x-category-action x-rule "
    "x-user-agent cs(Referer) x-method x-filetype\n"
)
_PASSED: Final = (
    "2024-01-10 13:55:36 FORCE\\jdoe 10.1.2.3 WS12 GATE1 www.example.com 203.0.113.9 text/html 443 "
    '200 /a?b=c 640 5120 - - pass - "Mozilla/5.0 (X11)" https://example.org/ GET HTML'
)
_STOPPED: Final = (
    "2024-01-10 13:55:37 WS12 10.1.2.3 WS12 GATE1 www.example.com - - 443 403 /a - 512 News 1 "
    'block "Block news" "Mozilla/5.0 (X11)" - POST HTML'
)
WEBMARSHAL_W3C: Final = Format(
    name="webmarshal-w3c",
    title="Trustwave WebMarshal, W3C",
    definition="support.trustwave.com, KB 15048, WebMarshal W3C Traffic Logs",
    reader=LocalExtendedLog(needs=("x-category-action", "x-category-level")),
    columns=replace(
        elff.COLUMNS,
        time=local(joined("date", "time"), "%Y-%m-%d %H:%M:%S%.f"),
        user=_user,
        method="x-method",
        scheme=None,
        host="r-host",
        port="s-port",
        url="cs-uri-stem",
        path=None,
        query=None,
        status="sc-status",
        action=words("x-category-action", allowed="pass", blocked="block", status="sc-status"),
        user_agent="x-user-agent",
        evidence=None,
    ),
    tunnels=NOT_DOCUMENTED,
    rank=7,
    samples=(
        Sample(
            f"{_FIELDS}{_PASSED}\n{_STOPPED}",
            "time=2024-01-10T13:55:36Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=www.example.com:443/a?b=c status=200 action=allowed bytes_sent=640"
            " bytes_received=5120 referrer=https://example.org/ user_agent=Mozilla/5.0 (X11)"
            " evidence=url",
            "time=2024-01-10T13:55:37Z client_ip=10.1.2.3 method=POST"
            " url=www.example.com:443/a status=403 action=blocked bytes_received=512"
            " user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
    ),
    near_misses=(_FIELDS.replace("x-category-", "x-other-") + _PASSED,),
)
