"""How a text begins, as digests of it up to the end of each of its first lines.

By them evidence of two readings shows, once the logs are gone, whether one text begins the other:
a log that was copied while it grew ends where a line does. No bounded number of digests shows it of
any length: who could ask whether a text begins another at every length would know that other one.
So they are taken of the first lines, where one log differs from another, and of no more.
"""

import base64
import hashlib
import re
import struct
from collections.abc import Mapping
from typing import Final

#: The bytes of a text within which the end of every line has its digest.
REACH: Final = 64 << 10
#: A length, and the first 128 bits of the SHA-256 of a text up to there.
_RECORD: Final = struct.Struct("<I16s")
DIGEST_SIZE: Final = 16
_NEWLINE: Final = re.compile(b"\n")
#: What may end the last line of a text in another one that goes on.
_ENDINGS: Final = (b"\n", b"\r\n")


def describe_prefixes(text: bytes) -> str:
    """The digests of a text up to each end of a line within `REACH`, and of nothing, in base64.

    Of a shorter text whose last line has no end they go on with those of the text with one: a log
    that was copied while it grew often lacks no more than that.
    """
    digest, reached = hashlib.sha256(), 0
    records = [_RECORD.pack(0, digest.digest()[:DIGEST_SIZE])]
    with memoryview(text) as view:
        for newline in _NEWLINE.finditer(view, 0, REACH):
            digest.update(view[reached : newline.end()])
            reached = newline.end()
            records.append(_RECORD.pack(reached, digest.copy().digest()[:DIGEST_SIZE]))
    if reached < len(text) < REACH:
        for ending in _ENDINGS:
            whole = hashlib.sha256(text + ending).digest()[:DIGEST_SIZE]
            records.append(_RECORD.pack(len(text) + len(ending), whole))
    return base64.b64encode(b"".join(records)).decode()


def restore_prefixes(described: str) -> Mapping[int, bytes]:
    """Digests by length, in rising order, as `describe_prefixes` described them; none of none.

    Raises ValueError for anything else.
    """
    try:
        return dict(_RECORD.iter_unpack(base64.b64decode(described, validate=True)))
    except struct.error as error:
        raise ValueError(f"no digests of prefixes: {error}") from error
