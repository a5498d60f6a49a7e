"""Cloudflare Zero Trust Gateway: HTTP, network and DNS logs by Logpush, JSON lines.

Definition: developers.cloudflare.com, Logs, Logpush datasets: Gateway HTTP, Gateway Network,
Gateway DNS. `Datetime` is RFC 3339 or the epoch in seconds or nanoseconds, as the job was set up.
`SourceIP` is the public side of the user unless the line came through a tunnel: then
`SourceInternalIP` has the user's. The datasets have no byte counts; the HTTP method is logged, the
network log has the SNI, one line a session, and never a request inside it. The HTTP log has what
was inspected: what a Do Not Inspect policy exempts leaves no line in it (Policies FAQ); of the
CONNECT that a browser sends to a proxy endpoint the documents say nothing. A decision on a look-up
is a word or its number (Gateway activity logs, Resolver decisions). Where an Override policy put
another address or answer in the place of the one asked for, or a Redirect policy another page, the
documents do not say what the user saw: unknown.
"""

from typing import Final

from logan.formats.engine.columns import LOGGED_ALONE, NOT_DOCUMENTED, NOT_LOGGED, Columns, sees
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import epoch, first, iso_utc
from logan.formats.engine.values import matched, positive

_DATETIME: Final = r"^(?:[0-9]{10}|[0-9]{19}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+))$"
_TIME: Final = need("Datetime", regex=_DATETIME)
_DEFINITION: Final = "developers.cloudflare.com, Logpush, "
_STAMP: Final = first(epoch("Datetime"), iso_utc("Datetime"))
_SOURCE: Final = ("SourceInternalIP", "SourceIP", "SrcIP")
_DECISION: Final = matched(
    "Action",
    allowed="allow.*|bypass|isolate|noisolate|noscan|scan|off|audit_ssh",
    blocked="block.*|quarantine",
)
_RESOLVED: Final = matched(
    "ResolverDecision",
    allowed="allowed.*|overrideForSafeSearch|1|4|5|7|10",
    blocked="blocked.*|2|3|6|9",
)
_HTTP: Final = Columns(
    time=_STAMP,
    user="Email",
    client_ip=_SOURCE,
    action=_DECISION,
    method="HTTPMethod",
    url="URL",
    host=("HTTPHost", "SNI", "QueryName"),
    port=positive("DestinationPort"),
    status=positive("HTTPStatusCode"),
    referrer="Referer",
    user_agent="UserAgent",
)
_NETWORK: Final = Columns(
    time=_STAMP,
    user="Email",
    client_ip=_SOURCE,
    action=_DECISION,
    host=("HTTPHost", "SNI", "QueryName"),
    port=positive("DestinationPort"),
)
_DNS: Final = Columns(
    time=_STAMP,
    user="Email",
    client_ip=_SOURCE,
    action=_RESOLVED,
    host=("HTTPHost", "SNI", "QueryName"),
    record_type=("QueryTypeName", "QueryType"),
    evidence=sees("dns"),
)
HTTP: Final = Format(
    name="cloudflare-http",
    title="Cloudflare Gateway http log",
    definition=_DEFINITION + "gateway_http",
    reader=JsonObject(
        (_TIME, need("HTTPHost", "URL"), need("Action"), need("DeviceID", "PolicyID")),
        stamp="Datetime",
    ),
    columns=_HTTP,
    tunnels=NOT_DOCUMENTED,
    note="What a Do Not Inspect policy exempts leaves no line.",
    rank=7,
    samples=(
        Sample(
            '{"AccountID":"a1","Action":"allow","Datetime":"2024-01-01T10:00:00Z",'
            '"DestinationIP":"192.0.2.1","DestinationPort":443,"DeviceID":"d1",'
            '"Email":"jane.doe@force.example","HTTPHost":"www.example.com","HTTPMethod":"POST",'
            '"HTTPStatusCode":200,"HTTPVersion":"HTTP/2","PolicyID":"","Referer":"",'
            '"SourceInternalIP":"","SourceIP":"203.0.113.7","SourcePort":50000,'
            '"URL":"https://www.example.com/a?b=c","UserAgent":"Mozilla/5.0"}',
            "time=2024-01-01T10:00:00Z user=jane.doe@force.example client_ip=203.0.113.7"
            " method=POST url=https://www.example.com:443/a?b=c status=200 action=allowed"
            " user_agent=Mozilla/5.0 evidence=url",
        ),
        Sample(
            '{"Action":"block","Datetime":1704103200000000000,"DeviceID":"","Email":"",'
            '"HTTPHost":"www.example.com","HTTPMethod":"GET","HTTPStatusCode":0,"PolicyID":"p1",'
            '"SourceInternalIP":"10.1.2.3","SourceIP":"203.0.113.7",'
            '"URL":"https://www.example.com/"}',
            "time=2024-01-01T10:00:00Z client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/ action=blocked evidence=url",
        ),
    ),
    near_misses=(
        '{"Datetime":"2024-01-01","HTTPHost":"www.example.com","Action":"allow","DeviceID":""}',
    ),
)
NETWORK: Final = Format(
    name="cloudflare-network",
    title="Cloudflare Gateway network log",
    definition=_DEFINITION + "gateway_network",
    reader=JsonObject(
        (_TIME, need("SNI"), need("Transport"), need("Action"), need("SourceIP")), stamp="Datetime"
    ),
    columns=_NETWORK,
    tunnels=LOGGED_ALONE,
    rank=7,
    samples=(
        Sample(
            '{"Action":"allowedOnNoRuleMatch","Datetime":"2024-01-01T10:00:00Z",'
            '"DestinationIP":"192.0.2.1","DestinationPort":443,"DeviceID":"d1",'
            '"Email":"jane.doe@force.example","SNI":"www.example.com","SourceIP":"203.0.113.7",'
            '"Transport":"tcp"}',
            "time=2024-01-01T10:00:00Z user=jane.doe@force.example client_ip=203.0.113.7"
            " url=www.example.com:443 action=allowed evidence=connect",
        ),
    ),
    near_misses=('{"Datetime":"2024-01-01T10:00:00Z","SNI":"","Transport":"tcp","SourceIP":"x"}',),
)
DNS: Final = Format(
    name="cloudflare-dns",
    title="Cloudflare Gateway dns log",
    definition=_DEFINITION + "gateway_dns",
    reader=JsonObject((_TIME, need("QueryName"), need("ResolverDecision")), stamp="Datetime"),
    columns=_DNS,
    tunnels=NOT_LOGGED,
    rank=7,
    samples=(
        Sample(
            '{"ColoCode":"LHR","Datetime":"2024-01-01T10:00:00Z","DeviceID":"d1",'
            '"Email":"jane.doe@force.example","QueryName":"www.example.com","QueryType":1,'
            '"QueryTypeName":"A","RCode":0,"ResolverDecision":"blockedRule",'
            '"SrcIP":"203.0.113.7","SrcPort":50000}',
            "time=2024-01-01T10:00:00Z user=jane.doe@force.example client_ip=203.0.113.7"
            " url=www.example.com action=blocked evidence=dns",
        ),
    ),
    near_misses=('{"Datetime":"2024-01-01T10:00:00Z","QueryName":"www.example.com","RCode":0}',),
)
