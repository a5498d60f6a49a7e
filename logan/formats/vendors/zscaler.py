"""Zscaler's web feed (NSS and Cloud NSS) as tab-parted pairs, JSON and CSV with a header.

Definition: see `logan.formats.vendors.zscaler_record`; the templates are those of Zscaler's
deployment guides for Splunk. A CSV feed without a header has the order its admin chose: it needs a
mapping.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine.base import TEXT, Columns, Format, Head, Layout, Sample
from logan.formats.engine.delimited import Rows
from logan.formats.engine.json_lines import Shape, need, prepared, stamp_span
from logan.formats.engine.keyvalue import PairFormat, Pairs
from logan.formats.vendors.zscaler_record import ACTION, MISSING, NAMES, SHOWS, columns

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
_PAIRS: Final = PairFormat(
    pairs=Pairs(before="^(?:<[0-9]+>)?|\t", ends="\t", spaced_tabs=True, missing=MISSING),
    keys=tuple(key for keys in NAMES.values() for key in keys),
    needs={"action": ACTION, "url|eurl": ".+", "|".join(_OWN): ".*"},
)


def pair_layout(head: Head) -> Layout:
    """Whether lines carry the time; a relay may have cut it off with its own header."""
    timed = re.compile(f"{STAMP}|(?:^|\t)(?:{'|'.join(NAMES['stamp'])})=")
    stamped = any(timed.search(line) for line in head.lines)
    return Layout().with_fact("stamped") if stamped else Layout()


def _pair_columns(layout: Layout) -> Columns:
    cell = {name: pl.coalesce(_PAIRS.cells[key] for key in keys) for name, keys in NAMES.items()}
    # The stamp stands first and has no key; the keys of the template come after it.
    cell["stamp"] = pl.coalesce(TEXT.str.extract(STAMP), cell["stamp"])
    read = columns(cell, _PAIRS.reason())
    if "stamped" not in layout.facts:
        return {name: found for name, found in read.items() if name not in ("time", "local_time")}
    return read


def _pair_span(line: str, layout: Layout) -> tuple[int, int] | None:
    """`2024-01-01 09:` fixes the hour where the stamp opens the line."""
    del layout
    return (0, 14) if re.match("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:", line) else None


_SHAPE: Final = Shape(
    (
        need("action", regex=f"^{ACTION}$"),
        need("url", "eurl"),
        need("datetime", "time", "epochtime", regex="[0-9]"),
        need("clientpublicIP", "cintip", "transactionsize", "requestsize", "reqsize"),
    ),
    wrappers=("event",),
)


def _json_prepare(layout: Layout) -> Sequence[Columns]:
    return _SHAPE.prepare(layout, NAMES, MISSING)


def _json_columns(layout: Layout) -> Columns:
    return columns(prepared(NAMES), _SHAPE.reason_at(layout))


def _json_span(line: str, layout: Layout) -> tuple[int, int] | None:
    del layout
    return stamp_span(line, "datetime")


_ROWS: Final = Rows(
    needs={"action": ACTION, "url": ".+", "stamp": ".*[0-9].*", "sent": "[0-9]+|"},
    aliases={
        **{name: names for name, names in NAMES.items() if name not in ("public", "zone")},
        "stamp": (*NAMES["stamp"], "Event Time", "Logged Time"),
        "action": ("action", "Policy Action"),
        "client": (*NAMES["client"], "Client IP"),
        "sent": (*NAMES["sent"], "Sent Bytes", "Request Size"),
        "received": (*NAMES["received"], "Received Bytes", "Response Size"),
        "method": (*NAMES["method"], "Request Method"),
        "status": (*NAMES["status"], "Response Code"),
        "referrer": (*NAMES["referrer"], "Referer URL"),
        "agent": (*NAMES["agent"], "User Agent"),
        "zone": NAMES["zone"],
    },
    missing=MISSING,
)


def _csv_columns(layout: Layout) -> Columns:
    return columns(_ROWS.cells(layout), _ROWS.reason(layout))


_REST: Final = (
    "reason=Allowed\tprotocol=HTTPS\taction=Allowed\ttransactionsize=5760\tresponsesize=5120\t"
    "requestsize=640\turlcategory=News\tserverip=203.0.113.9\trequestmethod=GET\t"
    "refererURL=http://ref.example/\tuseragent=Mozilla/5.0 (X11)\tproduct=NSS\tlocation=HQ\t"
    'ClientIP=10.1.2.3\tstatus=200\tuser=jdoe@force.example\turl="www.example.com/a?b=c"\t'
    "vendor=Zscaler\thostname=www.example.com\tclientpublicIP=192.0.2.7\tdepartment=CID, North"
)
_DEFINITION: Final = "help.zscaler.com, NSS Feed Output Format: Web Logs"
PAIRS: Final = Format(
    name="zscaler",
    title="Zscaler NSS web feed, pairs parted by tabs",
    definition=_DEFINITION,
    shows=SHOWS,
    check=_PAIRS.check,
    signs=_PAIRS.signs,
    columns=_pair_columns,
    prepare=_PAIRS.prepare,
    layout=pair_layout,
    stamp_span=_pair_span,
    rank=7,
    samples=(
        Sample(
            f"2024-01-10 13:55:36\t{_REST}",
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " method=GET url=https://www.example.com/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 referrer=http://ref.example/"
            " user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
        Sample(
            f"Wed Jan 10 13:55:36 2024\t{_REST}".replace("\t", "    "),
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " method=GET url=https://www.example.com/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 referrer=http://ref.example/"
            " user_agent=Mozilla/5.0 (X11) evidence=url",
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
_EVENT: Final = (
    '{"datetime":"2024-01-10 13:55:36","reason":"Allowed","event_id":"7","protocol":"HTTPS",'
    '"action":"Allowed","transactionsize":"5760","responsesize":"5120","requestsize":"640",'
    '"urlcategory":"News","requestmethod":"GET","refererURL":"http://ref.example/",'
    '"useragent":"Mozilla/5.0 (X11)","location":"HQ","ClientIP":"10.1.2.3","status":"200",'
    '"user":"jdoe@force.example","url":"www.example.com/a?b=c","hostname":"www.example.com"}'
)
JSON: Final = replace(
    PAIRS,
    name="zscaler-json",
    title="Zscaler NSS and Cloud NSS web feed, JSON",
    check=_SHAPE.check,
    signs=_SHAPE.signs,
    columns=_json_columns,
    prepare=_json_prepare,
    layout=_SHAPE.layout,
    stamp_span=_json_span,
    samples=(
        Sample(
            _EVENT,
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " method=GET url=https://www.example.com/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 referrer=http://ref.example/"
            " user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
        Sample(
            f'{{"sourcetype":"zscalernss-web","event":{_EVENT}}}',
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " method=GET url=https://www.example.com/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 referrer=http://ref.example/"
            " user_agent=Mozilla/5.0 (X11) evidence=url",
        ),
        Sample(
            '{"time":"Fri Dec 31 07:07:07 2021","tz":"GMT","login":"jdoe@force.example",'
            '"eurl":"www.example.com:443","cip":"10.1.2.3","cintip":"192.0.2.7","action":"Blocked",'
            '"reqmethod":"CONNECT","respcode":"403","reqsize":"640","respsize":"0",'
            '"proto":"HTTP_PROXY"}',
            "time=2021-12-31T07:07:07Z user=jdoe@force.example client_ip=10.1.2.3"
            " method=CONNECT url=www.example.com:443 status=403 action=blocked"
            " bytes_sent=640 bytes_received=0 evidence=connect setup=yes",
        ),
    ),
    near_misses=(
        '{"datetime":"2024-01-10 13:55:36","action":"Allowed","url":"www.example.com/"}',
        _EVENT.replace('"action":"Allowed"', '"action":"Observed"'),
    ),
)
CSV: Final = replace(
    PAIRS,
    name="zscaler-csv",
    title="Zscaler web log, CSV with a header (feed or Web Insights export)",
    check=_ROWS.check,
    signs=_ROWS.signs,
    columns=_csv_columns,
    prepare=_ROWS.prepare,
    layout=_ROWS.header,
    follow=_ROWS.follow,
    framing="csv",
    stamp_span=None,
    samples=(
        Sample(
            "time,login,proto,eurl,action,reqsize,respsize,cip,reqmethod,respcode,ua,ereferer\n"
            '"Fri Dec 31 07:07:07 2021","jdoe@force.example","HTTPS","www.example.com/a?b=c",'
            '"Allowed","640","5120","10.1.2.3","GET","200","Mozilla/5.0 (X11, Linux)","None"',
            "time=2021-12-31T07:07:07Z user=jdoe@force.example client_ip=10.1.2.3"
            " method=GET url=https://www.example.com/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 user_agent=Mozilla/5.0 (X11, Linux)"
            " evidence=url",
        ),
    ),
    near_misses=("time,user,url,action\n2024-01-10 13:55:36,jdoe,www.example.com/,Allowed",),
)
FORMATS: Final = (PAIRS, JSON, CSV)
