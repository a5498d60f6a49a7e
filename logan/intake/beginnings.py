"""How a text begins, in a few numbers: texts whose numbers differ cannot begin alike.

Taken from the first bytes, which are in memory anyway, so that no source is read a second time
unless another one does begin as it does.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final
from zlib import crc32

#: Lengths of which a checksum is taken. A text of 100 bytes is told from another by its first 64;
#: what is shorter than the first length can hold no record.
LENGTHS: Final = tuple(1 << power for power in range(4, 17))
#: What each of them adds to the one before it.
_RANGES: Final = tuple(slice(begin, end) for begin, end in pairwise((0, *LENGTHS)))


def checksums(text: bytes) -> tuple[int, ...]:
    """The CRC-32 of the first 16, 32, 64 ... bytes (`LENGTHS`), as far as `text` has them.

    Equal numbers prove nothing: whoever wants to know compares the texts.
    """
    checksum = 0
    ranges = _RANGES[: bisect_right(LENGTHS, len(text))]
    with memoryview(text) as view:
        sums = [checksum := crc32(view[part], checksum) for part in ranges]
    return tuple(sums)


def digest_prefixes(chunks: Iterable[bytes], lengths: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """The SHA-256 of a text up to each of these lengths, in rising order; fewer if it ends."""
    digest, position, left = hashlib.sha256(), 0, iter(lengths)
    length = next(left)
    for chunk in chunks:
        with memoryview(chunk) as view:
            start = position
            while length <= start + len(chunk):
                digest.update(view[position - start : length - start])
                position = length
                yield length, digest.digest()
                following = next(left, None)
                if following is None:
                    return
                length = following
            digest.update(view[position - start :])
            position = start + len(chunk)
