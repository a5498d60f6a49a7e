"""When a gateway wrote last, as far as its lines tell.

Plain Python: what only asks how an audit stands loads nothing for it.
"""

from collections.abc import Iterable
from datetime import datetime

from logan.audit.configuration import Gateway
from logan.audit.ledger import Ledger
from logan.audit.ledger_values import from_microseconds
from logan.runtime.hour_numbers import begin_hour, number_hour


def newest_line(ledger: Ledger, gateway: str, now: datetime) -> datetime | None:
    """The newest line of a gateway up to `now`: a stamp of the future shows no life.

    Of a log that has such a stamp, its hour; None where there is no line.
    """
    exact = ledger.value(
        "SELECT max(last_time) FROM stream WHERE gateway = ? AND last_time <= ?", gateway, now
    )
    hour = ledger.value(
        "SELECT max(hour) FROM hour WHERE gateway = ? AND hour <= ?", gateway, number_hour(now)
    )
    found = [from_microseconds(exact)] if isinstance(exact, int) else []
    found += [begin_hour(hour)] if isinstance(hour, int) else []
    return max(found, default=None)


def newest_lines(ledger: Ledger, gateways: Iterable[Gateway], now: datetime) -> dict[str, datetime]:
    """The newest line of each gateway that has one."""
    found = {one.name: newest_line(ledger, one.name, now) for one in gateways}
    return {name: time for name, time in found.items() if time is not None}
