"""Why a source cannot be read, or not to its end."""

from collections.abc import Iterator


class UnreadableError(Exception):
    """Why a source cannot be read (on), with its place in words, and what a person can do."""

    def __init__(self, reason: str, advice: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice


class FirstFailure:
    """The first failure of a reading, in words: a later one follows from it."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.advice: str | None = None

    def keep(self, error: UnreadableError) -> None:
        if self.reason is None:
            self.reason, self.advice = error.reason, error.advice

    def forget(self) -> None:
        """For an archive, whose bytes are no text and need not be."""
        self.reason = self.advice = None

    def guard(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks up to a failure, which is kept: what came before it is still handed on."""
        try:
            yield from chunks
        except UnreadableError as error:
            self.keep(error)
