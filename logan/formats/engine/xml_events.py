"""Events of Windows as its viewer saves them: one document, all on a line, or printed for people.

Definition: learn.microsoft.com, Windows Event Log, Event Schema (`Events`, `Event`); Event Viewer,
"Save All Events As" XML; wevtutil, `/f:xml`. Such a text is unpacked: every event comes on a line
of its own. Values cannot hold an end of their own, for `<` is escaped in them.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from logan.intake.unreadable import UnreadableError

_END: Final = b"</Event>"
_OPENS: Final = re.compile(rb"\s*<(?:\?xml|Events?[\s>])")
#: A line that is one event already.
_ALONE: Final = re.compile(rb"\s*<Event[\s>](?:(?!</Event>).)*</Event>\s*", re.DOTALL)
#: What stands around events: the head of the document and its root.
_AROUND: Final = re.compile(rb"^\s*(?:<\?xml[^>]*\?>\s*)?(?:<Events(?:\s[^>]*)?>\s*)?")
_ROOT_END: Final = re.compile(rb"\s*(?:</Events>)?\s*")
#: Blanks are looked at from the first of them on: a long run would be read again from each.
_BREAK: Final = re.compile(rb"(?:(?<![ \t])[ \t]+)?\r?\n[ \t]*")
#: No event is longer; past it, what has no end comes as it is.
_LONGEST: Final = 4 << 20


def may_hold_events(data: bytes) -> bool:
    """True for a document of events that do not stand on lines of their own."""
    if _OPENS.match(data) is None or _END not in data:
        return False
    lines = data[: data.rindex(_END) + len(_END)].split(b"\n")
    return not all(_ALONE.fullmatch(line) for line in lines if line.strip())


def unpack_events(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A text with every event on a line of its own.

    Raises `UnreadableError` behind a text that ends within an event.
    """
    rest = b""
    for chunk in chunks:
        *events, rest = (rest + chunk).split(_END)
        yield b"".join(_on_a_line(event) + _END + b"\n" for event in events)
        if len(rest) > _LONGEST:
            yield rest
            rest = b""
    if _ROOT_END.fullmatch(_AROUND.sub(b"", rest)) is None:
        yield _on_a_line(rest)
        raise UnreadableError(
            "ends in the midst of an event: it was cut, or is damaged",
            "export it again from where it came from",
        )


def _on_a_line(event: bytes) -> bytes:
    return _BREAK.sub(b" ", _AROUND.sub(b"", event))
