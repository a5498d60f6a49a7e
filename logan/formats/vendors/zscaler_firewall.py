"""Zscaler's firewall feed (NSS and Cloud NSS), JSON and tab-parted pairs: connections by host.

Definition: help.zscaler.com, NSS Feed Output Format: Firewall Logs (`cdfqdn` is the name of the
client's destination, such as its HTTP host header; `csip` the user's address, `cdport` the port
asked for; `outbytes` goes up, `inbytes` comes down), and Firewall Insights Logs: Filters (what is
allowed may still be blocked by a web policy, of which the web log tells). Templates for Splunk have
no name of a destination; Elastic's calls it `cltdomain`. Of allowed sessions of one user, service
and category a line may stand for those of 15 minutes, and names the last. Times are in the zone of
the feed.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from logan.formats.engine.columns import LOGGED_ALONE, Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.keyvalue import KeyValue, Pairs
from logan.formats.engine.layout import Layout
from logan.formats.engine.lessons import names_no_host_unless
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import matched, where
from logan.formats.vendors.zscaler import learn_stamp, pair_span, with_opening_stamp
from logan.formats.vendors.zscaler_record import MISSING, stamp, user

NAMES: Final = {
    "stamp": ("datetime", "time", "epochtime"),
    "zone": ("tz", "timezone"),
    "user": ("user", "login", "elogin"),
    "location": ("location", "locationname", "elocation"),
    "client": ("csip",),
    "server": ("cdip", "sdip"),
    "port": ("cdport",),
    "service": ("nwsvc", "nwapp"),
    "host": ("cdfqdn", "cltdomain"),
    "action": ("action",),
    "sent": ("outbytes",),
    "received": ("inbytes",),
}
#: What a rule decided, in the feed's words or the portal's (`Block/Drop`, `IPS Reset`).
WORD: Final = "(?i:allow.*|block.*|drop|reset|icmp|ips (?:drop|reset))"
SHAPES: Final = {"action": WORD, "client": "[^ ]+", "server": "[^ ]+", "service": ".+"}
NAMES_NO_HOST: Final = (
    "its first lines name no host: have the feed put in %s{cdfqdn}, which needs Advanced Firewall"
)
_NAMES_HOST: Final = re.compile(
    rf"""(?:{"|".join(NAMES["host"])})"?\s*[:=]\s*"?(?!{"|".join(filter(None, MISSING))})[^"\s,]"""
)


def learn_host_column(layout: Layout, _records: Sequence[str]) -> Layout:
    """That a table has no column of hosts."""
    return layout if "host" in layout.names else layout._replace(names_no_host=NAMES_NO_HOST)


def _learn_stamp_and_host(layout: Layout, records: Sequence[str]) -> Layout:
    return learn_stamp(_learn_host(layout, records), records)


_learn_host: Final = names_no_host_unless(_NAMES_HOST.search, NAMES_NO_HOST)
_COLUMNS: Final = Columns(
    time=Stamp("local", stamp),
    client_ip="client",
    user=user,
    host="host",
    port="port",
    action=matched(
        "action", allowed="allow.*", blocked="block.*|drop|reset|icmp|ips (?:drop|reset)"
    ),
    bytes_sent="sent",
    bytes_received="received",
    repeat=where(lambda cell: cell["host"].is_null(), "no request: it names no host"),
)
_EVENT: Final = (
    '{"datetime":"Wed Jan 10 13:55:36 2024","outbytes":"640","cltdomain":"www.example.com",'
    '"cdip":"203.0.113.9","sdip":"203.0.113.9","cdport":"443","sdport":"443","action":"Allowed",'
    '"duration":"6","recordid":"7","tz":"GMT","nwapp":"http","nwsvc":"HTTPS","proto":"TCP",'
    '"rule":"Default_Firewall_Filtering_Rule","inbytes":"5120","csip":"10.1.2.3","csport":"55018",'
    '"user":"jdoe%40force.example","aggregate":"No","location":"HQ"}'
)
#: What comes out of the samples of all forms of the feed.
RECORD: Final = (
    "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
    " url=www.example.com:443 action=allowed bytes_sent=640 bytes_received=5120 evidence=connect"
)
_PAIR_LINE: Final = (
    "2024-01-10 13:55:36\tuser=jdoe%40force.example\tdepartment=CID\tlocationname=HQ\tcdport=443\t"
    "csport=55018\tsdport=443\tssport=0\tcsip=10.1.2.3\tcdip=203.0.113.9\tssip=192.0.2.7\t"
    "sdip=203.0.113.9\ttsip=10.9.9.9\ttuntype=GRE\taction=Drop\tdnat=No\tstateful=Yes\t"
    "aggregate=No\tnwsvc=HTTPS\tnwapp=http\tproto=TCP\tinbytes=5120\toutbytes=640"
)
JSON: Final = Format(
    name="zscaler-firewall-json",
    title="Zscaler NSS and Cloud NSS firewall feed, JSON",
    definition="help.zscaler.com, NSS Feed Output Format: Firewall Logs",
    reader=JsonObject(
        (
            need(*NAMES["action"], regex=f"^{WORD}$"),
            need(*NAMES["client"]),
            need(*NAMES["server"]),
            need(*NAMES["service"]),
            need(*NAMES["stamp"], regex="[0-9]"),
        ),
        wrappers=("event",),
        aliases=NAMES,
        missing=MISSING,
        stamp="datetime",
    ),
    learns=_learn_host,
    columns=_COLUMNS,
    tunnels=LOGGED_ALONE,
    note="Names hosts only where the feed has them put in. What it allowed a web policy may block;"
    " one line may stand for several connections (aggregate).",
    rank=7,
    samples=(
        Sample(
            _EVENT,
            RECORD,
            also=(f'{{"sourcetype":"zscalernss-fw","event":{_EVENT}}}',),
        ),
        Sample(
            _EVENT.replace("Allowed", "Blocked").replace("www.example.com", "NA"),
            RECORD.replace(" url=www.example.com:443", " url=:443").replace("allowed", "blocked")
            + " repeat=no request: it names no host",
        ),
    ),
    near_misses=(
        _EVENT.replace("nwsvc", "svc").replace("nwapp", "app"),
        _EVENT.replace("csip", "ip"),
    ),
)
PAIRS: Final = replace(
    JSON,
    name="zscaler-firewall",
    title="Zscaler NSS firewall feed, pairs parted by tabs",
    reader=KeyValue(
        pairs=Pairs(before="^(?:<[0-9]+>)?|\t| {4}", ends="\t", missing=MISSING),
        needs={"|".join(NAMES[name]): shape for name, shape in SHAPES.items()},
        aliases=NAMES,
        stamp_span=pair_span,
    ),
    learns=_learn_stamp_and_host,
    columns=with_opening_stamp(_COLUMNS),
    samples=(
        Sample(
            f"{_PAIR_LINE}\tcdfqdn=www.example.com\tvendor=Zscaler\tproduct=fw",
            RECORD.replace("allowed", "blocked"),
        ),
    ),
    near_misses=(_PAIR_LINE.replace("csip", "cip").replace("nwsvc", "url"),),
)
