"""Resolvers that log one JSON object per look-up: Route 53, AdGuard Home, BlueCat Edge.

Definitions: docs.aws.amazon.com, Values that appear in VPC Resolver query logs (`ALERT` lets the
query through); AdGuard Home, internal/querylog (file of entries with the keys T, QH, QT, IP and
Result); BlueCat Edge, DNS query log (`time` in milliseconds, `matchedPolicies`). Question and
answer are one entry in all of them.
"""

from typing import Final, NamedTuple

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.base import Columns, Fault, Format, Layout, Shows
from logan.formats.engine.json_lines import Need, Shape, need
from logan.formats.engine.verdicts import decided

_NOTE: Final = "A look-up is no visit: browsers look names up ahead, and answers are cached."


class _Maker(NamedTuple):
    """Where one resolver's entries hold what a record needs; `decision` and the words it uses."""

    needs: tuple[Need, ...]
    time: str
    client: str
    asked: str
    decision: tuple[str, ...]
    allowed: str = ""
    blocked: str = ""

    @property
    def shape(self) -> Shape:
        """What an entry must hold."""
        return Shape(self.needs)

    def check(self, line: str, layout: Layout) -> Fault | None:
        """Why a line is no entry."""
        return self.shape.check(line, layout)

    def columns(self, layout: Layout) -> Columns:
        """The raw columns of an entry."""
        cell = self.shape.cell
        time = cell(layout, self.time)
        number = pl.when(time.str.contains("^[0-9]+$")).then(time)
        word = cell(layout, *self.decision)
        return {
            "reason": self.shape.reason_at(layout),
            "time": pl.coalesce(clock.iso_offset(time), clock.epoch(number)),
            "client_ip": cell(layout, self.client),
            "host": cell(layout, self.asked),
            "action": decided(word, allowed=self.allowed, blocked=self.blocked),
            "evidence": pl.lit("dns"),
        }


_ISO: Final = f"^{clock.ISO_OFFSET}$"
_ROUTE53: Final = _Maker(
    needs=(
        need("query_timestamp", regex=_ISO),
        need("query_name"),
        need("srcaddr"),
        need("vpc_id", "srcids", "account_id"),
    ),
    time="query_timestamp",
    client="srcaddr",
    asked="query_name",
    decision=("firewall_rule_action",),
    allowed="ALLOW|ALERT",
    blocked="BLOCK",
)
_ADGUARD: Final = _Maker(
    needs=(need("T", regex=_ISO), need("QH"), need("QT"), need("IP"), need("Result")),
    time="T",
    client="IP",
    asked="QH",
    decision=("Result.IsFiltered",),
    blocked="true",
)
_EDGE: Final = _Maker(
    needs=(
        need("time", regex="^[0-9]{13}$"),
        need("sourceAddress"),
        need("siteId", "servicePointId"),
        need("requestData.question[0].domainName", "question.domainName", "question"),
    ),
    time="time",
    client="sourceAddress",
    asked="requestData.question[0].domainName",
    decision=("matchedPolicies[0].action", "actionTaken"),
    allowed="allow|monitor|query-response",
    blocked="block|redirect",
)


def _format(
    name: str, title: str, definition: str, maker: _Maker, sample: str, miss: str
) -> Format:
    return Format(
        name=name,
        title=title,
        definition=definition,
        shows=Shows(user=False, evidence=("dns",), bytes="none", clock="utc", note=_NOTE),
        check=maker.check,
        signs=maker.shape.signs,
        columns=maker.columns,
        framing="json",
        rank=6,
        samples=(sample,),
        near_misses=(miss,),
    )


_ROUTE53_SAMPLE: Final = (
    '{"version":"1.100000","account_id":"111122223333","region":"eu-west-2","vpc_id":"vpc-7",'
    '"query_timestamp":"2024-01-10T13:55:36Z","query_name":"www.example.com.","query_type":"A",'
    '"query_class":"IN","rcode":"NOERROR","answers":[{"Rdata":"203.0.113.9","Type":"A","Class":"IN"}],'
    '"srcaddr":"10.1.2.3","srcport":"50000","transport":"UDP","srcids":{"instance":"i-0d15"},'
    '"firewall_rule_action":"BLOCK"}'
)
_ADGUARD_SAMPLE: Final = (
    '{"T":"2024-01-10T14:55:36.123456789+01:00","QH":"www.example.com","QT":"A","QC":"IN","CP":"",'
    '"IP":"10.1.2.3","Result":{"IsFiltered":true,"Reason":3},"Elapsed":1200,"Upstream":""}'
)
_EDGE_SAMPLE: Final = (
    '{"socketFamily":"INET","socketProtocol":"UDP","time":1704894936123,"eventType":'
    '"query-response","siteId":"d1","sourceAddress":"10.1.2.3","sourcePort":50000,"requestData":'
    '{"time":1704894936123,"question":[{"questionType":"A","domainName":"www.example.com."}]},'
    '"matchedPolicies":[{"name":"p","action":"block"}]}'
)
FORMATS: Final = (
    _format(
        "route53",
        "AWS Route 53 Resolver query log",
        "docs.aws.amazon.com, Values that appear in VPC Resolver query logs",
        _ROUTE53,
        _ROUTE53_SAMPLE,
        '{"query_timestamp":"2024-01-10T13:55:36Z","query_name":"www.example.com."}',
    ),
    _format(
        "adguard-home",
        "AdGuard Home query log",
        "AdGuard Home, internal/querylog",
        _ADGUARD,
        _ADGUARD_SAMPLE,
        '{"T":"2024-01-10T13:55:36Z","QH":"www.example.com","QT":"A"}',
    ),
    _format(
        "bluecat-edge",
        "BlueCat Edge DNS query log",
        "BlueCat Edge, DNS query log",
        _EDGE,
        _EDGE_SAMPLE,
        '{"time":1704894936123,"sourceAddress":"10.1.2.3","siteId":"d1"}',
    ),
)
