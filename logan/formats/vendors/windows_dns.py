"""Windows DNS Server's debug log.

Definition: the key that the server prints at the top of the file ("Message logging key");
Microsoft, DNS logging and diagnostics. Stamps are local time in the date order of the server's
locale, which a file of a quiet day does not tell. A packet received that is no response is a
client's question; one sent on, and every response, repeats it. Names are written as labels:
`(7)example(3)com(0)`.
"""

from typing import Final

import polars as pl

from logan.formats.engine.columns import NOT_LOGGED, Columns, sees
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.lessons import date_order_of_piece
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece
from logan.formats.engine.stamps import ordered_date
from logan.formats.engine.values import Cells

_PACKET: Final = (
    Piece(
        "stamp",
        r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4} [0-9]{1,2}:[0-9]{2}:[0-9]{2}(?: [AP]M)?",
    ),
    Piece(None, " "),
    Piece("thread", "[0-9A-Fa-f]{3,8}"),
    Piece(None, " +"),
    Piece("context", "PACKET"),
    Piece(None, " +"),
    Piece("packet", "[0-9A-Fa-f]{8,16}"),
    Piece(None, " "),
    Piece("transport", "UDP|TCP"),
    Piece(None, " +"),
    Piece("direction", "Rcv|Snd"),
    Piece(None, " "),
    Piece("remote", "[0-9A-Fa-f.:]+(?:%[0-9]+)?"),
    Piece(None, " +"),
    Piece("number", "[0-9A-Fa-f]{4}"),
    Piece(None, " "),
    Piece("response", "[R ]"),
    Piece(None, " "),
    Piece("operation", "[A-Z?]"),
    Piece(None, r" \["),
    Piece("flags", r"[^\]]*"),
    Piece(None, r"\] +"),
    Piece("type", "[A-Z0-9]+"),
    Piece(None, " +"),
    Piece("name", "[^ ]*"),
    Piece(None, " *"),
)
_READER: Final = LinePattern(pieces=_PACKET, literals=(("PACKET",), ("UDP", "TCP"), ("Rcv", "Snd")))
#: The printed key, log-wrap notes and, with details switched on, the packets' contents.
_PREAMBLE: Final = (
    r"[ \t]|DNS Server log file|Log file wrap|Message logging key|(?:UDP|TCP) (?:question|response)"
)


def _asked(cell: Cells) -> pl.Expr:
    return (cell["direction"] == "Rcv") & (cell["response"] == " ")


def _answered(cell: Cells) -> pl.Expr:
    return (cell["direction"] == "Snd") & (cell["response"] == "R")


def _companion(cell: Cells) -> pl.Expr:
    answer = pl.when(_answered(cell)).then(pl.lit("answer"))
    return answer.when(~_asked(cell)).then(pl.lit("remark"))


_ASKED: Final = (
    "1/25/2024 1:55:36 PM 0E70 PACKET  00000000033397A0 UDP Rcv 10.1.2.3        5b47   Q "
    "[0001   D   NOERROR] A      (3)www(7)example(3)com(0)"
)
_ANSWERED: Final = (
    "1/25/2024 1:55:36 PM 0E70 PACKET  00000000033397A0 UDP Snd 10.1.2.3        5b47 R Q "
    "[8081   DR  NOERROR] A      (3)www(7)example(3)com(0)"
)
_KEY: Final = """\
DNS Server log file creation at 1/25/2024 12:00:00 AM

Message logging key (for packets - other items use a subset of these fields):
\tField #  Information"""
WINDOWS_DNS: Final = Format(
    name="windows-dns",
    title="Windows DNS Server debug log",
    definition="Microsoft, DNS logging and diagnostics; the key printed in the log itself",
    reader=_READER,
    learns=date_order_of_piece(_READER.pattern, "stamp"),
    columns=Columns(
        time=ordered_date("stamp"),
        user=None,
        # The remote end of a query sent on, and of its response, is another server.
        client_ip=lambda cell: pl.when(_asked(cell) | _answered(cell)).then(cell["remote"]),
        action=None,
        host=lambda cell: cell["name"].str.replace_all(r"\([0-9]+\)", ".").str.strip_chars("."),
        record_type="type",
        evidence=sees("dns"),
        companion=_companion,
    ),
    tunnels=NOT_LOGGED,
    note="Where no date of the first lines is past the 12th, give --date-order.",
    preamble=_PREAMBLE,
    rank=6,
    samples=(
        Sample(
            f"{_KEY}\n{_ASKED}\n{_ANSWERED}",
            "time=2024-01-25T13:55:36Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns",
            "time=2024-01-25T13:55:36Z client_ip=10.1.2.3 url=www.example.com"
            " action=unknown evidence=dns companion=answer",
        ),
    ),
    near_misses=("1/25/2024 1:55:36 PM 0E70 EVENT   The DNS server has finished loading zones.",),
)
