"""The text that a reader gets: what is new, what it means to do, and which notices it holds.

Its words may come from a log. They go to mail, to a syslog, to a pager: whatever is not a plain
letter is written as an escape, one notice a paragraph, so that nothing in it can pass for another.
"""

import shlex
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final

from logan.audit.configuration import AuditConfiguration
from logan.audit.ledger_rows import NoticeRow
from logan.audit.subjects import ADVICE, FINDINGS
from logan.outputs.text import printable
from logan.outputs.words import count
from logan.runtime.zones import zone_info

#: More names than these fill no mail that anybody reads; the package has them all.
_NAMES: Final = 50


def write_message(
    notices: Sequence[NoticeRow], configuration: AuditConfiguration, *, named: Collection[str]
) -> str:
    """The text of one message with one or more notices, in their order.

    Users and addresses stand only with notices about the
    subjects in `named`. The key of each stands in brackets, to tell a message that comes twice.
    """
    parts = ["\n".join(_lines(one, configuration, one.about in named)) for one in notices]
    about = configuration.name
    told = count(len(notices), "notice") + (f" about {printable(about)}" if about else "")
    return "\n\n".join([*parts, f"-- \nlogan audit: {told}. Each is told once."]) + "\n"


def _lines(notice: NoticeRow, configuration: AuditConfiguration, names: bool) -> Iterator[str]:
    yield from (printable(line) for line in notice.text.split("\n"))
    if names and notice.names:
        yield f"  Of: {_listed(notice.names)}"
    first, last = notice.first_time, notice.last_time
    if first is not None and last is not None and notice.about in FINDINGS:
        yield f"  Package: {_package_command(configuration, first, last)}"
    for subject, advice in ADVICE.items():
        if subject == notice.about:
            yield f"  {advice}"
    yield f"  [{printable(notice.key)}]"


def _package_command(configuration: AuditConfiguration, first: datetime, last: datetime) -> str:
    """What makes the package of the local days between two instants, both included."""
    zone = zone_info(configuration.tz)
    since, until = (moment.astimezone(zone).date() for moment in (first, last))
    place = shlex.quote(printable(str(configuration.path.absolute())))
    return f"logan audit export {place} --since {since} --until {until} -o DIR"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(printable(name) for name in names[:_NAMES])
    rest = len(names) - _NAMES
    return f"{shown} and {rest:,} more" if rest > 0 else shown
