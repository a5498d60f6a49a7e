"""The rotated files: which lines each holds, and how it is written and compressed."""

import bz2
import gzip
import lzma
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from generator.boroughs import borough_lines
from generator.headquarters import headquarters_lines
from generator.lines import Line, header
from generator.plan import DAY, FIRST_DAY, START, moment

#: This gzip file is two members, one behind the other, as `cat a.gz b.gz` leaves them.
_TWO_MEMBERS: Final = "hq-squid/access.log-20240122.gz"


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file and its lines; `since` is when it was begun, in milliseconds since 1970."""

    path: str
    since: int
    crlf: bool = False
    final_newline: bool = True
    lines: list[Line] = field(default_factory=list)

    @property
    def content(self) -> bytes:
        """The file before any compression."""
        end = b"\r\n" if self.crlf else b"\n"
        text = end.join(line.text for line in self.lines)
        return text + end if self.final_newline else text


def make_files() -> list[LogFile]:
    """All files with all their lines, the same every time."""
    boroughs, headquarters = _borough_files(), _headquarters_files()
    headers = [line for file in boroughs for line in header(file.since)]
    _fill(boroughs, [*headers, *borough_lines()])
    _fill(headquarters, headquarters_lines())
    return boroughs + headquarters


def _headquarters_files() -> list[LogFile]:
    """Weekly rotation: a file put away is named after that day, the newest has no date."""
    mondays = [FIRST_DAY + timedelta(weeks=week) for week in range(1, 13)]
    names = [*(f"access.log-{monday:%Y%m%d}.gz" for monday in mondays), "access.log"]
    return [LogFile(f"hq-squid/{name}", START + 7 * DAY * n) for n, name in enumerate(names)]


def _borough_files() -> list[LogFile]:
    """Two files a month, named after the day they were begun."""
    folder = "boroughs-swg"
    return [
        LogFile(f"{folder}/swg-20240101.log.xz", moment(1, 1)),
        LogFile(f"{folder}/swg-20240116.log.gz", moment(1, 16)),
        LogFile(f"{folder}/swg-20240201.log.bz2", moment(2, 1)),
        LogFile(f"{folder}/swg-20240216.log.gz", moment(2, 16), crlf=True),
        LogFile(f"{folder}/swg-20240301.log.gz", moment(3, 1)),
        LogFile(f"{folder}/swg-20240316.log", moment(3, 16), final_newline=False),
    ]


def _fill(files: list[LogFile], lines: Iterable[Line]) -> None:
    """Lines of the same time keep the order they came in, headers first."""
    for line in sorted(lines, key=lambda line: line.at):
        next(file for file in reversed(files) if file.since <= line.at).lines.append(line)


def pack(path: str, content: bytes) -> bytes:
    """The content as the name of the file says.

    Other versions of zlib may pack the same content into other bytes: compare what `unpack` gives.
    """
    if path.endswith(".xz"):
        return lzma.compress(content)
    if path.endswith(".bz2"):
        return bz2.compress(content)
    if not path.endswith(".gz"):
        return content
    cut = content.index(b"\n", len(content) // 2) + 1 if path == _TWO_MEMBERS else 0
    members = [member for member in (content[:cut], content[cut:]) if member]
    return b"".join(gzip.compress(member, mtime=0) for member in members)


_OPENERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "bz2": bz2.decompress,
    "gz": gzip.decompress,
    "xz": lzma.decompress,
}


def unpack(path: str, packed: bytes) -> bytes:
    """What `pack` was given."""
    return _OPENERS.get(path.rpartition(".")[2], bytes)(packed)
