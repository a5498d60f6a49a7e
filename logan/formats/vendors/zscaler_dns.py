"""Zscaler's DNS feed (NSS and Cloud NSS), JSON and tab-parted pairs: names looked up, never visits.

Definition: help.zscaler.com, NSS Feed Output Format: DNS Logs (`req` is the name, `reqaction` what
was done with the request, `cip` the user's address). Times are in the zone of the feed.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.base import TEXT, Columns, Format, Layout, Sample, Shows
from logan.formats.engine.json_lines import Shape, need, prepared
from logan.formats.engine.keyvalue import PairFormat, Pairs
from logan.formats.engine.verdicts import decided
from logan.formats.vendors.zscaler import STAMP, pair_layout
from logan.formats.vendors.zscaler_record import MISSING, columns

_NAMES: Final = {
    "stamp": ("datetime", "time", "epochtime"),
    "zone": ("tz", "timezone"),
    "user": ("user", "login", "elogin"),
    "location": ("location", "elocation"),
    "client": ("clt_sip", "cip"),
    "host": ("dns_req", "req"),
    "action": ("reqaction",),
}
_ABSENT: Final = ("public", "url", "method", "status", "sent", "received", "protocol", "referrer")
#: `Allow` and `Redirect Request` in the portal's words, `REQ_ALLOW` in the feed's own.
_WORD: Final = "(?i:(?:req_)?(?:allow|block|redir|resolve|none|any).*)"
_SHAPE: Final = Shape(
    (
        need("reqaction", regex=f"^{_WORD}$"),
        need("dns_req", "req"),
        need("dns_reqtype", "reqtype"),
        need("datetime", "time", "epochtime", regex="[0-9]"),
    ),
    wrappers=("event",),
)
_PAIRS: Final = PairFormat(
    pairs=Pairs(before="^(?:<[0-9]+>)?|\t| {4}", ends="\t", missing=MISSING),
    keys=tuple(key for keys in _NAMES.values() for key in keys),
    needs={"reqaction": _WORD, "dns_req|req": ".+", "dns_reqtype|reqtype": ".+"},
)


def _look_up(cell: dict[str, pl.Expr], reason: pl.Expr) -> Columns:
    null = pl.lit(None, dtype=pl.String)
    read = columns({**cell, **dict.fromkeys((*_ABSENT, "agent"), null)}, reason)
    kept = ("reason", "time", "local_time", "client_ip", "user")
    word = cell["action"].str.replace("^REQ_", "")
    action = decided(word, allowed="allow(?:ed)?|resolve.*", blocked="block(?:ed)?")
    return {
        **{name: read[name] for name in kept},
        "host": cell["host"],
        "action": action,
        "evidence": pl.lit("dns"),
    }


def _json_prepare(layout: Layout) -> Sequence[Columns]:
    return _SHAPE.prepare(layout, _NAMES, MISSING)


def _json_columns(layout: Layout) -> Columns:
    return _look_up(prepared(_NAMES), _SHAPE.reason_at(layout))


def _pair_columns(layout: Layout) -> Columns:
    cell = {name: pl.coalesce(_PAIRS.cells[key] for key in keys) for name, keys in _NAMES.items()}
    cell["stamp"] = pl.coalesce(TEXT.str.extract(STAMP), cell["stamp"])
    read = _look_up(cell, _PAIRS.reason())
    if "stamped" not in layout.facts:
        return {name: found for name, found in read.items() if name not in ("time", "local_time")}
    return read


_EVENT: Final = (
    '{"datetime":"Wed Jan 10 13:55:36 2024","user":"jdoe@force.example","location":"HQ",'
    '"reqaction":"Allow","resaction":"Allow","dns_reqtype":"AAAA","dns_req":"www.example.com",'
    '"dns_resp":"NotFound","srv_dport":"53","clt_sip":"10.1.2.3","srv_dip":"192.0.2.53"}'
)
JSON: Final = Format(
    name="zscaler-dns-json",
    title="Zscaler NSS and Cloud NSS DNS feed, JSON",
    definition="help.zscaler.com, NSS Feed Output Format: DNS Logs",
    shows=Shows(user=True, evidence=("dns",), bytes="none", clock="local"),
    check=_SHAPE.check,
    signs=_SHAPE.signs,
    columns=_json_columns,
    prepare=_json_prepare,
    layout=_SHAPE.layout,
    rank=7,
    samples=(
        Sample(
            _EVENT,
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " url=www.example.com action=allowed evidence=dns",
        ),
        Sample(
            f'{{"sourcetype":"zscalernss-dns","event":{_EVENT}}}',
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " url=www.example.com action=allowed evidence=dns",
        ),
    ),
    near_misses=(
        _EVENT.replace("reqaction", "action"),
        _EVENT.replace("dns_req", "query"),
    ),
)
PAIRS: Final = replace(
    JSON,
    name="zscaler-dns",
    title="Zscaler NSS DNS feed, pairs parted by tabs",
    check=_PAIRS.check,
    signs=_PAIRS.signs,
    columns=_pair_columns,
    prepare=_PAIRS.prepare,
    layout=pair_layout,
    samples=(
        Sample(
            "2024-01-10 13:55:36\tuser=jdoe@force.example\tlocation=HQ\treqaction=Allow\t"
            "dns_reqtype=A\tdns_req=www.example.com\tclt_sip=10.1.2.3\tvendor=Zscaler\tproduct=dns",
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " url=www.example.com action=allowed evidence=dns",
        ),
    ),
    near_misses=("2024-01-10 13:55:36\tuser=jdoe\taction=Allowed\turl=www.example.com/",),
)
FORMATS: Final = (PAIRS, JSON)
