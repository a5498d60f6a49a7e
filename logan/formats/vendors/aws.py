"""Amazon's Application Load Balancer and CloudFront access logs.

Definition: docs.aws.amazon.com, Access logs for your Application Load Balancer (fields are appended
over the years; `received_bytes` comes from the client; `waf` as the last action means that AWS WAF
had the request rejected, `authenticate` that the user was sent to log on), and CloudFront Standard
logging reference (33 tab-separated fields; `x-host-header` is the host that the viewer asked for,
`cs(Host)` the distribution's own name; `cs-bytes` comes from the viewer). Times are UTC.
"""

from functools import lru_cache
from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import (
    Columns,
    Fault,
    Format,
    Head,
    Layout,
    Pattern,
    Piece,
    Shows,
    integer,
    missing_to_null,
    separated,
)
from logan.formats.engine.verdicts import tunnelled

_QUOTED: Final = r"(?:[^\"\\]|\\.)*"


def _quoted(name: str) -> Piece:
    return Piece(name, f'"{_QUOTED}"')


_ALB: Final = Pattern(
    (
        *separated(
            (
                Piece("type", "https?|h2|grpcs|wss?"),
                Piece("time", r"[0-9-]{10}T[0-9:]{8}\.[0-9]{6}Z"),
                Piece("elb", "[^ ]+"),
                Piece("client", "[^ ]+:[0-9]+"),
                Piece("target", "[^ ]+"),
                Piece("request processing time", "-?[0-9.]+"),
                Piece("target processing time", "-?[0-9.]+"),
                Piece("response processing time", "-?[0-9.]+"),
                Piece("elb status code", "[0-9]{3}|-"),
                Piece("target status code", "[0-9]{3}|-"),
                Piece("received bytes", "[0-9]+"),
                Piece("sent bytes", "[0-9]+"),
                _quoted("request"),
                _quoted("user agent"),
                Piece("ssl cipher", "[^ ]+"),
                Piece("ssl protocol", "[^ ]+"),
                Piece("target group", "[^ ]+"),
                _quoted("trace id"),
            ),
            " ",
        ),
        Piece("server name", f'(?: "{_QUOTED}")?'),
        Piece("certificate", f'(?: "{_QUOTED}")?'),
        Piece("rule priority", "(?: (?:-?[0-9]+|-))?"),
        Piece("created", "(?: (?:[0-9-]{10}T[^ ]+|-))?"),
        Piece("actions", f'(?: "{_QUOTED}")?'),
        Piece("tail", "(?: .*)?"),
    )
)
_ALB_REQUEST: Final = r"^(?P<method>[A-Za-z-]+) (?P<url>[^ ]+)"


def _check_alb(line: str, layout: Layout) -> Fault | None:
    del layout
    return _ALB.fault(line)


def _alb_columns(layout: Layout) -> Columns:
    del layout
    cell = {name: value.str.strip_chars(' "') for name, value in _ALB.cells().items()}
    cell = {name: missing_to_null(value) for name, value in cell.items()}
    request = cell["request"].str.extract_groups(_ALB_REQUEST)
    method = missing_to_null(request.struct.field("method"))
    url = missing_to_null(request.struct.field("url"))
    last = cell["actions"].str.extract("([^,]+)$")
    return {
        "reason": _ALB.reason(),
        "time": clock.iso_offset(cell["time"]),
        "client_ip": cell["client"].str.replace(":[0-9]+$", ""),
        "method": method,
        "url": url,
        "status": integer(cell["elb status code"]),
        "action": pl.when(last == "waf")
        .then(pl.lit("blocked"))
        .when(last == "authenticate")
        .then(pl.lit("auth"))
        .when(cell["target"].is_not_null())
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown")),
        "bytes_sent": integer(cell["received bytes"]),
        "bytes_received": integer(cell["sent bytes"]),
        "user_agent": cell["user agent"],
        "evidence": tunnelled(method),
    }


_FIELDS: Final = (
    "date",
    "time",
    "x-edge-location",
    "sc-bytes",
    "c-ip",
    "cs-method",
    "cs(host)",
    "cs-uri-stem",
    "sc-status",
    "cs(referer)",
    "cs(user-agent)",
    "cs-uri-query",
    "cs(cookie)",
    "x-edge-result-type",
    "x-edge-request-id",
    "x-host-header",
    "cs-protocol",
    "cs-bytes",
)
_SHAPES: Final = {
    "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "time": "[0-9]{2}:[0-9]{2}:[0-9]{2}",
    "x-edge-location": "[A-Z]{3}[0-9]*(?:-[A-Z0-9]+)*",
    "sc-bytes": "[0-9]+",
    "c-ip": "[0-9A-Fa-f.:]+",
    "sc-status": "[0-9]{3}",
}


@lru_cache(maxsize=16)
def _cloudfront_pattern(layout: Layout) -> Pattern:
    pieces = [Piece(name, _SHAPES.get(name, "[^\t]*")) for name in layout.names]
    return Pattern((*separated(pieces, "\t"), Piece("tail", "(?:\t.*)?")))


