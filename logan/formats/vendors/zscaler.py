"""Zscaler's web feed (NSS) as tab-parted pairs.

Definition: see `logan.formats.vendors.zscaler_record`; the template is that of Zscaler's deployment
guide for Splunk.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.columns import Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue, Pairs
from logan.formats.engine.layout import TEXT, Expressions, Layout
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells
from logan.formats.vendors.zscaler_record import (
    ACTION,
    COLUMNS,
    MISSING,
    NAMES,
    NOTE,
    SYNONYMS,
    TUNNELS,
    stamp,
)

#: The stamp that stands in front of the pairs without a key.
STAMP: Final = (
    r"^(?:<[0-9]+>)?((?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9])"
    r"[ T][0-9:]{8}(?: [0-9]{4})?)(?:\t| {2})"
)
#: Keys of which no other gateway has any; one of them must be there.
_OWN: Final = (
    *("urlsupercategory", "urlsupercat", "clientpublicIP", "cintip", "urlclass", "appclass"),
    *("transactionsize", "totalsize", "recordid", "event_id", "cloudname", "bwthrottle"),
)


def pair_span(line: str, _layout: Layout) -> tuple[int, int] | None:
    """`2024-01-01 09:` fixes the hour where the stamp opens the line."""
    return (0, 14) if re.match("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:", line) else None


def learn_stamp(layout: Layout, records: Sequence[str]) -> Layout:
    """Whether lines carry the time; a relay may have cut it off with its own header."""
    timed = re.compile(f"{STAMP}|(?:^|\t)(?:{'|'.join(NAMES['stamp'])})=")
    return layout.with_fact("stamped") if any(map(timed.search, records)) else layout


def with_opening_stamp(columns: Columns) -> Columns:
    """The columns of lines of pairs: the stamp stands first and has no key."""

    def opening(cell: Cells) -> pl.Expr:
        return pl.coalesce(TEXT.str.extract(STAMP), cell["stamp"])

    def times(cell: Cells) -> Expressions:
        return stamp(cell) if "stamped" in cell.layout.facts else {}

    derived = {**columns.derived, "stamp": opening}
    return replace(columns, time=Stamp("local", times), derived=derived)


#: What comes out of the samples of all forms of the feed.
RECORD: Final = (
    "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
    " method=GET url=https://www.example.com/a?b=c status=200 action=allowed"
    " bytes_sent=640 bytes_received=5120 referrer=http://ref.example/"
    " user_agent=Mozilla/5.0 (X11) evidence=url"
)
_REST: Final = (
    "reason=Allowed\tprotocol=HTTPS\taction=Allowed\ttransactionsize=5760\tresponsesize=5120\t"
    "requestsize=640\turlcategory=News\tserverip=203.0.113.9\trequestmethod=GET\t"
    "refererURL=http://ref.example/\tuseragent=Mozilla/5.0 (X11)\tproduct=NSS\tlocation=HQ\t"
    'ClientIP=10.1.2.3\tstatus=200\tuser=jdoe@force.example\turl="www.example.com/a?b=c"\t'
    "vendor=Zscaler\thostname=www.example.com\tclientpublicIP=192.0.2.7\tdepartment=CID, North"
)
PAIRS: Final = Format(
    name="zscaler",
    title="Zscaler NSS web feed, pairs parted by tabs",
    definition="help.zscaler.com, NSS Feed Output Format: Web Logs",
    reader=KeyValue(
        pairs=Pairs(before="^(?:<[0-9]+>)?|\t", ends="\t", spaced_tabs=True, missing=MISSING),
        needs={"action": ACTION, "url|eurl": ".+", "|".join(_OWN): ".*"},
        aliases=NAMES,
        synonyms=SYNONYMS,
        stamp_span=pair_span,
    ),
    learns=learn_stamp,
    columns=with_opening_stamp(COLUMNS),
    tunnels=TUNNELS,
    note=NOTE,
    rank=7,
    samples=(
        Sample(
            f"2024-01-10 13:55:36\t{_REST}",
            RECORD,
            also=(f"Wed Jan 10 13:55:36 2024\t{_REST}".replace("\t", "    "),),
        ),
        Sample(
            "datetime=2024-01-10 13:55:36\tlogin=jdoe@force.example\teurl=www.example.com/a?b=c\t"
            "cip=10.1.2.3\tcintip=192.0.2.7\taction=Blocked\treqmethod=POST\trespcode=403\t"
            "reqsize=640\trespsize=5120\tproto=HTTPS\tehost=www.example.com\tua=curl/8",
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " method=POST url=https://www.example.com/a?b=c status=403 action=blocked"
            " bytes_sent=640 bytes_received=5120 user_agent=curl/8 evidence=url",
        ),
    ),
    near_misses=(
        "2024-01-10 13:55:36\taction=Allowed\turl=www.example.com/\tuser=jdoe",
        "2024-01-10 13:55:36 [192.0.2.8] ZscalerNSS: The NSS free memory has decreased to 1.40 GB",
    ),
)
