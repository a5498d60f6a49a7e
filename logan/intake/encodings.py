"""Text encodings: UTF-16 becomes UTF-8, byte order marks go, all other bytes pass untouched.

In particular invalid UTF-8, NUL and CR pass: what they mean is for the formats to say.
"""

import codecs
from collections.abc import Iterator
from typing import Final

from logan.intake.unreadable import UnreadableError

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ANY_MARK: Final = tuple(mark for mark, _ in _MARKS)
#: Without a mark, so many bytes in which every other one is NUL are UTF-16 beyond doubt.
_SURE: Final = 32
_LOOK: Final = 64
#: What a log begins with that was cut to nothing while its writer kept its place (copytruncate of
#: logrotate, and a writer that does not append): a hole in the file, which reads as NUL bytes.
HOLE: Final = bytes(64)


def detect(start: bytes) -> tuple[str, int]:
    """The encoding that a text begins in, as a codec name, and the length of its mark."""
    for mark, encoding in _MARKS if start.startswith(_ANY_MARK) else ():
        if start.startswith(mark):
            return encoding, len(mark)
    sample = start[: min(len(start), _LOOK) & ~1]
    if b"\0" in sample and len(sample) >= _SURE:
        first, second = sample[::2], sample[1::2]
        if not any(second) and all(first):
            return "utf-16-le", 0
        if not any(first) and all(second):
            return "utf-16-be", 0
    return "utf-8", 0


def decode(chunks: Iterator[bytes], encoding: str, mark: int) -> Iterator[bytes]:
    """The text as UTF-8, without the `mark` bytes it begins with; the first chunk holds them all.

    A lone surrogate becomes U+FFFD. So does a character that the end cuts, and `UnreadableError`
    follows.
    """
    if mark:
        chunks = _without(chunks, mark)
    return _from_utf16(chunks, encoding) if encoding.startswith("utf-16") else chunks


def _without(chunks: Iterator[bytes], mark: int) -> Iterator[bytes]:
    yield next(chunks)[mark:]
    yield from chunks


def _from_utf16(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode()
    if rest := decoder.decode(b"", final=True):
        yield rest.encode()
        raise UnreadableError(f"{encoding} text ends inside a character", "copy it again")
