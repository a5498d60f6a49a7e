"""Forcepoint Web Security and Websense: key=value syslog.

Definition: Forcepoint, SIEM integration of Web Protection (template for Splunk). Lines have no time
of their own; values hold spaces, so keys are told by their names.
"""

from typing import Final

from logan.formats.engine.columns import LOGGED_WITH_INNER_REQUESTS, Columns
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.keyvalue import KeyValue, Pairs
from logan.formats.engine.values import positive
from logan.formats.vendors.forcepoint import NO_CLOCK, person, verdict

_KEYS: Final = (
    "vendor product product_version action severity category user loginID src_host "
    "src_port dst_host dst_ip dst_port bytes_out bytes_in http_response http_method "
    "http_content_type http_user_agent http_proxy_status_code reason disposition policy "
    "role duration url logRecordSource referrer "
)
KEY_VALUE: Final = Format(
    name="forcepoint-kv",
    title="Forcepoint and Websense Web Security, key=value",
    definition="Forcepoint, SIEM integration (syslog/key-value template, since Websense 7.7)",
    reader=KeyValue(
        pairs=Pairs(
            before="^(?:<[0-9]+>)?|^.*? | ",
            keys=tuple(_KEYS.split()),
            ends="",
            quotes=False,
            escapes=(),
            missing=("", "-"),
        ),
        needs={
            "vendor": "(?:Websense|Forcepoint).*",
            "action": ".+",
            "src_host": ".+",
            "url": ".+",
        },
    ),
    columns=Columns(
        time=None,
        user=person("user"),
        client_ip="src_host",
        action=verdict("action", status="http_proxy_status_code"),
        method="http_method",
        url=lambda cell: cell["url"].str.extract("^([^ ]+)"),
        status=positive("http_response"),
        bytes_sent="bytes_out",
        bytes_received="bytes_in",
        referrer="referrer",
        user_agent="http_user_agent",
    ),
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    note=NO_CLOCK,
    rank=6,
    samples=(
        Sample(
            "<134>2024-01-01T10:00:00Z gw vendor=Websense product=Security product_version=7.7.0 "
            "action=permitted severity=1 category=9 user=LDAP://dc1 OU=cid,DC=force/DOE\\, Jane "
            "src_host=10.1.2.3 src_port=61435 dst_host=www.example.com dst_port=443 "
            "bytes_out=640 bytes_in=5120 http_response=200 http_method=GET "
            "http_content_type=text/html;charset=UTF-8 http_user_agent=Mozilla/5.0 (X11; rv:1.7) "
            "http_proxy_status_code=200 reason=- disposition=1026 policy=role-8**Default role=4 "
            "duration=63 url=https://www.example.com/a?b=c",
            "time=2024-01-01T10:00:00Z user=OU=cid,DC=force/DOE, Jane client_ip=10.1.2.3"
            " method=GET url=https://www.example.com/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 user_agent=Mozilla/5.0 (X11; rv:1.7)"
            " evidence=url",
        ),
    ),
    near_misses=("vendor=Websense product=Security action=permitted user=jdoe",),
)
