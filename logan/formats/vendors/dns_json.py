"""Resolvers that log one JSON object per look-up: Route 53, AdGuard Home, BlueCat Edge.

Definitions: docs.aws.amazon.com, Values that appear in VPC Resolver query logs (`ALERT` lets the
query through); AdGuard Home, internal/querylog (file of entries with the keys T, QH, QT, IP and
Result); BlueCat Edge, DNS query log (`time` in milliseconds, `matchedPolicies`). Question and
answer are one entry in all of them.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import NOT_LOGGED, Columns, sees
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.layout import Expressions
from logan.formats.engine.stamps import Stamp
from logan.formats.engine.values import Cells, Derivation, matched

_NOTE: Final = "A look-up is no visit: browsers look names up ahead, and answers are cached."
_ISO: Final = f"^{clock.ISO_OFFSET}$"


def _columns(stamp: str, client: str, asked: str, action: Derivation) -> Columns:
    """A look-up, from the cells that hold its time, client and name."""

    def instant(cell: Cells) -> Expressions:
        number = pl.when(cell[stamp].str.contains("^[0-9]+$")).then(cell[stamp])
        return {"time": pl.coalesce(clock.iso_offset(cell[stamp]), clock.epoch(number))}

    return Columns(
        time=Stamp("utc", instant),
        user=None,
        client_ip=client,
        action=action,
        host=asked,
        evidence=sees("dns"),
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
ROUTE53: Final = Format(
    name="route53",
    title="AWS Route 53 Resolver query log",
    definition="docs.aws.amazon.com, Values that appear in VPC Resolver query logs",
    reader=JsonObject(
        (
            need("query_timestamp", regex=_ISO),
            need("query_name"),
            need("srcaddr"),
            need("vpc_id", "srcids", "account_id"),
        ),
        framing="json",
    ),
    columns=_columns(
        "query_timestamp",
        "srcaddr",
        "query_name",
        matched("firewall_rule_action", allowed="ALLOW|ALERT", blocked="BLOCK"),
    ),
    tunnels=NOT_LOGGED,
    note=_NOTE,
    rank=6,
    samples=(
        Sample(
            _ROUTE53_SAMPLE,
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com"
            " action=blocked evidence=dns",
        ),
    ),
    near_misses=('{"query_timestamp":"2024-01-10T13:55:36Z","query_name":"www.example.com."}',),
)
ADGUARD: Final = Format(
    name="adguard-home",
    title="AdGuard Home query log",
    definition="AdGuard Home, internal/querylog",
    reader=JsonObject(
        (need("T", regex=_ISO), need("QH"), need("QT"), need("IP"), need("Result")),
        framing="json",
    ),
    columns=_columns("T", "IP", "QH", matched("Result.IsFiltered", blocked="true")),
    tunnels=NOT_LOGGED,
    note=_NOTE,
    rank=6,
    samples=(
        Sample(
            _ADGUARD_SAMPLE,
            "time=2024-01-10T13:55:36.123456Z client_ip=10.1.2.3 url=www.example.com"
            " action=blocked evidence=dns",
        ),
    ),
    near_misses=('{"T":"2024-01-10T13:55:36Z","QH":"www.example.com","QT":"A"}',),
)
EDGE: Final = Format(
    name="bluecat-edge",
    title="BlueCat Edge DNS query log",
    definition="BlueCat Edge, DNS query log",
    reader=JsonObject(
        (
            need("time", regex="^[0-9]{13}$"),
            need("sourceAddress"),
            need("siteId", "servicePointId"),
            need("requestData.question[0].domainName", "question.domainName", "question"),
        ),
        framing="json",
    ),
    columns=_columns(
        "time",
        "sourceAddress",
        "requestData.question[0].domainName",
        matched(
            ("matchedPolicies[0].action", "actionTaken"),
            allowed="allow|monitor|query-response",
            blocked="block|redirect",
        ),
    ),
    tunnels=NOT_LOGGED,
    note=_NOTE,
    rank=6,
    samples=(
        Sample(
            _EDGE_SAMPLE,
            "time=2024-01-10T13:55:36.123000Z client_ip=10.1.2.3 url=www.example.com"
            " action=blocked evidence=dns",
        ),
    ),
    near_misses=('{"time":1704894936123,"sourceAddress":"10.1.2.3","siteId":"d1"}',),
)
