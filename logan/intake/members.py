"""Files in archives, whatever the archive is, and how much they may unpack to.

Light: what reads archives is imported where there is one.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from logan.intake.unreadable import UnreadableError

#: What a real log packs to: deflate makes at most 1,032 bytes of one, and logs are far from that.
MOST_RATIO: Final = 1_100
#: So many bytes are read of any archive, however small.
FREE_BYTES: Final = 1 << 30


class ArchiveMember(NamedTuple):
    """A regular file in an archive. `chunks` are its bytes, to be taken before the next member.

    They raise `UnreadableError` where they cannot be read to their end.
    """

    name: str
    chunks: Iterator[bytes]


class UnpackingBudget:
    """How much the members of an archive may unpack to, all together, whatever lies within what.

    `stored` tells how many bytes of the archive have been read, or how many it has.
    """

    def __init__(self, stored: Callable[[], int]) -> None:
        self._stored = stored
        self._spent = 0

    def spend(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks; raises `UnreadableError` where all are too much for such an archive."""
        for chunk in chunks:
            self._spent += len(chunk)
            if self._spent > FREE_BYTES and self._spent > MOST_RATIO * self._stored():
                raise UnreadableError(
                    f"unpacks to more than {self._spent >> 30:,} GiB, over {MOST_RATIO:,} times "
                    "its size: no log does, so the rest was not read",
                    "if it is a log all the same, unpack it and give the folder",
                )
            yield chunk
