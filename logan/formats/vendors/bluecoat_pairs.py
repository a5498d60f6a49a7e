"""Blue Coat (Symantec, Broadcom) ProxySG over syslog: pairs with ELFF names as keys.

Definition: Broadcom, ProxySG custom access log formats for Splunk (SPLV5.1, `splunk_format`). The
time in front may run into the host's name, and is local where it does not end in Z. What the fields
mean is in `logan.formats.engine.elff`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import clock, elff
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue, Pairs
from logan.formats.engine.layout import TEXT, Expressions, Layout
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells

#: Keys that logan reads, by their ELFF names in lower case; each custom format spells them its way.
KEYS: Final = {
    "c-ip": ("c-ip",),
    "cs-username": ("cs-username", "cs-userdn", "cs-user"),
    "cs-method": ("cs-method",),
    "cs-host": ("cs-host",),
    "cs-uri-scheme": ("cs-uri-scheme",),
    "cs-uri-port": ("cs-uri-port",),
    "cs-uri-path": ("cs-uri-path",),
    "cs-uri-query": ("cs-uri-query",),
    "sc-status": ("sc-status",),
    "s-action": ("s-action",),
    "sc-filter-result": ("sc-filter-result",),
    "x-exception-id": ("x-exception-id",),
    "sc-bytes": ("sc-bytes",),
    "cs-bytes": ("cs-bytes",),
    "x-cookie-date": ("x-cookie-date",),
    "cs(user-agent)": (
        "cs-User-Agent",
        "cs(User-Agent)",
        "cs(user-agent)",
        "cs_User_Agent",
        "cs-user-agent",
    ),
    "cs(referer)": ("cs-Referer", "cs(Referer)", "cs(referer)", "cs_Referer", "cs-referer"),
}
_STAMP: Final = (
    r"^[^=]*?([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
    r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?)"
)


def _stamped(layout: Layout, records: Sequence[str]) -> Layout:
    """Whether lines carry the time that ProxySG was told to put in front of them."""
    stamped = sum(re.match(_STAMP, line) is not None for line in records)
    return layout.with_fact("stamped") if stamped * 2 > len(records) else layout


def _pairs_time(cell: Cells) -> Expressions:
    if "stamped" not in cell.layout.facts:
        return {}
    stamp = TEXT.str.extract(_STAMP)
    # `Fri,%2011-Jul-25%2010:45:10%20GMT`: the same moment, and its zone is never in doubt
    cookie = cell["x-cookie-date"].str.extract("^[A-Z][a-z]{2},(?:%20| )(.*)(?:%20| )GMT$")
    gmt = clock.naive(cookie.str.replace_all("%20", " "), "%d-%b-%y %H:%M:%S")
    time = pl.coalesce(clock.iso_offset(stamp), gmt.dt.replace_time_zone("UTC"))
    local = clock.naive(stamp.str.replace("T", " "), "%Y-%m-%d %H:%M:%S%.f")
    return {"time": time, "local_time": pl.when(time.is_null()).then(local)}


_SAMPLE: Final = (
    'c-ip=10.1.2.3 cs-bytes=640 cs-categories="News" cs-host=www.example.com cs-method=GET '
    'cs-uri-path=/a cs-uri-port=443 cs-uri-query="?b=c" cs-uri-scheme=https '
    'cs-User-Agent="Mozilla/5.0 (X11)" cs-username=FORCE\\jdoe s-action=TCP_NC_MISS sc-bytes=5120 '
    "sc-filter-result=OBSERVED sc-status=200 time-taken=20"
)
PAIRS: Final = Format(
    name="bluecoat-pairs",
    title="ProxySG, key=value (Splunk formats)",
    definition="Broadcom, ProxySG custom access log format for Splunk",
    reader=KeyValue(
        pairs=Pairs(keys=tuple(key for keys in KEYS.values() for key in keys)),
        needs={
            "c-ip": ADDRESS,
            "cs-host": "[^ ]+",
            "s-action|sc-filter-result": "[A-Z][A-Z_]+",
        },
        aliases=KEYS,
    ),
    learns=_stamped,
    columns=replace(elff.COLUMNS, time=Stamp("local", _pairs_time)),
    tunnels=elff.TUNNELS,
    note="A stamp that ends in Z is UTC, others are local.",
    rank=7,
    samples=(
        Sample(
            f"2024-01-10T13:55:36.000z sg1 bluecoat[0]: SPLV5.1 {_SAMPLE}",
            "time=2024-01-10T13:55:36Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com:443/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 user_agent=Mozilla/5.0 (X11) evidence=url",
            also=(
                f"2024-01-10T13:55:36sg1.force.example bluecoat - splunk_format - {_SAMPLE}",
                f"<134>1 2024-01-10T13:55:36.000z sg1 bluecoat - splunk_format - {_SAMPLE}",
            ),
        ),
    ),
    near_misses=(
        "2024-01-10T13:55:36Z sg1 app: c-ip=10.1.2.3 cs-host=www.example.com",
        "2024-01-10T13:55:36Z sg1 app: cs-host=www.example.com sc-filter-result=OBSERVED",
    ),
)
