"""Olfeo in the cloud: Livelog, JSON.

Definition: Olfeo SaaS, Livelog: `timestamp` in milliseconds since 1970, both byte counts from the
user's view. A page that coaches or warns stands before the site, and what the user did then is not
said: unknown. What it writes of a CONNECT whose tunnel was opened is not said.
"""

from typing import Final

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, connects, unopened
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.stamps import epoch
from logan.formats.engine.values import words

_OBJECT: Final = (
    '{"user_id":"u1","display_name":"Jane Doe","category_id":"1000","category_label":"Search",'
    '"url":"https://www.example.com/a?b=c","action":"allow","domain":"www.example.com",'
    '"src_ip":"10.1.2.3","timestamp":1704103200852,"http_method":"GET","http_version":"1.1",'
    '"user_received_bytes":"4664","user_sent_bytes":"836","user_status_code":"200",'
    '"theme_label":"Search","type":"proxy","dns_answer":""}'
)
LIVELOG: Final = Format(
    name="olfeo-livelog",
    title="Olfeo SaaS Livelog",
    definition="Olfeo SaaS, Livelog",
    reader=JsonObject(
        (
            need("timestamp", regex="^[0-9]{13}$"),
            need("type", regex="^(?:proxy|dns)$"),
            need("category_label", "theme_label"),
            need("domain", "url"),
            need("display_name", "user_id"),
        ),
        stamp="timestamp",
    ),
    columns=Columns(
        time=epoch("timestamp"),
        user="display_name",
        client_ip="src_ip",
        method="http_method",
        url=("url", "domain"),
        host="domain",
        status="user_status_code",
        action=words("action", allowed=("allow", "authorize"), blocked=("block", "deny", "forbid")),
        bytes_sent="user_sent_bytes",
        bytes_received="user_received_bytes",
        evidence=connects(
            unopened("http_method", ("url", "domain")),
            look_up=lambda cell: cell["type"] == "dns",
        ),
    ),
    tunnels=NOT_DOCUMENTED,
    rank=7,
    samples=(
        Sample(
            _OBJECT,
            "time=2024-01-01T10:00:00.852000Z user=Jane Doe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=allowed bytes_sent=836"
            " bytes_received=4664 evidence=url",
        ),
        Sample(
            _OBJECT.replace('"proxy"', '"dns"').replace("https://www.example.com/a?b=c", ""),
            "time=2024-01-01T10:00:00.852000Z user=Jane Doe client_ip=10.1.2.3 method=GET"
            " url=www.example.com status=200 action=allowed bytes_sent=836"
            " bytes_received=4664 evidence=dns",
        ),
    ),
    near_misses=(_OBJECT.replace('"proxy"', '"mail"'), _OBJECT.replace("1704103200852", '"1704"')),
)
