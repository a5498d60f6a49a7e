"""Microsoft Entra Global Secure Access: traffic logs, as JSON of Graph, diagnostics or a workspace.

Definition: learn.microsoft.com, Global Secure Access network traffic logs; Graph (beta), resource
networkAccessTraffic (`action`: allow, block); Azure Monitor, table NetworkAccessTraffic (Allowed,
Denied). A line is a transaction: `sentBytes` and `receivedBytes` are those of the connection's
source. Times are UTC. Without TLS inspection the host is all that is known; whether a connection
that was opened has a line beside those of its requests is not said.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects, unopened
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.layout import integer
from logan.formats.engine.stamps import iso_utc
from logan.formats.engine.values import Cells, matched

#: Graph's name of each field, by the table's.
_NAMES: Final = {
    "TimeGenerated": "createdDateTime",
    "UserPrincipalName": "userPrincipalName",
    "SourceIp": "sourceIp",
    "DestinationFqdn": "destinationFQDN",
    "DestinationUrl": "destinationUrl",
    "DestinationPort": "destinationPort",
    "HttpMethod": "httpMethod",
    "ResponseCode": "responseCode",
    "Action": "action",
    "SentBytes": "sentBytes",
    "ReceivedBytes": "receivedBytes",
    "ReferrerHeader": "referrerHeader",
    "TrafficType": "trafficType",
}
_STAMP: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+)?"
_ACTION: Final = "(?i:allow(?:ed)?|block(?:ed)?|den(?:y|ied)|bypass(?:ed)?)"
_ASKED: Final = ("DestinationUrl", "DestinationFqdn")


def _port(cell: Cells) -> pl.Expr:
    whole = cell["DestinationUrl"].str.contains("://", literal=True).fill_null(value=False)
    return pl.when(~whole).then(integer(cell["DestinationPort"]))


_COLUMNS: Final = Columns(
    time=iso_utc("TimeGenerated"),
    user="UserPrincipalName",
    client_ip="SourceIp",
    method="HttpMethod",
    url="DestinationUrl",
    host="DestinationFqdn",
    port=_port,
    status="ResponseCode",
    action=matched(
        "Action", allowed="allow(?:ed)?|bypass(?:ed)?", blocked="block(?:ed)?|den(?:y|ied)"
    ),
    bytes_sent="SentBytes",
    bytes_received="ReceivedBytes",
    referrer="ReferrerHeader",
    evidence=connects(unopened("HttpMethod", _ASKED)),
)
_PROPERTIES: Final = (
    '{"transactionId":"t1","connectionId":"c1","createdDateTime":"2024-01-10T13:55:36Z",'
    '"trafficType":"internet","deviceCategory":"client","destinationIp":"203.0.113.9",'
    '"destinationPort":443,"destinationFQDN":"www.example.com","sourceIp":"198.51.100.7",'
    '"userPrincipalName":"jdoe@force.example","transportProtocol":"tcp","action":"block",'
    '"sentBytes":640,"receivedBytes":5120}'
)
JSON: Final = Format(
    name="microsoft-gsa",
    title="Microsoft Global Secure Access traffic log, JSON",
    definition="learn.microsoft.com, Graph, networkAccessTraffic; Azure Monitor tables",
    reader=JsonObject(
        (
            need("createdDateTime", "TimeGenerated", regex=f"^{_STAMP}$"),
            need("destinationFQDN", "destinationFqdn", "DestinationFqdn", "destinationIp"),
            need("trafficType", "TrafficType"),
            need("transactionId", "TransactionId"),
            need("action", "Action", regex=f"^{_ACTION}$"),
        ),
        wrappers=("properties",),
        aliases={
            **{own: (other, own) for own, other in _NAMES.items()},
            "DestinationFqdn": ("destinationFQDN", "destinationFqdn", "DestinationFqdn"),
        },
    ),
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note="Without TLS inspection the host is all that is known.",
    rank=7,
    samples=(
        Sample(
            _PROPERTIES,
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=198.51.100.7"
            " url=www.example.com:443 action=blocked bytes_sent=640 bytes_received=5120"
            " evidence=connect",
            also=(
                (
                    '{"time":"2024-01-10T13:56:00Z","category":"NetworkAccessTrafficLogs",'
                    f'"properties":{_PROPERTIES}}}'
                ),
            ),
        ),
        Sample(
            '{"TimeGenerated":"2024-01-10T13:55:36.12Z","TransactionId":"t1","TrafficType":"internet",'
            '"DestinationFqdn":"www.example.com","DestinationPort":443,"HttpMethod":"POST",'
            '"DestinationUrl":"https://www.example.com/a?b=c","SourceIp":"198.51.100.7",'
            '"UserPrincipalName":"jdoe@force.example","Action":"Allowed","SentBytes":51200,'
            '"ReceivedBytes":640,"ResponseCode":200}',
            "time=2024-01-10T13:55:36.120000Z user=jdoe@force.example client_ip=198.51.100.7"
            " method=POST url=https://www.example.com/a?b=c status=200 action=allowed"
            " bytes_sent=51200 bytes_received=640 evidence=url",
        ),
    ),
    near_misses=(
        _PROPERTIES.replace('"trafficType"', '"type"'),
        _PROPERTIES.replace('"block"', '"signIn"'),
    ),
)
