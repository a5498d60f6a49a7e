"""IIS's own log format, the fifteen comma-separated fields that W3C logging replaced.

Definition: learn.microsoft.com, IIS Log File Format (IIS 6.0 to 10): client address, user, date,
time, service and instance, server name, server address, time taken, bytes from the client, bytes
sent to it, service status, Windows status, request type, target, parameters. The time is local and
the date in the order of the server's locale. The target is a path: no host is logged.
"""

from collections.abc import Sequence
from typing import Final

from logan.formats.engine import dates
from logan.formats.engine.columns import NOT_LOGGED, Columns
from logan.formats.engine.fields import ADDRESS
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Layout
from logan.formats.engine.line_pattern import LinePattern
from logan.formats.engine.pattern import Piece, separated
from logan.formats.engine.stamps import ordered_date
from logan.formats.engine.values import by_challenge, joined, positive

_CLOCK: Final = "[0-9]{1,2}:[0-9]{2}:[0-9]{2}"
_SERVICE: Final = "[A-Z0-9]{1,16}SVC[0-9]{0,9}"
_LINE: Final = LinePattern(
    missing=("-", ""),
    # A clock and a service twice: nothing is quoted, and a user wrote the first ones as his name,
    # or the last ones in the target.
    doubtful=f"{_CLOCK}, ?{_SERVICE},.*{_CLOCK}, ?{_SERVICE},",
    literals=(("SVC",),),
    pieces=(
        *separated(
            (
                Piece("client", ADDRESS),
                Piece("user", "[^,]+"),
                Piece("date", "[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}"),
                Piece("time", _CLOCK),
                Piece("service", _SERVICE),
                Piece("server name", "[^,]*"),
                Piece("server address", "[^,]*"),
                Piece("time taken", "[0-9]+"),
                Piece("received", "[0-9]+"),
                Piece("sent", "[0-9]+"),
                Piece("status", "[0-9]+"),
                Piece("windows status", "[0-9]+"),
                Piece("method", "[^,]+"),
                Piece("target", "[^,]*"),
            ),
            ", ?",
        ),
        Piece(None, ", ?"),
        Piece("parameters", ".*?"),
        Piece(None, ",? ?"),
    ),
)


def _learn(layout: Layout, records: Sequence[str]) -> Layout:
    """The order of day and month, and whether any target names a host."""
    fields = [found for line in records if (found := _LINE.pattern.match(line))]
    layout = dates.with_order(layout, (found["date"] for found in fields))
    if any("://" in found["target"] or found["method"] == "CONNECT" for found in fields):
        return layout
    hostless = "IIS's own format logs no host: switch to W3C with cs-host to show visits"
    return layout._replace(names_no_host=hostless)


_COLUMNS: Final = Columns(
    time=ordered_date(joined("date", "time")),
    client_ip="client",
    user="user",
    method="method",
    url="target",
    query="parameters",
    status=positive("status"),
    action=by_challenge("status"),
    bytes_sent="received",
    bytes_received="sent",
)
_SAMPLE: Final = (
    "10.1.2.3, FORCE\\jdoe, 1/25/2024, 13:55:36, W3SVC1, WEB1, 192.0.2.9, 120, 640, 2326, 200, 0, "
    "GET, /a, b=c,"
)
IIS_NATIVE: Final = Format(
    name="iis-native",
    title="IIS log file format (not W3C)",
    definition="learn.microsoft.com, IIS Log File Format",
    reader=_LINE,
    learns=_learn,
    columns=_COLUMNS,
    tunnels=NOT_LOGGED,
    note="Names no host; where no date is past the 12th, give --date-order.",
    rank=6,
    samples=(
        Sample(
            _SAMPLE,
            "time=2024-01-25T13:55:36Z user=FORCE\\jdoe client_ip=10.1.2.3 method=GET"
            " url=/a?b=c status=200 action=unknown bytes_sent=640 bytes_received=2326"
            " evidence=url",
        ),
    ),
    near_misses=("10.1.2.3, -, 1/25/2024, 13:55:36, W3SVC1, WEB1, 192.0.2.9, 120, 640",),
)