def _cloudfront_layout(head: Head) -> Layout | None:
    """The fields of the header; without one, the legacy order, which has not changed since 2014."""
    layout = Layout(_FIELDS)
    for line in head.lines:
        if not line.startswith("#"):
            break
        layout = _follow(layout, line)
    return layout if {"date", "time", "x-edge-location", "c-ip"} <= set(layout.names) else None


def _follow(layout: Layout, line: str) -> Layout:
    name, _, fields = line.partition(":")
    names = tuple(fields.lower().split())
    return layout._replace(names=names, zone=None) if name == "#Fields" else layout


def _check_cloudfront(line: str, layout: Layout) -> Fault | None:
    return _cloudfront_pattern(layout).fault(line)


def _cloudfront_columns(layout: Layout) -> Columns:
    pattern = _cloudfront_pattern(layout)
    found = {name: missing_to_null(value) for name, value in pattern.cells().items()}
    null = pl.lit(None, dtype=pl.String)
    cell = {name: found.get(name, null) for name in (*_FIELDS, "x-edge-detailed-result-type")}
    result = pl.coalesce(cell["x-edge-detailed-result-type"], cell["x-edge-result-type"])
    stamp = pl.concat_str(cell["date"], pl.lit("T"), cell["time"], pl.lit("Z"))
    return {
        "reason": pattern.reason(),
        "time": clock.iso_offset(stamp),
        "client_ip": cell["c-ip"],
        "method": cell["cs-method"],
        "scheme": cell["cs-protocol"],
        "host": pl.coalesce(cell["x-host-header"], cell["cs(host)"]),
        "path": cell["cs-uri-stem"],
        "query": cell["cs-uri-query"],
        "status": integer(cell["sc-status"]),
        "action": pl.when(result.str.contains("Blocked|Denied"))
        .then(pl.lit("blocked"))
        .when(result.str.contains("Hit|Miss|Redirect"))
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown")),
        "bytes_sent": integer(cell["cs-bytes"]),
        "bytes_received": integer(cell["sc-bytes"]),
        "referrer": cell["cs(referer)"],
        "user_agent": cell["cs(user-agent)"].str.replace_all("%2520|%20", " "),
        "evidence": tunnelled(cell["cs-method"]),
    }


def _cloudfront_span(line: str, layout: Layout) -> tuple[int, int] | None:
    """`2024-01-10<tab>13:` fixes the hour; the log is UTC."""
    opens = layout.names[:2] == ("date", "time") and line[10:11] == "\t"
    return (0, 14) if opens else None


_ALB_SAMPLE: Final = (
    "https 2024-01-10T13:55:36.123456Z app/lb/490d68edf04676fe 10.1.2.3:50000 192.0.2.9:80 0.086 "
    '0.048 0.037 200 200 12 2326 "GET https://www.example.com:443/a?b=c HTTP/2.0" "Mozilla/5.0" '
    "ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-west-2:1:targetgroup/t/7 "
    '"Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "arn:aws:acm:eu-west-2:1:c/1" 1 '
    '2024-01-10T13:55:36.100000Z "waf,forward" "-" "-" "192.0.2.9:80" "200" "-" "-"'
)
ALB: Final = Format(
    name="aws-alb",
    title="AWS Application Load Balancer",
    definition="docs.aws.amazon.com, Access logs for your Application Load Balancer",
    shows=Shows(user=False, evidence=("url", "connect"), bytes="both", clock="utc"),
    check=_check_alb,
    signs=(*_ALB.signs, ('"',)),
    pattern=_ALB,
    columns=_alb_columns,
    prepare=_ALB.prepare,
    rank=6,
    samples=(_ALB_SAMPLE,),
    near_misses=(
        "2024-01-10T13:55:36.123456Z lb 10.1.2.3:50000 192.0.2.9:80 0.086 0.048 0.037 200 200 12 9",
    ),
)
_CLOUDFRONT_ROW: Final = (
    "2024-01-10\t13:55:36\tLHR50-C1\t2326\t10.1.2.3\tGET\td111111abcdef8.cloudfront.net\t/a\t200\t"
    "https://example.org/\tMozilla/5.0%20(X11)\tb=c\t-\tHit\tIdIdId==\twww.example.com\thttps\t62"
)
CLOUDFRONT: Final = Format(
    name="aws-cloudfront",
    title="AWS CloudFront standard log",
    definition="docs.aws.amazon.com, CloudFront Standard logging reference",
    shows=Shows(user=False, evidence=("url",), bytes="both", clock="utc"),
    check=_check_cloudfront,
    signs=(("\t", "#"),),
    columns=_cloudfront_columns,
    prepare=lambda layout: _cloudfront_pattern(layout).prepare(layout),
    layout=_cloudfront_layout,
    directive="#",
    follow=_follow,
    stamp_span=_cloudfront_span,
    rank=7,
    samples=(
        f"#Version: 1.0\n#Fields: {' '.join(_FIELDS)}\n{_CLOUDFRONT_ROW}",
        f"{_CLOUDFRONT_ROW}\t0.1\t-\tTLSv1.3",
    ),
    near_misses=("2024-01-10\t13:55:36\t10.1.2.3\tGET\twww.example.com\t/a\t200",),
)
