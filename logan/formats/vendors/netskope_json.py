"""Netskope: transaction events as JSON, as its collectors hand them on.

Definition: docs.netskope.com, Transaction Event Fields. What the fields mean is in
`logan.formats.vendors.netskope`.
"""

from dataclasses import replace
from typing import Final

from logan.formats.engine.format import Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.vendors.netskope import COLUMNS, MISSING, TRANSACTIONS

_LINE: Final = (
    '{"bytes":"6422","c-ip":"203.0.113.4","cs-bytes":"5937","cs-dns":"www.example.com",'
    '"cs-host":"www.example.com","cs-method":"GET","cs-referer":"-","cs-uri":"/a?b=c",'
    '"cs-uri-port":"443","cs-uri-query":"b=c","cs-uri-scheme":"https","cs-user-agent":"Mozilla/5.0",'
    '"cs-username":"jane.doe@force.example","date":"2024-01-16","sc-bytes":"485","sc-status":"200",'
    '"time":"12:59:21","x-cs-access-method":"Client","x-cs-timestamp":"1705409961",'
    '"x-cs-userip":"10.1.2.3","x-policy-action":"allow","x-ssl-bypass":"No",'
    '"x-type":"http_transaction"}'
)
_FAILED: Final = (
    _LINE.replace('"GET"', '"-"')
    .replace('"cs-uri":"/a?b=c"', '"cs-uri":"-"')
    .replace('"b=c"', '"-"')
    .replace('"https"', '"-"')
    .replace('"allow"', '"NotChecked","x-cs-ssl-engine-action":"Block"')
    .replace('"sc-status":"200"', '"sc-status":"-"')
)
JSON: Final = replace(
    TRANSACTIONS,
    name="netskope-json",
    title="Netskope transaction events, JSON",
    reader=JsonObject(
        (
            need("date", regex="^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
            need("time", regex="^[0-9]{2}:[0-9]{2}:[0-9]{2}"),
            need("cs-host", "cs-dns", "x-cs-sni"),
            need("x-cs-timestamp", "x-transaction-id"),
            need("x-cs-access-method"),
        ),
        missing=MISSING,
    ),
    columns=COLUMNS,
    samples=(
        Sample(
            _LINE,
            "time=2024-01-16T12:59:21Z user=jane.doe@force.example client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com:443/a?b=c status=200 action=allowed bytes_sent=5937"
            " bytes_received=485 user_agent=Mozilla/5.0 evidence=url",
        ),
        Sample(
            _FAILED,
            "time=2024-01-16T12:59:21Z user=jane.doe@force.example client_ip=10.1.2.3"
            " url=www.example.com:443 action=blocked bytes_sent=5937 bytes_received=485"
            " user_agent=Mozilla/5.0 evidence=connect",
        ),
    ),
    near_misses=(
        _LINE.replace("x-cs-access-method", "method"),
        _LINE.replace('"date":"2024-01-16"', '"date":"16/01/2024"'),
    ),
)
