"""What a file is known again by that nobody wrote to since: the fast path of a night."""

from typing import Final, NamedTuple

#: Stands for the device of an object, as far as its size and time tell that nobody wrote to it.
OBJECTS: Final = -2


class FileStamp(NamedTuple):
    """What a file has that nobody wrote to.

    Of a file its device, its number there (0: it has none), its stored bytes and when its content
    changed, in nanoseconds; of an object a number out of its address, and for a device `OBJECTS`,
    or a number out of its version. `member` is as in `Source`: those of an archive have its stamp.
    """

    device: int
    number: int
    size: int
    changed: int
    member: tuple[int, ...] = ()

    @property
    def place(self) -> tuple[int, int]:
        """Where it lies, whatever is there: of an object whatever its version."""
        return max(self.device, OBJECTS), self.number
