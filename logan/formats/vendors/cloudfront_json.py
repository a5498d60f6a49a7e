"""CloudFront logs as JSON: standard logging (v2) and real-time logs that a stream wrote so.

Definition: docs.aws.amazon.com, CloudFront, Standard logging (v2), "JSON", and Real-time logs,
"Fields". The names are those of the W3C form, with other ones of real-time logs beside them, whose
`timestamp` is in seconds since 1970 and whose `cs-uri-stem` may hold the query too. Functions that
put alike requests together write `start_time` and `count`.
What the fields mean is said in `aws`.
"""

from dataclasses import replace
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.format import Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.layout import Expressions
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells
from logan.formats.vendors.aws import CLOUDFRONT


def _time(cell: Cells) -> Expressions:
    wall = pl.concat_str(cell["date"], pl.lit("T"), cell["time"], pl.lit("Z"))
    exact = pl.coalesce(clock.epoch_seconds(cell["timestamp"]), clock.epoch(cell["timestamp(ms)"]))
    return {"time": pl.coalesce(exact, clock.iso_offset(wall))}


def _agent(cell: Cells) -> pl.Expr:
    return cell["cs(user-agent)"].str.replace_all("%2520|%20", " ")


_V2: Final = (
    '{"date":"2024-01-10","time":"13:55:36","x-edge-location":"LHR50-P2","sc-bytes":"2326",'
    '"c-ip":"10.1.2.3","cs-method":"GET","cs(Host)":"d111111abcdef8.cloudfront.net",'
    '"cs-uri-stem":"/a","sc-status":"200","cs(Referer)":"https://example.org/",'
    '"cs(User-Agent)":"Mozilla/5.0%20(X11)","cs-uri-query":"b=c","cs(Cookie)":"-",'
    '"x-edge-result-type":"Hit","x-host-header":"www.example.com","cs-protocol":"https",'
    '"cs-bytes":"62"}'
)
_REAL_TIME: Final = (
    '{"timestamp":"1704894936.123","c-ip":"10.1.2.3","sc-status":"403","sc-bytes":"9",'
    '"cs-method":"POST","cs-protocol":"https","cs-host":"www.example.com","cs-uri-stem":"/a?b=c",'
    '"cs-bytes":"620","x-edge-location":"LHR50-P2","x-host-header":"www.example.com",'
    '"cs-user-agent":"curl/8","x-edge-result-type":"Error",'
    '"x-edge-detailed-result-type":"AccessDenied"}'
)
CLOUDFRONT_JSON: Final = replace(
    CLOUDFRONT,
    name="aws-cloudfront-json",
    title="AWS CloudFront standard (v2) and real-time log, JSON",
    definition="docs.aws.amazon.com, CloudFront Standard logging (v2), Real-time logs",
    reader=JsonObject(
        (
            need("x-edge-location", "x-edge-result-type"),
            need("c-ip"),
            need("cs-method"),
            need("cs-uri-stem"),
            need("time", "timestamp", "timestamp(ms)", "start_time", regex="^[0-9]"),
        ),
        aliases={
            "time": ("time", "start_time"),
            "cs(host)": ("cs(Host)", "cs-host"),
            "cs(referer)": ("cs(Referer)", "cs-referer"),
            "cs(user-agent)": ("cs(User-Agent)", "cs-user-agent"),
        },
    ),
    columns=replace(
        CLOUDFRONT.columns,
        time=Stamp("utc", _time),
        path=None,
        url="cs-uri-stem",
        user_agent=_agent,
    ),
    note="Where requests were put together (count), one line stands for several.",
    samples=(
        Sample(
            _V2.replace('"time"', '"start_time"'),
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=allowed bytes_sent=62"
            " bytes_received=2326 referrer=https://example.org/ user_agent=Mozilla/5.0"
            " (X11) evidence=url",
            also=(_V2,),
        ),
        Sample(
            _REAL_TIME,
            "time=2024-01-10T13:55:36.123000Z client_ip=10.1.2.3 method=POST"
            " url=https://www.example.com/a?b=c status=403 action=blocked bytes_sent=620"
            " bytes_received=9 user_agent=curl/8 evidence=url",
        ),
    ),
    near_misses=(_V2.replace("x-edge", "edge"), _V2.replace('"c-ip"', '"s-ip"')),
)
