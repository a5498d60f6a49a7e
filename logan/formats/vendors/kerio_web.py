"""Kerio Control (GFI): the Web log, of pages with their titles, as a file and by syslog.

Definition: manuals.gfi.com, Kerio Control Administrator's Guide: Using the Web log. Stamps are the
appliance's wall clock.
"""

from typing import Final

from logan.formats.engine.columns import NOT_LOGGED, Columns, sees
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.values import always
from logan.formats.vendors.kerio import DEFINITION, LOCAL, LOCAL_TIME, MARK, USER, user

WEB: Final = Format(
    name="kerio-web",
    title="Kerio Control Web log",
    definition=DEFINITION,
    reader=LinePattern(
        pieces=(
            MARK,
            Piece(None, r"\["),
            LOCAL,
            Piece(None, r"\] "),
            Piece("client", ADDRESS),
            Piece(None, " "),
            Piece("user", f"(?:{USER})?"),
            Piece(None, ' ?"'),
            Piece("title", ".*?"),
            Piece(None, '" '),
            Piece("url", "[a-z]+://[^ ]+"),
        )
    ),
    columns=Columns(
        time=LOCAL_TIME,
        client_ip="client",
        user=user,
        url="url",
        # A page with its title was delivered.
        action=always("allowed"),
        evidence=sees("url"),
    ),
    tunnels=NOT_LOGGED,
    note="Pages only: no uploads, no method, no status.",
    rank=6,
    samples=(
        Sample(
            '[01/Jan/2024 10:00:00] 10.1.2.3 jdoe "Example "site" | Start" https://www.example.com/a?b=c',
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3"
            " url=https://www.example.com/a?b=c action=allowed evidence=url",
        ),
        Sample(
            '[01/Jan/2024 10:00:01] 10.1.2.3 "Example" https://www.example.com/',
            "time=2024-01-01T10:00:01Z client_ip=10.1.2.3 url=https://www.example.com/"
            " action=allowed evidence=url",
        ),
        Sample(
            "<134>1 2024-01-01T10:00:00+01:00 control KerioControl - - - \ufeff "
            '[01/Jan/2024 10:00:00] 10.1.2.3 jdoe "Example" https://www.example.com/',
            "time=2024-01-01T10:00:00Z user=jdoe client_ip=10.1.2.3"
            " url=https://www.example.com/ action=allowed evidence=url",
        ),
    ),
    near_misses=(
        "[01/Jan/2024 10:00:00] 10.1.2.3 jdoe https://www.example.com/",
        "[IPv4] 10.1.2.3 [Hostname] ws12 - User jdoe logged out",
    ),
)
