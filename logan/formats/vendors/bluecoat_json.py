"""Symantec's (Broadcom's) Cloud SWG: JSON with ELFF names.

Definition: Broadcom, Cloud SWG Access Log Formats. The day and time are UTC, else there is an
epoch. What the fields mean is in `logan.formats.engine.elff`.
"""

from dataclasses import replace
from typing import Final

from logan.formats.engine import elff
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import epoch, first, utc
from logan.formats.engine.values import joined
from logan.formats.vendors.bluecoat_pairs import KEYS

_EPOCHS: Final = ("x-timestamp-unix", "timestamp")
JSON: Final = Format(
    name="bluecoat-json",
    title="Cloud SWG, JSON with ELFF names",
    definition="Broadcom, Cloud SWG Access Log Formats",
    reader=JsonObject(
        (
            need("c-ip", "x-client-ip", regex=f"^{ADDRESS}$"),
            need("cs-host"),
            need("date", *_EPOCHS, regex="^[0-9]"),
            need("sc-filter-result", "s-action", regex="^[A-Za-z][A-Za-z_-]+$"),
        ),
        wrappers=("event",),
        aliases=KEYS,
        stamp="x-timestamp-unix",
    ),
    columns=replace(
        elff.COLUMNS,
        time=first(utc(joined("date", "time"), "%Y-%m-%d %H:%M:%S%.f"), *map(epoch, _EPOCHS)),
    ),
    tunnels=elff.TUNNELS,
    rank=7,
    samples=(
        Sample(
            '{"x-bluecoat-request-tenant-id":"7","date":"2024-01-10","time":"13:55:36",'
            '"c-ip":"10.1.2.3","cs-userdn":"jdoe@force.example","x-exception-id":"-",'
            '"sc-filter-result":"OBSERVED","cs(Referer)":"-","sc-status":"200",'
            '"s-action":"TCP_NC_MISS","cs-method":"GET","cs-uri-scheme":"https",'
            '"cs-host":"www.example.com","cs-uri-port":"443","cs-uri-path":"/a",'
            '"cs-uri-query":"?b=c","cs(User-Agent)":"Mozilla/5.0","sc-bytes":"5120",'
            '"cs-bytes":"640"}',
            "time=2024-01-10T13:55:36Z user=jdoe@force.example client_ip=10.1.2.3"
            " method=GET url=https://www.example.com:443/a?b=c status=200 action=allowed"
            " bytes_sent=640 bytes_received=5120 user_agent=Mozilla/5.0 evidence=url",
        ),
        Sample(
            '{"x-timestamp-unix":1704894936,"c-ip":"10.1.2.3","cs-host":"www.example.com",'
            '"s-action":"TCP_TUNNELED","cs-method":"CONNECT"}',
            "time=2024-01-10T13:55:36Z client_ip=10.1.2.3 method=CONNECT"
            " url=www.example.com action=allowed evidence=connect",
        ),
    ),
    near_misses=(
        '{"date":"2024-01-10","time":"13:55:36","c-ip":"10.1.2.3","cs-host":"www.example.com"}',
        '{"cs-host":"www.example.com","s-action":"TCP_HIT"}',
    ),
)
