"""Olfeo: the gateway's log (like the common log, with its own stamp and tail) and the cloud's JSON.

Definition: Olfeo, Export des journaux par syslog (on premises), Livelog (SaaS). The gateway writes
`[day/month/year time]` without a zone, in the order of its locale, then the category's number and
name. Livelog has `timestamp` in milliseconds since 1970 and both byte counts from the user's view.
What either writes of a CONNECT whose tunnel was opened is not said, nor in the guide to decryption
(Option SSL, Règles de déchiffrement SSL).
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns, Evidence
from logan.formats.engine.fields import CLIENT, IDENT, USER, USER_OF_WORDS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.json_lines import JsonObject, need
from logan.formats.engine.lessons import date_order_of_piece
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import epoch, ordered_date
from logan.formats.engine.values import Cells, matched
from logan.formats.engine.verdicts import tunnelled

_LINE: Final = LinePattern(
    pieces=(
        Piece(None, " *"),
        Piece("client", CLIENT),
        Piece(None, f" {IDENT} "),
        Piece("user", f"{USER}|{USER_OF_WORDS}"),
        Piece(None, r" \["),
        Piece("time", "[0-9]{1,2}/[0-9]{1,2}/[0-9]{4} [0-9]{1,2}:[0-9]{2}:[0-9]{2}"),
        Piece(None, r'\] "'),
        Piece("method", "[A-Za-z_-]+"),
        Piece(None, " "),
        Piece("url", '[^ "]+'),
        Piece(None, '(?: HTTP/[0-9.]+)?" '),
        Piece("status", "[0-9]{3}|-"),
        Piece(None, " "),
        Piece("bytes", "[0-9]+|-"),
        Piece(None, " [^ ]+ "),
        Piece("category number", "[0-9]+|-"),
        Piece(None, " "),
        Piece("category", ".+"),
    )
)


_COLUMNS: Final = Columns(
    time=ordered_date("time"),
    client_ip="client",
    user="user",
    method="method",
    url="url",
    status="status",
    action=None,
    bytes_received="bytes",
)
_OWN: Final = (
    '10.1.2.3 - jdoe [15/04/2024 12:50:04] "GET https://www.example.com/a?b=c HTTP/1.1" 200 512 - '
    "512 Shopping"
)
GATEWAY: Final = Format(
    name="olfeo",
    title="Olfeo Secure Web Gateway",
    definition="Olfeo, Export des journaux par syslog",
    reader=_LINE,
    learns=date_order_of_piece(_LINE.pattern, "time"),
    columns=_COLUMNS,
    tunnels=NOT_DOCUMENTED,
    note="The order of day and month is that of the gateway's locale.",
    rank=6,
    samples=(
        Sample(
            _OWN,
            "time=2024-04-15T12:50:04Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=https://www.example.com/a?b=c status=200 action=unknown"
            " bytes_received=512 evidence=url",
        ),
        Sample(
            " 10.1.2.3 - - [02/17/2024 07:51:20] "
            '"CONNECT www.example.com:443 HTTP/1.1" 403 - - 0 No',
            "time=2024-02-17T07:51:20Z client_ip=10.1.2.3 method=CONNECT"
            " url=www.example.com:443 status=403 action=unknown evidence=connect setup=yes",
        ),
    ),
    near_misses=(
        _OWN.replace("15/04/2024 12", "15/Apr/2024:12"),
        _OWN.replace(" - 512 Shopping", ""),
    ),
)

_EVENT: Final = JsonObject(
    (
        need("timestamp", regex="^[0-9]{13}$"),
        need("type", regex="^(?:proxy|dns)$"),
        need("category_label", "theme_label"),
        need("domain", "url"),
        need("display_name", "user_id"),
    ),
    stamp="timestamp",
)


def _proof(cell: Cells) -> pl.Expr:
    looked_up = cell["type"] == "dns"
    return pl.when(looked_up).then(pl.lit("dns")).otherwise(tunnelled(cell["http_method"]))


_LIVELOG_COLUMNS: Final = Columns(
    time=epoch("timestamp"),
    user="display_name",
    client_ip="src_ip",
    method="http_method",
    url=("url", "domain"),
    host="domain",
    status="user_status_code",
    action=matched("action", allowed="allow|authorize|warn.*|coach.*", blocked="block|deny|forbid"),
    bytes_sent="user_sent_bytes",
    bytes_received="user_received_bytes",
    evidence=Evidence(("url", "connect", "dns"), _proof),
)
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
    reader=_EVENT,
    columns=_LIVELOG_COLUMNS,
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
