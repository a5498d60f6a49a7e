"""Kerio Control (GFI): the Filter log of rules that log, as a file and by syslog.

Definition: manuals.gfi.com, Kerio Control Administrator's Guide: Using the Filter log. Stamps are
the appliance's wall clock. Of tunnels see `logan.formats.vendors.kerio`.
"""

from typing import Final

from logan.formats.engine.columns import LOGGED_ALONE, Columns
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.values import words
from logan.formats.vendors.kerio import DEFINITION, LOCAL, LOCAL_TIME, MARK, USER, user

FILTER: Final = Format(
    name="kerio-filter",
    title="Kerio Control Filter log",
    definition=DEFINITION,
    reader=LinePattern(
        pieces=(
            MARK,
            Piece(None, r"\["),
            LOCAL,
            Piece(None, r"\] "),
            Piece("decision", "ALLOW|DENY|DROP|PERMIT"),
            Piece(None, " URL '"),
            Piece("rule", ".*?"),
            Piece(None, "' "),
            Piece("client", ADDRESS),
            Piece(None, " "),
            Piece("user", f"(?:(?:{USER}) )?"),
            Piece(None, "HTTPS? "),
            Piece("method", "[A-Z]+"),
            Piece(None, " "),
            Piece("url", "[^ ]+"),
        )
    ),
    columns=Columns(
        time=LOCAL_TIME,
        client_ip="client",
        user=user,
        method="method",
        url="url",
        action=words("decision", allowed=("allow", "permit"), blocked=("deny", "drop")),
    ),
    tunnels=LOGGED_ALONE,
    rank=6,
    samples=(
        Sample(
            "[01/Jan/2024 10:00:00] DENY URL 'Face search' 10.1.2.3 jdoe HTTP GET "
            "http://www.example.com/a?b=c",
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/a?b=c action=blocked evidence=url",
        ),
        Sample(
            "[01/Jan/2024 10:00:00] ALLOW URL 'Staff' 10.1.2.3 HTTP GET http://www.example.com/",
            "time=2024-01-01T10:00:00Z client_ip=10.1.2.3 method=GET"
            " url=http://www.example.com/ action=allowed evidence=url",
        ),
    ),
    near_misses=(
        '[01/Jan/2024 10:00:00] DENY "Rule" packet from LAN, proto:TCP, len:48, 10.1.2.3:3864',
    ),
)
