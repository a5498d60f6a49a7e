"""Cisco Secure Web Appliance (WSA, IronPort): the recommended W3C fields without their header.

The user stands before the client, and the server's name in a column of its own. What the fields
mean is in `logan.formats.vendors.cisco_wsa`.
"""

from typing import Final

from logan.formats.engine.format import Format, Sample
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece, separated
from logan.formats.vendors.cisco_wsa import (
    ANSWER,
    CLIENT,
    COLUMNS,
    DEFINITION,
    ELAPSED,
    NOTE,
    PREAMBLE,
    RESULT,
    TAG_WORDS,
    TIME,
    TUNNELS,
    VERDICT,
)
from logan.formats.vendors.squid import epoch_span

_BARE: Final = (
    *separated((TIME, ELAPSED, Piece("user", r'"[^"]*"|[^ "]+'), CLIENT, RESULT), " +"),
    Piece(None, "/"),
    *separated((*ANSWER, Piece("server", "[^ ]+")), " +"),
    Piece(None, " +[^ ]+ +[^ ]+ +"),
    Piece("mime type", "[^ ]+ +|"),
    *VERDICT,
)
BARE: Final = Format(
    name="cisco-wsa-bare",
    title="Cisco Secure Web Appliance, W3C fields without their header",
    definition=DEFINITION,
    reader=LinePattern(pieces=_BARE, literals=(TAG_WORDS,), stamp_span=epoch_span),
    columns=COLUMNS,
    tunnels=TUNNELS,
    note=NOTE,
    preamble=PREAMBLE,
    rank=5,
    samples=(
        Sample(
            "1704103200.123 374.156 - 10.1.2.3 TCP_MISS/200 873 CONNECT "
            "tunnel://www.example.com:443/ "
            "www.example.com - - application/octet-stream DEFAULT_CASE_12-DefaultGroup-NONE "
            '"203.0.113.9" 52698 www.example.com 443 1 "Mozilla/5.0 (X11)" 2673',
            "time=2024-01-01T10:00:00.123000Z client_ip=10.1.2.3 method=CONNECT"
            " url=www.example.com:443/ status=200 action=allowed bytes_received=873"
            " user_agent=Mozilla/5.0 (X11) evidence=connect",
        ),
    ),
    near_misses=(
        (
            "1704103200.123 374.156 - 10.1.2.3 TCP_MISS/200 873 CONNECT "
            "tunnel://www.example.com:443/ "
            "www.example.com - - application/octet-stream"
        ),
    ),
)
