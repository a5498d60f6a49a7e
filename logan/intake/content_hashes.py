"""What content is known by, whatever it is packed in: SHA-256, taken as it is read."""

import hashlib
from collections.abc import Iterator

from logan.intake.sources import Source


class ContentHashes:
    """Hashes of what is unpacked of a source, and of the text that is given.

    The text is hashed of a part, and of what can be read once only; what is unpacked, where all of
    a source is read and `hashing` is asked for.
    """

    def __init__(self, source: Source, *, hashing: bool) -> None:
        self._source = source
        whole = source.part is None
        self._text = hashlib.sha256() if source.read_once or (hashing and not whole) else None
        self._unpacked = hashlib.sha256() if hashing and whole else None

    @property
    def of_text(self) -> bool:
        """Whether every byte of the text has to pass `add_text`."""
        return self._text is not None

    def add_text(self, chunk: bytes) -> None:
        if self._text is not None:
            self._text.update(chunk)

    def unpacked(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks, hashed on their way."""
        digest = self._unpacked
        if digest is None:
            yield from chunks
            return
        for chunk in chunks:
            digest.update(chunk)
            yield chunk

    def leave_unpacked(self) -> None:
        """Of an archive there is no hash of content: its files have their own."""
        self._unpacked = None

    def text_sha256(self) -> bytes | None:
        """Of the text that was given, of a source that is `read_once`; else None."""
        return self._text.digest() if self._text is not None and self._source.read_once else None

    def content_sha256(self, *, of_part: bool, stored: str | None, packed: bool) -> str | None:
        """In hexadecimal, of what was read without failure: `stored` is that of the stored bytes.

        Of a part it is that of its text; None where nothing was hashed.
        """
        if of_part:
            return None if self._text is None else self._text.hexdigest()
        if self._unpacked is None:
            return None
        return self._unpacked.hexdigest() if packed else stored
