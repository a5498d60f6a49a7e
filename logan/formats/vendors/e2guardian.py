"""e2guardian's own formats 5 to 8: tabs, with the epoch in front and the proxy's name behind it.

Definition: e2guardian.conf, `logfileformat`; e2guardian wiki, Access Log File Format. What the
fields mean is in `logan.formats.vendors.dansguardian`.
"""

from dataclasses import replace
from typing import Final

from logan.formats.engine.columns import LOGGED_WITH_INNER_REQUESTS
from logan.formats.engine.delimited import ANYTHING, Delimited
from logan.formats.engine.format import Format, Sample
from logan.formats.engine.layout import Head, Layout
from logan.formats.engine.stamps import epoch_seconds
from logan.formats.vendors.dansguardian import DEFINITION, METHOD, NUMBER, STATUS, WALLED

_EPOCH: Final = r"[0-9]{9,10}\.[0-9]{3}"
_STAMPED_COLUMNS: Final = (
    "time",
    "server",
    "user",
    "client",
    "url",
    "method",
    "status",
    "size",
    "mime",
    "user agent",
    "squid code",
    "duration",
    "peer",
    "message number",
    "what",
    "weight",
    "category",
    "group name",
    "group",
)
#: With `logclienthostandip` the host name stands behind the address.
_WITH_HOST: Final = (*_STAMPED_COLUMNS[:4], "client host", *_STAMPED_COLUMNS[4:])


class StampedLog(Delimited):
    """Tabbed lines with or without the column of host names, whichever reads more of the head."""

    def layout(self, head: Head) -> Layout:
        """The order that reads more lines."""
        orders = [replace(self, order=order)._ordered for order in (self.order, _WITH_HOST)]
        choices = [self.counted(order, head) for order in orders]
        return max(choices, key=lambda at: sum(self.check(line, at) is None for line in head.lines))


_READER: Final = StampedLog(
    needs={
        "time": _EPOCH,
        "server": "(?:[^0-9]|[0-9]{1,3}[^0-9]).*|",  # no second stamp, which would move all others
        "client": "[^ ]+",
        "url": ANYTHING,
        "method": METHOD,
        "status": STATUS,
        "size": NUMBER,
    },
    headed=False,
    separators=("\t",),
    order=_STAMPED_COLUMNS,
    least=9,
    quoted=False,
    open_end=True,
    framing="line",
    stamp_span=lambda line, _: (0, 8) if line[10:11] == "." else None,
)
_STAMPED_LINE: Final = (
    "1704707170.123\tproxy1\tjdoe\t10.1.2.3\thttps://www.example.com/a?b=c\tPOST\t200\t2130\t"
    "text/html\tMozilla/5.0\t-\t272\t-\t0\t-\t0\t-\tStaff\t1"
)
STAMPED: Final = Format(
    name="e2guardian",
    title="e2guardian, tabs with the epoch (5 to 8)",
    definition=DEFINITION,
    reader=_READER,
    columns=replace(WALLED, time=epoch_seconds("time")),
    tunnels=LOGGED_WITH_INNER_REQUESTS,
    rank=6,
    samples=(
        Sample(
            _STAMPED_LINE,
            "time=2024-01-08T09:46:10.123000Z user=jdoe client_ip=10.1.2.3 method=POST"
            " url=https://www.example.com/a?b=c status=200 action=allowed"
            " bytes_received=2130 user_agent=Mozilla/5.0 evidence=url",
            also=(_STAMPED_LINE.replace("10.1.2.3\t", "10.1.2.3\tws12\t"),),
        ),
    ),
    near_misses=(
        _STAMPED_LINE.replace("\t", " "),
        _STAMPED_LINE.replace("1704707170.123", "2024.1.8 9:46:10"),
    ),
)
