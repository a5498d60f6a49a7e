"""Zscaler's DNS feed (NSS and Cloud NSS), JSON and tab-parted pairs: names looked up, never visits.

Definition: help.zscaler.com, NSS Feed Output Format: DNS Logs (`req` is the name, `reqaction` what
was done with the request and `resaction` with its answer, either of which may be blocked, `cip` the
user's address); the same of Cloud & Branch Connector (`dom_str`, `req_action`, `clt_ip`). Times are
in the zone of the feed.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_LOGGED, Columns, sees
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.keyvalue import KeyValue, Pairs
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, matched
from logan.formats.vendors.zscaler import learn_stamp, with_opening_stamp
from logan.formats.vendors.zscaler_record import MISSING, stamp, user

NAMES: Final = {
    "stamp": ("datetime", "time", "epochtime"),
    "zone": ("tz", "timezone"),
    "user": ("user", "login", "elogin"),
    "location": ("location", "elocation"),
    "client": ("clt_sip", "cip", "clt_ip"),
    "host": ("dns_req", "req", "ednsreq", "dom_str", "edom_str"),
    "type": ("dns_reqtype", "reqtype", "req_type"),
    "action": ("reqaction", "req_action"),
    "answered": ("resaction", "res_action"),
}
#: `Allow` and `Redirect Request` in the portal's words, `REQ_ALLOW` in the feed's own.
_WORD: Final = "(?i:(?:req_)?(?:allow|block|redir|resolve|none|any).*)"
SHAPES: Final = {"action": _WORD, "host": ".+", "type": ".+"}
_OBJECT: Final = JsonObject(
    (
        need(*NAMES["action"], regex=f"^{_WORD}$"),
        need(*NAMES["host"]),
        need(*NAMES["type"]),
        need("datetime", "time", "epochtime", regex="[0-9]"),
    ),
    wrappers=("event",),
    aliases=NAMES,
    missing=MISSING,
)
_PAIRS: Final = KeyValue(
    pairs=Pairs(before="^(?:<[0-9]+>)?|\t| {4}", ends="\t", missing=MISSING),
    needs={"|".join(NAMES[name]): shape for name, shape in SHAPES.items()},
    aliases=NAMES,
)


def _word(cell: Cells) -> pl.Expr:
    """What was done with the request, or with its answer where only that was blocked."""
    asked, answered = (cell[name].str.replace("^RE[QS]_", "") for name in ("action", "answered"))
    stopped = answered.str.contains("(?i)^block").fill_null(value=False)
    return pl.when(stopped).then(answered).otherwise(asked)


_COLUMNS: Final = Columns(
    time=Stamp("local", stamp),
    client_ip="client",
    user=user,
    host="host",
    action=matched("word", allowed="allow(?:ed)?|resolve.*", blocked="block(?:ed)?"),
    record_type="type",
    evidence=sees("dns"),
    derived={"word": _word},
)
_EVENT: Final = (
    '{"datetime":"Wed Jan 10 13:55:36 2024","user":"jdoe@force.example","location":"HQ",'
    '"reqaction":"Allow","resaction":"Allow","dns_reqtype":"AAAA","dns_req":"www.example.com",'
    '"dns_resp":"NotFound","srv_dport":"53","clt_sip":"10.1.2.3","srv_dip":"192.0.2.53"}'
)
JSON: Final = Format(
    name="zscaler-dns-json",
    title="Zscaler NSS and Cloud NSS DNS feed, JSON",
    definition="help.zscaler.com, NSS Feed Output Format: DNS Logs",
    reader=_OBJECT,
    columns=_COLUMNS,
    tunnels=NOT_LOGGED,
    rank=7,
    samples=(
        Sample(
            _EVENT,
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " url=www.example.com action=allowed evidence=dns",
            also=(f'{{"sourcetype":"zscalernss-dns","event":{_EVENT}}}',),
        ),
        Sample(
            '{"time":"Wed Jan 10 13:55:36 2024","login":"jdoe@force.example",'
            '"reqaction":"REQ_ALLOW","resaction":"RES_BLOCK","reqtype":"A","ednsreq":"www.example.com","cip":"10.1.2.3"}',
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " url=www.example.com action=blocked evidence=dns",
        ),
        Sample(
            '{"time":"Wed Jan 10 13:55:36 2024","req_action":"REQ_BLOCK","res_action":"None",'
            '"req_type":"A","dom_str":"www.example.com","clt_ip":"10.1.2.3"}',
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com action=blocked"
            " evidence=dns",
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
    reader=_PAIRS,
    learns=learn_stamp,
    columns=with_opening_stamp(_COLUMNS),
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
