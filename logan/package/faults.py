"""What is wrong with a package, in words for a person who has to decide what to do about it."""

from typing import NamedTuple


class PackageFault(NamedTuple):
    """One thing wrong: where, what it is, and what that means."""

    place: str
    what: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"
