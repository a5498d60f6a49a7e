"""BlueCat Edge's query log: question and answer in one JSON object.

Definition: BlueCat Edge, DNS query log (`time` in milliseconds, `matchedPolicies`).
"""

from typing import Final

from logan.formats.engine.columns import LOOK_UP_NOTE, NOT_LOGGED, Columns, sees
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import epoch
from logan.formats.engine.values import words

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
    columns=Columns(
        time=epoch("time"),
        user=None,
        client_ip="sourceAddress",
        action=words(
            ("matchedPolicies[0].action", "actionTaken"),
            allowed=("allow", "monitor", "query-response"),
            blocked=("block", "redirect"),
        ),
        host="requestData.question[0].domainName",
        record_type="requestData.question[0].questionType",
        evidence=sees("dns"),
    ),
    tunnels=NOT_LOGGED,
    note=LOOK_UP_NOTE,
    rank=6,
    samples=(
        Sample(
            '{"socketFamily":"INET","socketProtocol":"UDP","time":1704894936123,'
            '"eventType":"query-response","siteId":"d1","sourceAddress":"10.1.2.3",'
            '"sourcePort":50000,"requestData":{"time":1704894936123,'
            '"question":[{"questionType":"A","domainName":"www.example.com."}]},'
            '"matchedPolicies":[{"name":"p","action":"block"}]}',
            "time=2024-01-10T13:55:36.123000Z client_ip=10.1.2.3 url=www.example.com"
            " action=blocked evidence=dns",
        ),
    ),
    near_misses=('{"time":1704894936123,"sourceAddress":"10.1.2.3","siteId":"d1"}',),
)
