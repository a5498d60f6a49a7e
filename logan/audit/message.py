"""The text that a reader gets: what is new, what it means to do, and which notices it holds.

Its words may come from a log. They go to mail, to a syslog, to a pager: whatever is not a plain
letter is written as an escape, one notice a paragraph, so that nothing in it can pass for another.
"""

import shlex
import textwrap
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
#: Octets of a line: mail servers may refuse one of more than 998 (RFC 5322, 2.1.1), and do.
_LONGEST_LINE: Final = 990
#: Characters of the lines that such a one is folded into: at most four octets each.
_FOLDED: Final = 240


def write_message(
    notices: Sequence[NoticeRow], configuration: AuditConfiguration, *, named: Collection[str]
) -> str:
    """The text of one message with one or more notices, in their order.

    Those about the same hits (new ones, searches among them ...) share a paragraph. Users and
    addresses stand only with notices about the subjects in `named`. The key of each stands in
    brackets, to tell a message that comes twice.
    """
    same: dict[str, list[NoticeRow]] = {}
    for notice in notices:
        about = notice.key.partition(":")[2] if notice.about in FINDINGS else ""
        same.setdefault(about or notice.key, []).append(notice)
    parts = ["\n".join(_lines(group, configuration, named)) for group in same.values()]
    name = f" about {printable(configuration.name)}" if configuration.name else ""
    told = count(len(notices), "notice") + name
    text = "\n\n".join([*parts, f"-- \nlogan audit: {told}. Each is told once."])
    return "".join(f"{part}\n" for line in text.split("\n") for part in _folded(line))


def _folded(line: str) -> Sequence[str]:
    """A line that every mail server takes, in as many as it needs."""
    if len(line.encode("utf-8", "backslashreplace")) <= _LONGEST_LINE:
        return [line]
    return textwrap.wrap(line, _FOLDED, subsequent_indent="    ", break_on_hyphens=False)


def _lines(
    notices: Sequence[NoticeRow], configuration: AuditConfiguration, named: Collection[str]
) -> Iterator[str]:
    told: tuple[str, ...] = ()
    for notice in notices:
        yield from (printable(line) for line in notice.text.split("\n"))
        if notice.about in named and notice.names not in ((), told):
            told = notice.names
            yield f"  Of: {_listed(told)}"
    findings = [notice for notice in notices if notice.about in FINDINGS]
    first = min((one.first_time for one in findings if one.first_time), default=None)
    last = max((one.last_time for one in findings if one.last_time), default=None)
    if first is not None and last is not None:
        yield f"  Package: {_package_command(configuration, first, last)}"
    about = {notice.about for notice in notices}
    yield from (f"  {advice}" for subject, advice in ADVICE.items() if subject in about)
    yield "  " + " ".join(f"[{printable(notice.key)}]" for notice in notices)


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
