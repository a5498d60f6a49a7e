"""The model itself: what tells files apart by their content passes, what does not is found out.

The three readers here are as small as can be. They show that the model's programs are hard enough
to catch a ledger that is wrong, and not so hard that one that is right fails.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.audit.model import (
    NUMBER,
    Gateway,
    MiscountError,
    Outcome,
    identity,
    make_program,
    read_text,
    run_program,
)

PROGRAMS = range(150)


class Reader:
    """Counts the lines of a folder; how it knows what it has read is for its kinds to say."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._counted: Counter[int] = Counter()

    def run(self, _now: datetime) -> Outcome:
        for path, text in self._texts():
            self._count(self.unread(path, text))
        return Outcome(complete=None not in map(read_text, self.folder.iterdir()))

    def run_killed(self, _now: datetime, step: int) -> None:
        for path, text in list(self._texts())[: step - 1]:
            self._count(self.unread(path, text))

    def counted(self) -> Counter[int]:
        return self._counted

    def records(self) -> int:
        return self._counted.total()

    def unread(self, path: Path, text: bytes) -> bytes:
        """What of a file's text is new."""
        raise NotImplementedError

    def _texts(self) -> Iterator[tuple[Path, bytes]]:
        texts = [(path, read_text(path) or b"") for path in sorted(self.folder.iterdir())]
        return iter(sorted(texts, key=lambda pair: -len(pair[1])))

    def _count(self, text: bytes) -> None:
        self._counted.update(int(number) for number in NUMBER.findall(text.decode()))


class ByContent(Reader):
    """The rule of the specification, with whole texts for digests."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._streams: list[bytes] = []

    def unread(self, _path: Path, text: bytes) -> bytes:
        if any(stream.startswith(text) for stream in self._streams):
            return b""
        begun = [stream for stream in self._streams if stream and text.startswith(stream)]
        read = max(begun, key=len, default=b"")
        if read:
            self._streams.remove(read)
        self._streams.append(text)
        return text[len(read) :]


class ByInode(Reader):
    """What most tools do: a file is its inode, and is read on from where it ended."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._read: dict[tuple[int, int], int] = {}

    def unread(self, path: Path, text: bytes) -> bytes:
        start = self._read.get(identity(path), 0)
        self._read[identity(path)] = len(text)
        return text[start:] if start <= len(text) else text


class ByFirstLine(Reader):
    """What some do: a file is its first line."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._read: dict[bytes, int] = {}

    def unread(self, _path: Path, text: bytes) -> bytes:
        first = text.partition(b"\n")[0]
        start = self._read.get(first, 0)
        self._read[first] = max(start, len(text))
        return text[start:]


def failures(kind: type[Reader], folder: Path) -> list[str]:
    found = []
    for seed in PROGRAMS:
        logs = folder / str(seed)
        logs.mkdir()
        try:
            run_program(make_program(seed), logs, kind(logs))
        except MiscountError as difference:
            found.append(str(difference))
    return found


def test_a_reader_that_goes_by_content_is_right_in_every_program(tmp_path: Path) -> None:
    assert failures(ByContent, tmp_path) == []


@pytest.mark.parametrize("kind", [ByInode, ByFirstLine])
def test_a_reader_that_goes_by_names_of_files_is_found_out(
    tmp_path: Path, kind: type[Reader]
) -> None:
    assert len(failures(kind, tmp_path)) > len(PROGRAMS) / 2


def test_a_program_is_the_same_for_the_same_number() -> None:
    assert make_program(7) == make_program(7)
    assert len({make_program(seed).actions for seed in range(50)}) == 50


def test_every_action_of_a_program_is_one_that_a_gateway_has() -> None:
    actions = {action for seed in range(50) for action in make_program(seed).actions}
    assert all(hasattr(Gateway, action) for action in actions - {"run", "run_killed"})
    assert len(actions) > 10
