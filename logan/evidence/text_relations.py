"""What digests of two texts show of them, once the logs are gone: whether one begins the other."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, Self

from logan.evidence.read_source import ReadText
from logan.intake.prefix_digests import DIGEST_SIZE, restore_prefixes

#: How a text stands to one that is as long or longer: it equals or begins it, it does not, or
#: nobody can tell.
TextRelation = Literal["begins", "differs", "unknown"]


class KnownBeginnings(NamedTuple):
    """The digests of a text by length: at the ends of its first lines, and at its own end.

    `own` is the latter, None where it was not taken; `last_end` the last of the former. `ended`
    are those of a text whose last line has no end, with one.
    """

    size: int
    ends: Mapping[int, bytes]
    own: bytes | None
    last_end: int
    ended: Mapping[int, bytes]

    @classmethod
    def of(cls, text: ReadText) -> Self | None:
        """Those of a text, None where nobody asked for them."""
        if not text.prefixes:
            return None
        known = restore_prefixes(text.prefixes)
        ends = {length: digest for length, digest in known.items() if length <= text.size}
        whole = None if text.sha256 is None else bytes.fromhex(text.sha256)[:DIGEST_SIZE]
        last_end = max(ends)
        beyond = known.keys() - ends.keys() if whole is not None and last_end < text.size else ()
        ended = {length: known[length] for length in beyond}
        return cls(text.size, ends, ends.get(text.size, whole), last_end, ended)

    def at(self, length: int) -> bytes | None:
        """The digest up to a length; None where it was not taken."""
        return self.own if length == self.size else self.ends.get(length)


def relate(text: KnownBeginnings, longer: KnownBeginnings) -> TextRelation:
    """How a text stands to one that is not shorter.

    Unknown is that of texts which agree in all their first lines (`prefix_digests.REACH`), and of
    one that ends in the midst of a line with which the other may go on.
    """
    if text.ends[text.last_end] != longer.ends.get(text.last_end):
        return "differs"
    other = longer.at(text.size)
    if text.own is not None and other is not None:
        return "begins" if text.own == other else "differs"
    if any(longer.ends.get(length) == digest for length, digest in text.ended.items()):
        return "begins"
    if text.size + 1 in text.ended and text.size + 1 in longer.ends:
        return "differs"
    goes_on = any(text.last_end < end <= text.size for end in longer.ends)
    return "differs" if goes_on else "unknown"
