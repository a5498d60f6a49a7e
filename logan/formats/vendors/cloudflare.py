"""Cloudflare Zero Trust Gateway: HTTP, network and DNS logs by Logpush, JSON lines.

Definition: developers.cloudflare.com, Logs, Logpush datasets: Gateway HTTP, Gateway Network,
Gateway DNS. `Datetime` is RFC 3339 or the epoch in seconds or nanoseconds, as the job was set up.
`SourceIP` is the public side of the user unless the line came through a tunnel: then
`SourceInternalIP` has the user's. The datasets have no byte counts; the HTTP method is logged, the
network log has the SNI.
"""

from collections.abc import Callable
from typing import Final, Literal

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Fault, Format, Layout, Shows, integer
from logan.formats.engine.json_lines import Shape, need, stamp_span
from logan.formats.engine.verdicts import decided, tunnelled

Log = Literal["http", "network", "dns"]
_DATETIME: Final = r"^(?:[0-9]{10}|[0-9]{19}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+))$"
_TIME: Final = need("Datetime", regex=_DATETIME)
_SHAPES: Final[dict[Log, Shape]] = {
    "http": Shape((_TIME, need("HTTPHost", "URL"), need("Action"), need("DeviceID", "PolicyID"))),
    "network": Shape((_TIME, need("SNI"), need("Transport"), need("Action"), need("SourceIP"))),
    "dns": Shape((_TIME, need("QueryName"), need("ResolverDecision"))),
}
_CELLS: Final[dict[str, str | tuple[str, ...]]] = {
    "time": "Datetime",
    "user": "Email",
    "source": ("SourceInternalIP", "SourceIP", "SrcIP"),
    "method": "HTTPMethod",
    "url": "URL",
    "host": ("HTTPHost", "SNI", "QueryName"),
    "port": "DestinationPort",
    "status": "HTTPStatusCode",
    "decision": "Action",
    "resolver": "ResolverDecision",
    "referrer": "Referer",
    "agent": "UserAgent",
}


def _number(cell: pl.Expr) -> pl.Expr:
    """Cloudflare writes 0 for a number that it does not know."""
    number = integer(cell)
    return pl.when(number > 0).then(number)


def _columns(log: Log) -> Callable[[Layout], Columns]:
    def columns(layout: Layout) -> Columns:
        shape = _SHAPES[log]
        cell = shape.cells(layout, _CELLS)
        common = {
            "reason": shape.reason_at(layout),
            "time": pl.coalesce(clock.epoch(cell["time"]), clock.iso_offset(cell["time"])),
            "user": cell["user"],
            "client_ip": cell["source"],
            "host": cell["host"],
        }
        if log == "dns":
            decision = decided(
                cell["resolver"], allowed="allowed.*|override.*|cnameoverride", blocked="blocked.*"
            )
            return {**common, "action": decision, "evidence": pl.lit("dns")}
        request = {
            **common,
            "port": _number(cell["port"]),
            "action": decided(
                cell["decision"],
                allowed="allow.*|bypass|isolate|noisolate|noscan|scan|off|audit_ssh|override",
                blocked="block.*|quarantine",
            ),
        }
        if log == "network":
            return {**request, "evidence": pl.lit("connect")}
        return {
            **request,
            "method": cell["method"],
            "url": cell["url"],
            "status": _number(cell["status"]),
            "referrer": cell["referrer"],
            "user_agent": cell["agent"],
            "evidence": tunnelled(cell["method"]),
        }

    return columns


def _check(log: Log) -> Callable[[str, Layout], Fault | None]:
    def check(line: str, layout: Layout) -> Fault | None:
        return _SHAPES[log].check(line, layout)

    return check


def _stamp_span(line: str, layout: Layout) -> tuple[int, int] | None:
    del layout
    return stamp_span(line, "Datetime")


_SAMPLES: Final[dict[Log, tuple[str, ...]]] = {
    "http": (
        (
            '{"AccountID":"a1","Action":"allow","Datetime":"2024-01-01T10:00:00Z",'
            '"DestinationIP":"192.0.2.1","DestinationPort":443,"DeviceID":"d1",'
            '"Email":"jane.doe@force.example","HTTPHost":"www.example.com","HTTPMethod":"POST",'
            '"HTTPStatusCode":200,"HTTPVersion":"HTTP/2","PolicyID":"","Referer":"",'
            '"SourceInternalIP":"","SourceIP":"203.0.113.7","SourcePort":50000,'
            '"URL":"https://www.example.com/a?b=c","UserAgent":"Mozilla/5.0"}'
        ),
        (
            '{"Action":"block","Datetime":1704103200000000000,"DeviceID":"","Email":"",'
            '"HTTPHost":"www.example.com","HTTPMethod":"GET","HTTPStatusCode":0,"PolicyID":"p1",'
            '"SourceInternalIP":"10.1.2.3","SourceIP":"203.0.113.7",'
            '"URL":"https://www.example.com/"}'
        ),
    ),
    "network": (
        (
            '{"Action":"allowedOnNoRuleMatch","Datetime":"2024-01-01T10:00:00Z",'
            '"DestinationIP":"192.0.2.1","DestinationPort":443,"DeviceID":"d1",'
            '"Email":"jane.doe@force.example","SNI":"www.example.com","SourceIP":"203.0.113.7",'
            '"Transport":"tcp"}'
        ),
    ),
    "dns": (
        (
            '{"ColoCode":"LHR","Datetime":"2024-01-01T10:00:00Z","DeviceID":"d1",'
            '"Email":"jane.doe@force.example","QueryName":"www.example.com","QueryType":1,'
            '"QueryTypeName":"A","RCode":0,"ResolverDecision":"blockedRule",'
            '"SrcIP":"203.0.113.7","SrcPort":50000}'
        ),
    ),
}
_SHOWS: Final[dict[Log, Shows]] = {
    "http": Shows(user=True, evidence=("url", "connect"), bytes="none", clock="utc"),
    "network": Shows(user=True, evidence=("connect",), bytes="none", clock="utc"),
    "dns": Shows(user=True, evidence=("dns",), bytes="none", clock="utc"),
}
_NEAR: Final[dict[Log, str]] = {
    "http": '{"Datetime":"2024-01-01","HTTPHost":"www.example.com","Action":"allow","DeviceID":""}',
    "network": '{"Datetime":"2024-01-01T10:00:00Z","SNI":"","Transport":"tcp","SourceIP":"x"}',
    "dns": '{"Datetime":"2024-01-01T10:00:00Z","QueryName":"www.example.com","RCode":0}',
}


def _format(log: Log) -> Format:
    return Format(
        name=f"cloudflare-{log}",
        title=f"Cloudflare Gateway {log} log",
        definition=f"developers.cloudflare.com, Logpush, gateway_{log}",
        shows=_SHOWS[log],
        check=_check(log),
        signs=_SHAPES[log].signs,
        columns=_columns(log),
        stamp_span=_stamp_span,
        rank=7,
        samples=_SAMPLES[log],
        near_misses=(_NEAR[log],),
    )


FORMATS: Final = tuple(_format(log) for log in _SHAPES)
