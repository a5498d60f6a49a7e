"""Google Cloud, as Cloud Logging exports it: Secure Web Proxy, HTTP(S) load balancers, Cloud DNS.

One format, as an export is of a project and has entries of all three one behind the other.

Definition: docs.cloud.google.com: LogEntry and HttpRequest (`timestamp` is UTC; `remoteIp` may end
in a port; sizes are strings, and have the headers in them), View proxy transaction logs (a rule of
the policy that matched says ALLOWED or DENIED; a CONNECT has no `requestUrl`, but the `hostname`
that was asked for, with its port; authorization policies put their result beside), External
Application Load Balancer logging (`statusDetails`: served by a backend or the cache, or refused by
a security policy), and Cloud DNS, Log record format (one entry for a query and its answer).
Whether what is inside an inspected tunnel is logged beside its CONNECT is not said.
"""

from typing import Final

import polars as pl

from logan.formats.engine import clock
from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects, unopened
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import iso_utc
from logan.formats.engine.values import Cells

_STAMP: Final = need("timestamp", regex=f"^{clock.ISO_OFFSET}$")
_POLICY: Final = "jsonPayload.enforcedGatewaySecurityPolicy"
_RULES: Final = f"{_POLICY}.matchedRules"
_DENIED: Final = '"action": *"DENIED"'
_ALLOWED: Final = '"action": *"ALLOWED"'
_REFUSED: Final = "denied_by_security_policy"
_SERVED: Final = (
    "^(?:response_sent_by_backend|response_from_cache(?:_validated)?|byte_range_caching)$"
)
_LOG_ON: Final = "handled_by_identity_aware_proxy"


def _client(cell: Cells) -> pl.Expr:
    """The address without a port, which of IPv6 only brackets tell apart."""
    address = cell.first("httpRequest.remoteIp", "jsonPayload.sourceIP")
    bracketed = address.str.extract(r"^\[([^\]]+)\](?::[0-9]+)?$", 1)
    return pl.coalesce(bracketed, address.str.replace(r"^([0-9.]+):[0-9]+$", "${1}"))


def _unasked(cell: Cells) -> pl.Expr:
    """The host of a tunnel, or of TLS that was passed on, where there is no address."""
    return cell.first(f"{_POLICY}.hostname", f"{_POLICY}.serverNameIndication")


def _address(cell: Cells) -> pl.Expr:
    return pl.coalesce(cell["httpRequest.requestUrl"], _unasked(cell))


def _look_up(cell: Cells) -> pl.Expr:
    return cell["jsonPayload.queryName"].is_not_null()


def _action(cell: Cells) -> pl.Expr:
    """By rules and policies, else by the balancer's own words; 302 and 401 ask who somebody is."""
    result, details = cell["jsonPayload.authzPolicyInfo.result"], cell["jsonPayload.statusDetails"]
    asks = (details == _LOG_ON) & cell["httpRequest.status"].is_in(["302", "401"])
    denied = _says(cell, _DENIED) | result.eq_missing("DENIED")
    denied |= details.str.contains(_REFUSED, literal=True).fill_null(value=False)
    allowed = _says(cell, _ALLOWED) | result.eq_missing("ALLOWED")
    allowed |= details.str.contains(_SERVED).fill_null(value=False)
    return (
        pl.when(denied)
        .then(pl.lit("blocked"))
        .when(asks)
        .then(pl.lit("auth"))
        .when(allowed)
        .then(pl.lit("allowed"))
        .otherwise(pl.lit("unknown"))
    )


def _says(cell: Cells, action: str) -> pl.Expr:
    """True where a rule that matched says so; of several, each is asked."""
    return cell[_RULES].str.contains(action).fill_null(value=False)


