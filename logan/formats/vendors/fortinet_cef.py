"""FortiGate and FortiProxy as CEF.

Definition: docs.fortinet.com, FortiOS Log Message Reference, CEF support. What the fields mean is
in `logan.formats.vendors.fortinet`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.cef import CefEvent
from logan.formats.engine.columns import stated_by_line
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Layout
from logan.formats.engine.values import Derivation
from logan.formats.vendors.fortinet import ALIASES, COLUMNS, DERIVED, NOTE, learn, tunnel


def _titled(name: str, group: int) -> Derivation:
    """A field, or its part of the event's name."""
    title = "^(utm|traffic|event|dns):([a-z-]+)"
    return lambda cell: pl.coalesce(cell[name], cell["@name"].str.extract(title, group))


_TITLED: Final[dict[str, Derivation]] = {
    "subtype": _titled("subtype", 2),
    "type": _titled("type", 1),
    **DERIVED,
}


def _learn_events(layout: Layout, records: Sequence[str]) -> Layout:
    """The same, and whether events carry their time."""
    learnt = learn(layout, records)
    stamped = any("eventtime=" in line for line in records)
    return learnt if stamped or not records else learnt.with_stamps(own="none")


_CEF_SAMPLE: Final = (
    "CEF:0|Fortinet|Fortigate|v7.2.5|13056|utm:webfilter ftgd_blk blocked|4|"
    "deviceExternalId=FGT60D0000000000 FTNTFGTeventtime=1715617785975119738 FTNTFGTtz=+0100 "
    "FTNTFGTlogid=0316013056 cat=utm:webfilter FTNTFGTsubtype=webfilter duser=jdoe "
    "src=10.1.2.3 spt=59194 dst=203.0.113.9 dpt=80 proto=6 app=HTTP dhost=www.example.com "
    "act=blocked request=/a?b\\=c out=96 in=0 msg=URL belongs to a denied category in policy"
)
CEF: Final = Format(
    name="fortinet-cef",
    title="FortiGate and FortiProxy web filter, CEF",
    definition="docs.fortinet.com, FortiOS Log Message Reference, CEF support",
    reader=CefEvent(
        needs={"@vendor": "Fortinet", "FTNTFGTeventtime|FTNTFPXeventtime|FTNTFGTlogid|cat": ".+"},
        aliases=ALIASES,
    ),
    learns=_learn_events,
    columns=replace(COLUMNS, derived=_TITLED),
    tunnels=stated_by_line(tunnel),
    note=NOTE,
    rank=6,
    samples=(
        Sample(
            _CEF_SAMPLE,
            "time=2024-05-13T16:29:45.975119Z user=jdoe client_ip=10.1.2.3"
            " url=http://www.example.com:80/a?b=c action=blocked bytes_sent=96"
            " bytes_received=0 evidence=url",
        ),
    ),
    near_misses=("CEF:0|Example|Fortigate|v7|1|utm:webfilter|4|cat=utm:webfilter src=10.1.2.3",),
)
