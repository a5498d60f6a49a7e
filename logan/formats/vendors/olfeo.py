"""Olfeo's gateway: like the common log, with its own stamp and tail.

Definition: Olfeo, Export des journaux par syslog (on premises). It writes `[day/month/year time]`
without a zone, in the order of its locale, then the category's number and name. What it writes of a
CONNECT whose tunnel was opened is not said, nor in the guide to decryption (Option SSL, Règles de
déchiffrement SSL).
"""

from typing import Final

from logan.formats.engine.columns import NOT_DOCUMENTED, Columns
from logan.formats.engine.fields import CLIENT, IDENT, USER, USER_OF_WORDS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.lessons import date_order_of_piece
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import ordered_date
from logan.formats.engine.values import by_challenge
from logan.formats.vendors.weblog_lines import TWO_STATUSES

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
    ),
    doubtful=TWO_STATUSES,
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
    columns=Columns(
        time=ordered_date("time"),
        client_ip="client",
        user="user",
        method="method",
        url="url",
        status="status",
        action=by_challenge("status"),
        bytes_received="bytes",
    ),
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
            " url=www.example.com:443 status=403 action=unknown evidence=connect",
        ),
    ),
    near_misses=(
        _OWN.replace("15/04/2024 12", "15/Apr/2024:12"),
        _OWN.replace(" - 512 Shopping", ""),
    ),
)