def _entry(request: str, payload: str, log: str, kind: str) -> str:
    return (
        f'{{"httpRequest":{{{request}}},"insertId":"x1","jsonPayload":{{"@type":"type.googleapis.com/'
        f'google.cloud.loadbalancing.type.LoadBalancerLogEntry",{payload}}},"logName":"projects/p/'
        f'logs/{log}","receiveTimestamp":"2024-01-10T13:55:38.657813Z","resource":{{"labels":'
        f'{{"location":"europe-west2"}},"type":"{kind}"}},"severity":"INFO",'
        '"timestamp":"2024-01-10T13:55:36.570534Z"}'
    )


def _proxied(request: str, policy: str) -> str:
    return _entry(
        request,
        f'"enforcedGatewaySecurityPolicy":{{{policy}}}',
        "networkservices.googleapis.com%2Fgateway_requests",
        "networkservices.googleapis.com/Gateway",
    )


_REQUEST: Final = (
    '"latency":"0.051800s","protocol":"HTTP/2","remoteIp":"10.1.2.3:35418","requestMethod":"GET",'
    '"requestSize":"41","requestUrl":"https://www.example.com/a?b=c","responseSize":"1446",'
    '"serverIp":"203.0.113.9:443","status":200,"userAgent":"Mozilla/5.0"'
)
_CONNECT: Final = _REQUEST.replace('"requestUrl":"https://www.example.com/a?b=c",', "").replace(
    '"GET"', '"CONNECT"'
)
_RULE: Final = '"matchedRules":[{"action":"ALLOWED","name":"projects/p/rules/r"}]'
_TWO_RULES: Final = _RULE.replace("}]", '},{"action":"DENIED","name":"default_denied"}]')
_PROXY_LINE: Final = _proxied(
    _REQUEST, f'"hostname":"www.example.com",{_RULE},"requestWasTlsIntercepted":true'
)
_FRONT: Final = "time=2024-01-10T13:55:36.570534Z client_ip=10.1.2.3"
_SIZES: Final = "bytes_sent=41 bytes_received=1446 user_agent=Mozilla/5.0"
_BALANCED: Final = _entry(
    _REQUEST.replace("10.1.2.3:35418", "10.1.2.3"),
    '"remoteIp":"10.1.2.3","statusDetails":"response_sent_by_backend"',
    "requests",
    "http_load_balancer",
)
_TAKEN: Final = f"{_FRONT} method=GET url=https://www.example.com/a?b=c status=200"
_QUERY: Final = (
    '{"insertId":"x2","jsonPayload":{"authAnswer":false,"protocol":"UDP","queryName":'
    '"www.example.com.","queryType":"A","rdata":"www.example.com.\\t300\\tIN\\ta\\t203.0.113.9",'
    '"responseCode":"NOERROR","serverLatency":14,"sourceIP":"10.1.2.3","sourceNetwork":"default",'
    '"vmInstanceId":4980113928800839680,"vmInstanceName":"1.vm"},"logName":"projects/p/logs/'
    'dns.googleapis.com%2Fdns_queries","receiveTimestamp":"2024-01-10T13:55:37.5585Z","resource":'
    '{"labels":{"location":"europe-west2","project_id":"p","source_type":"gce-vm","target_type":'
    '"external"},"type":"dns_query"},"severity":"INFO","timestamp":"2024-01-10T13:55:36.349214490Z"}'
)
_PROXY_KIND: Final = (
    need("httpRequest.remoteIp", "httpRequest.requestMethod"),
    need("httpRequest.requestUrl", f"{_POLICY}.hostname", f"{_POLICY}.serverNameIndication"),
    need("logName", regex="networkservices.googleapis.com(?:%2F|/)gateway_requests$"),
)
_BALANCER_KIND: Final = (
    need("httpRequest.remoteIp"),
    need("httpRequest.requestUrl"),
    need(
        "resource.type",
        regex="^(?:http_load_balancer|http_external_regional_lb_rule|internal_http_lb_rule)$",
    ),
)
_DNS_KIND: Final = (
    need("jsonPayload.queryName"),
    need("logName", regex="dns.googleapis.com(?:%2F|/)dns_queries$"),
)
GOOGLE: Final = Format(
    name="google-cloud",
    title="Google Cloud Secure Web Proxy, HTTP(S) load balancers and DNS, Cloud Logging",
    definition="docs.cloud.google.com, Secure Web Proxy, View proxy transaction logs; External"
    " Application Load Balancer logging; Cloud DNS, Log record format; LogEntry",
    reader=JsonObject((_STAMP,), kinds=(_PROXY_KIND, _BALANCER_KIND, _DNS_KIND), framing="json"),
    columns=Columns(
        time=iso_utc("timestamp"),
        user=None,
        client_ip=_client,
        method="httpRequest.requestMethod",
        url=_address,
        host="jsonPayload.queryName",
        record_type="jsonPayload.queryType",
        status="httpRequest.status",
        action=_action,
        bytes_sent="httpRequest.requestSize",
        bytes_received="httpRequest.responseSize",
        referrer=("httpRequest.referer", "httpRequest.referrer"),
        user_agent="httpRequest.userAgent",
        evidence=connects(unopened("httpRequest.requestMethod", _address), look_up=_look_up),
    ),
    tunnels=NOT_DOCUMENTED,
    note="Names no users. Full addresses of HTTPS only where TLS is inspected. A balancer shows"
    " requests to a force's own sites, and may log a share of them only; a look-up is no visit.",
    rank=7,
    samples=(
        Sample(
            _PROXY_LINE,
            f"{_FRONT} method=GET url=https://www.example.com/a?b=c status=200 action=allowed"
            f" {_SIZES} evidence=url",
        ),
        Sample(
            _proxied(
                _CONNECT.replace("200", "403"),
                f'"hostname":"www.example.com:443",{_RULE}'.replace("ALLOWED", "DENIED"),
            ),
            f"{_FRONT} method=CONNECT url=www.example.com:443 status=403 action=blocked"
            f" {_SIZES} evidence=connect setup=yes",
        ),
        Sample(
            _proxied(
                _REQUEST.replace("10.1.2.3:35418", "[2001:db8::7]:35418"),
                f'"hostname":"www.example.com",{_TWO_RULES}',
            ),
            "time=2024-01-10T13:55:36.570534Z client_ip=2001:db8::7 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=blocked"
            f" {_SIZES} evidence=url",
        ),
        Sample(
            _proxied('"remoteIp":"10.1.2.3"', f'"serverNameIndication":"www.example.com",{_RULE}'),
            f"{_FRONT} url=www.example.com action=allowed evidence=connect",
        ),
        Sample(_BALANCED, f"{_TAKEN} action=allowed {_SIZES} evidence=url"),
        Sample(
            _BALANCED.replace("response_sent_by_backend", "body_denied_by_security_policy"),
            f"{_TAKEN} action=blocked {_SIZES} evidence=url",
        ),
        Sample(
            _BALANCED.replace(
                "response_sent_by_backend", "client_disconnected_before_any_response"
            ),
            f"{_TAKEN} action=unknown {_SIZES} evidence=url",
        ),
        Sample(
            _BALANCED.replace("response_sent_by_backend", _LOG_ON).replace(":200", ":302"),
            f"{_TAKEN} action=auth {_SIZES} evidence=url".replace("=200", "=302"),
        ),
        Sample(
            _QUERY,
            "time=2024-01-10T13:55:36.349214Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
        ),
    ),
    near_misses=(
        _PROXY_LINE.replace("gateway_requests", "gateway_errors"),
        _PROXY_LINE.replace('"timestamp"', '"at"'),
        _BALANCED.replace("http_load_balancer", "cloud_run_revision"),
        _BALANCED.replace("requestUrl", "requestPath"),
        _QUERY.replace("queryName", "qname"),
        _QUERY.replace("dns_queries", "dns_threats"),
    ),
)
