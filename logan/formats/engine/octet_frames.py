"""Syslog frames that follow each other without a line end, each behind its length.

Definition: RFC 6587, section 3.4.1 (octet counting); FortiOS, `set mode reliable`. What a collector
wrote down as it came from the connection is one line of any size. It is unpacked: every frame comes
on a line of its own. Lengths alone say where a frame ends, so nothing that a user wrote into one
makes another of it. Line ends within a frame are written as rsyslog writes them.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from logan.intake.unreadable import UnreadableError

_LENGTH: Final = re.compile(rb"([1-9][0-9]{0,5}) (?=<[0-9]{1,3}>)")
#: A length and a priority are no longer, nor is what may stand between two frames.
_LONGEST_START: Final = 64
_BETWEEN: Final = b"\r\n\0"


def may_hold_frames(data: bytes) -> bool:
    """True where a frame at the start of a text is followed by another on the same line."""
    first = _LENGTH.match(data)
    if first is None:
        return False
    return _LENGTH.match(data, first.end() + int(first[1])) is not None


def unpack_frames(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A text with every frame on a line of its own.

    Raises `UnreadableError` behind a text that ends within a frame, or has something else than a
    frame where one begins; from there on it comes as it is.
    """
    rest, place = b"", 0
    stream = iter(chunks)
    for chunk in stream:
        data = rest + chunk
        lines, at = _frames(data, last=False)
        yield b"".join(lines)
        rest, place = data[at:], place + at
        if len(rest) >= _LONGEST_START and _next_length(rest) is None:
            break
    lines, at = _frames(rest, last=True)
    yield b"".join(lines)
    if rest[at:].strip(_BETWEEN):
        yield rest[at:]
        yield from stream
        raise UnreadableError(
            f"no frame begins, or none ends, at byte {place + at:,}: it was cut, or is damaged",
            "copy it again from where it came from",
        )


def _next_length(data: bytes, at: int = 0) -> re.Match[bytes] | None:
    """The length of the next frame, past what ends the one before it."""
    start = data[at : at + _LONGEST_START]
    return _LENGTH.match(data, at + len(start) - len(start.lstrip(_BETWEEN)))


def _frames(data: bytes, *, last: bool) -> tuple[list[bytes], int]:
    """The whole frames that data begins with, a line each, and where the rest begins."""
    lines: list[bytes] = []
    at = 0
    while (found := _next_length(data, at)) is not None:
        end = found.end() + int(found[1])
        if end > len(data) or (not last and end + _LONGEST_START > len(data)):
            break
        if data[end:].strip(_BETWEEN) and _next_length(data, end) is None:
            break
        frame = data[found.end() : end].strip(_BETWEEN)
        lines.append(frame.replace(b"\n", b"#012") + b"\n")
        at = end
    return lines, at
