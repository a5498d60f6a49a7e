"""iboss cloud and appliance logs: one JSON object per event, all values as strings.

Definition: iboss, Reporting and Analytics, Log Forwarding (JSON), field list.
`proxyTransactionStartTime` is in seconds since 1970; `logTime` (a date) and `time` beside it are
the wall clock of the node. Bytes upstream go from the user, downstream towards the user. Other
events (DLP, IPS) share the stream and name the request they belong to. The list does not tell what
is logged of a tunnel that was opened.
"""

from typing import Final

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects, unopened
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import epoch, first, local
from logan.formats.engine.values import WHOLE, joined, matched, unless_whole, where, whole_address

_EVENT: Final = JsonObject(
    (
        need("url", "host"),
        need("logType", regex="^[A-Za-z_ ]+$"),
        need("proxyTransactionStartTime", "logTime", regex="^[0-9]{4}[0-9.-]+$"),
        need("downstreamByteUsage", "totalByteUsage", "iboss", "ibossIpAddress"),
    )
)


_COLUMNS: Final = Columns(
    time=first(
        epoch("proxyTransactionStartTime"), local(joined("logTime", "time"), "%Y-%m-%d %H:%M:%S")
    ),
    user="username",
    client_ip=("privateIp", "sourceIpAddress"),
    method="requestMethod",
    url=("url", "host"),
    scheme=unless_whole("scheme"),
    host=unless_whole("host"),
    port="destinationPort",
    path=unless_whole("uriPath"),
    query=unless_whole("uriQuery"),
    status="responseCode",
    # A soft block is a block page that the user may override.
    action=matched(("action", "sAction"), allowed="allowed", blocked="(?:soft-?)?blocked"),
    bytes_sent="upstreamByteUsage",
    bytes_received="downstreamByteUsage",
    referrer="referrerUrl",
    user_agent="userAgent",
    evidence=connects(
        unopened("requestMethod", ("url", "host")),
        look_up=lambda cell: cell["logType"].str.contains("(?i)dns"),
    ),
    companion=where(lambda cell: ~cell["logType"].str.contains("(?i)web|url|proxy|dns"), "remark"),
    derived={WHOLE: whole_address("url")},
)
_LINE: Final = (
    '{"totalByteUsage":"2903","sourceIpAddress":"10.1.2.3","privateIp":"10.1.2.3",'
    '"responseCode":"302","host":"www.example.com","action":"Soft-blocked","uriPath":"/a",'
    '"iboss":"node.example","destinationPort":"443","logType":"WEB_LOG","scheme":"https",'
    '"requestMethod":"GET","upstreamByteUsage":"1250","downstreamByteUsage":"1653",'
    '"proxyTransactionStartTime":"1704103200.321","userAgent":"Mozilla/5.0",'
    '"url":"https://www.example.com/a?b=c","logTime":"2024-01-01","time":"10:00:00",'
    '"referrerUrl":"https://example.org/","uriQuery":"b=c","username":"jdoe"}'
)
IBOSS: Final = Format(
    name="iboss",
    title="iboss log, JSON",
    definition="iboss, Log Forwarding, JSON fields",
    reader=_EVENT,
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note="The exact stamp is UTC; lines without it have the node's wall clock.",
    rank=7,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-01T10:00:00.321000Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com:443/a?b=c status=302 action=blocked"
            " bytes_sent=1250 bytes_received=1653 referrer=https://example.org/"
            " user_agent=Mozilla/5.0 evidence=url",
        ),
        Sample(
            "<46>Jan  1 10:00:00 node.example " + _LINE.replace("WEB_LOG", "DLP_LOG"),
            "time=2024-01-01T10:00:00.321000Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com:443/a?b=c status=302 action=blocked"
            " bytes_sent=1250 bytes_received=1653 referrer=https://example.org/"
            " user_agent=Mozilla/5.0 evidence=url companion=remark",
        ),
    ),
    near_misses=(
        '{"url":"https://www.example.com/","host":"www.example.com","logTime":"2024-01-01"}',
        _LINE.replace('"logType":"WEB_LOG",', ""),
    ),
)
