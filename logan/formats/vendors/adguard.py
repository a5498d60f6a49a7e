"""AdGuard Home's query log: question and answer in one JSON object.

Definition: AdGuard Home, internal/querylog (file of entries with the keys T, QH, QT, IP, Result).
"""

from typing import Final

from logan.formats.engine import clock
from logan.formats.engine.columns import LOOK_UP_NOTE, NOT_LOGGED, Columns, sees
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import iso_utc
from logan.formats.engine.values import words

ADGUARD: Final = Format(
    name="adguard-home",
    title="AdGuard Home query log",
    definition="AdGuard Home, internal/querylog",
    reader=JsonObject(
        (
            need("T", regex=f"^{clock.ISO_OFFSET}$"),
            need("QH"),
            need("QT"),
            need("IP"),
            need("Result"),
        ),
        framing="json",
    ),
    columns=Columns(
        time=iso_utc("T"),
        user=None,
        client_ip="IP",
        action=words("Result.IsFiltered", allowed=(), blocked=("true",)),
        host="QH",
        record_type="QT",
        evidence=sees("dns"),
    ),
    tunnels=NOT_LOGGED,
    note=LOOK_UP_NOTE,
    rank=6,
    samples=(
        Sample(
            '{"T":"2024-01-10T14:55:36.123456789+01:00","QH":"www.example.com","QT":"A",'
            '"QC":"IN","CP":"","IP":"10.1.2.3","Result":{"IsFiltered":true,"Reason":3},'
            '"Elapsed":1200,"Upstream":""}',
            "time=2024-01-10T13:55:36.123456Z client_ip=10.1.2.3 url=www.example.com"
            " action=blocked evidence=dns",
        ),
    ),
    near_misses=('{"T":"2024-01-10T13:55:36Z","QH":"www.example.com","QT":"A"}',),
)
