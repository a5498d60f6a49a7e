"""AWS Route 53 Resolver's query log: question and answer in one JSON object.

Definition: docs.aws.amazon.com, Values that appear in VPC Resolver query logs. `ALERT` lets the
query through.
"""

from typing import Final

from logan.formats.engine import clock
from logan.formats.engine.columns import LOOK_UP_NOTE, NOT_LOGGED, Columns, sees
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import iso_utc
from logan.formats.engine.values import words

ROUTE53: Final = Format(
    name="route53",
    title="AWS Route 53 Resolver query log",
    definition="docs.aws.amazon.com, Values that appear in VPC Resolver query logs",
    reader=JsonObject(
        (
            need("query_timestamp", regex=f"^{clock.ISO_OFFSET}$"),
            need("query_name"),
            need("srcaddr"),
            need("vpc_id", "srcids", "account_id"),
        ),
        framing="json",
    ),
    columns=Columns(
        time=iso_utc("query_timestamp"),
        user=None,
        client_ip="srcaddr",
        action=words("firewall_rule_action", allowed=("ALLOW", "ALERT"), blocked=("BLOCK",)),
        host="query_name",
        record_type="query_type",
        evidence=sees("dns"),
    ),
    tunnels=NOT_LOGGED,
    note=LOOK_UP_NOTE,
    rank=6,
    samples=(
        Sample(
            '{"version":"1.100000","account_id":"111122223333","region":"eu-west-2",'
            '"vpc_id":"vpc-7","query_timestamp":"2024-01-10T13:55:36Z",'
            '"query_name":"www.example.com.","query_type":"A","query_class":"IN",'
            '"rcode":"NOERROR","answers":[{"Rdata":"203.0.113.9","Type":"A","Class":"IN"}],'
            '"srcaddr":"10.1.2.3","srcport":"50000","transport":"UDP",'
            '"srcids":{"instance":"i-0d15"},"firewall_rule_action":"BLOCK"}',
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 url=www.example.com"
            " action=blocked evidence=dns",
        ),
    ),
    near_misses=('{"query_timestamp":"2024-01-10T13:55:36Z","query_name":"www.example.com."}',),
)
