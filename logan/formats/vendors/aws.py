"""Amazon's Application Load Balancer and CloudFront access logs.

Definition: docs.aws.amazon.com, Access logs for your Application Load Balancer (fields are appended
over the years; `received_bytes` comes from the client; `waf` as the last action means that AWS WAF
had the request rejected, `authenticate` that the user was sent to log on), and CloudFront Standard
logging reference (33 tab-separated fields; `x-host-header` is the host that the viewer asked for,
`cs(Host)` the distribution's own name; `cs-bytes` comes from the viewer). Times are UTC.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, NOT_LOGGED, Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import (
    Head,
    Layout,
    RequiredLiterals,
    missing_to_null,
)
from logan.formats.engine.line_pattern import LayoutPattern, LinePattern
from logan.formats.engine.pattern import Pattern, Piece, separated
from logan.formats.engine.stamps import iso_utc
from logan.formats.engine.values import Cells, Derivation, joined

_QUOTED: Final = r"(?:[^\"\\]|\\.)*"


def _quoted(name: str) -> Piece:
    return Piece(name, f'"{_QUOTED}"')


_ALB: Final = (
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
_ALB_REQUEST: Final = r"^(?P<method>[A-Za-z-]+) (?P<url>[^ ]+)"


def _bare(name: str) -> Derivation:
    """A cell without spaces and quotes around it."""
    return lambda cell: missing_to_null(cell[name].str.strip_chars(' "'))


def _requested(group: int) -> Derivation:
    return lambda cell: missing_to_null(cell["request"].str.extract(_ALB_REQUEST, group))


def _alb_action(cell: Cells) -> pl.Expr:
    last = cell["actions"].str.extract("([^,]+)$")
    return (
        pl.when(last == "waf")
        .then(pl.lit("blocked"))
        .when(last == "authenticate")
        .then(pl.lit("auth"))
        .when(cell["target"].is_not_null())
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
    )


_ALB_COLUMNS: Final = Columns(
    time=iso_utc("time"),
    user=None,
    client_ip=lambda cell: cell["client"].str.replace(":[0-9]+$", ""),
    method="method",
    url=_requested(2),
    status="elb status code",
    action=_alb_action,
    bytes_sent="received bytes",
    bytes_received="sent bytes",
    user_agent="user agent",
    derived={
        **{name: _bare(name) for name in ("request", "actions", "target", "user agent")},
        "method": _requested(1),
    },
)
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
def _pattern(layout: Layout) -> Pattern:
    pieces = [Piece(name, _SHAPES.get(name, "[^\t]*")) for name in layout.names]
    return Pattern((*separated(pieces, "\t"), Piece("tail", "(?:\t.*)?")))


@dataclass(frozen=True)
class CloudFrontLog(LayoutPattern):
    """Tab-separated lines under `#Fields`. Cells are the fields, in lower case."""

    directive = "#"
    required_literals: RequiredLiterals = (("\t", "#"),)

    @staticmethod
    def stamp_span(line: str, layout: Layout) -> tuple[int, int] | None:
        """`2024-01-10<tab>13:` fixes the hour; the log is UTC."""
        opens = layout.names[:2] == ("date", "time") and line[10:11] == "\t"
        return (0, 14) if opens else None

    def layout(self, head: Head) -> Layout | None:
        """The fields of the header; without one, the legacy order, unchanged since 2014."""
        layout = Layout(_FIELDS)
        for line in head.lines:
            if not line.startswith("#"):
                break
            layout = self.follow(layout, line)
        return layout if {"date", "time", "x-edge-location", "c-ip"} <= set(layout.names) else None

    def follow(self, layout: Layout, line: str) -> Layout:
        """The fields that a directive names."""
        name, _, fields = line.partition(":")
        names = tuple(fields.lower().split())
        return layout._replace(names=names, zone=None) if name == "#Fields" else layout

    def pattern_of(self, layout: Layout) -> Pattern:
        """By the fields of the header."""
        return _pattern(layout)


def _cloudfront_action(cell: Cells) -> pl.Expr:
    result = cell.first("x-edge-detailed-result-type", "x-edge-result-type")
    return (
        pl.when(result.str.contains("Blocked|Denied"))
        .then(pl.lit("blocked"))
        .when(result.str.contains("Hit|Miss|Redirect"))
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
    )


_CLOUDFRONT_COLUMNS: Final = Columns(
    time=iso_utc(
        lambda cell: pl.concat_str(joined("date", "time", separator="T")(cell), pl.lit("Z"))
    ),
    user=None,
    client_ip="c-ip",
    method="cs-method",
    scheme="cs-protocol",
    host=("x-host-header", "cs(host)"),
    path="cs-uri-stem",
    query="cs-uri-query",
    status="sc-status",
    action=_cloudfront_action,
    bytes_sent="cs-bytes",
    bytes_received="sc-bytes",
    referrer="cs(referer)",
    user_agent=lambda cell: cell["cs(user-agent)"].str.replace_all("%2520|%20", " "),
)
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
    reader=LinePattern(pieces=_ALB, literals=(('"',),)),
    columns=_ALB_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    rank=6,
    samples=(
        Sample(
            _ALB_SAMPLE,
            "time=2024-01-10T13:55:36.123456Z client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com:443/a?b=c status=200 action=allowed bytes_sent=12"
            " bytes_received=2326 user_agent=Mozilla/5.0 evidence=url",
        ),
    ),
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
    reader=CloudFrontLog(),
    columns=_CLOUDFRONT_COLUMNS,
    tunnels=NOT_LOGGED,
    rank=7,
    samples=(
        Sample(
            f"#Version: 1.0\n#Fields: {' '.join(_FIELDS)}\n{_CLOUDFRONT_ROW}",
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=allowed bytes_sent=62"
            " bytes_received=2326 referrer=https://example.org/ user_agent=Mozilla/5.0"
            " (X11) evidence=url",
            also=(f"{_CLOUDFRONT_ROW}\t0.1\t-\tTLSv1.3",),
        ),
    ),
    near_misses=("2024-01-10\t13:55:36\t10.1.2.3\tGET\twww.example.com\t/a\t200",),
)
