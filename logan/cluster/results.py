"""What workers sent, kept on disk here until all of it is there: it may outgrow memory."""

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from logan.cluster.messages import TaskAnswer
from logan.cluster.scratch import take
from logan.evidence.evidence import Evidence
from logan.evidence.packed import unpack
from logan.runtime.private_folder import PrivateFolder

_FILE: Final = "results"


class ResultPlace(NamedTuple):
    """Where a result lies: bytes of the file of small ones, or a file of its own."""

    path: Path
    first: int
    size: int


class ResultStore:
    """Results in a private folder, which lasts as long as this. `scratch`: where large ones lie."""

    def __init__(self, scratch: str | None) -> None:
        self._scratch = scratch
        self._folder = PrivateFolder()
        self._end = 0
        self._fetched = 0

    def keep(self, answer: TaskAnswer) -> ResultPlace:
        """Keep the evidence of an answer. Raises OSError where it cannot be had."""
        if answer.kind == "scratch":
            return self._fetch(answer.said)
        place = ResultPlace(self._folder.path / _FILE, self._end, len(answer.data))
        with os.fdopen(os.open(place.path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.seek(place.first)  # of one that did not fit, a part may stand there
            file.write(answer.data)
        self._end += place.size
        return place

    def _fetch(self, said: Mapping[str, Any]) -> ResultPlace:
        assert self._scratch is not None  # noqa: S101 - nothing is put where there is none
        self._fetched += 1
        path = self._folder.path / f"{_FILE}-{self._fetched}"
        take(self._scratch, said, path)
        return ResultPlace(path, 0, path.stat().st_size)

    def load(self, place: ResultPlace, *, rows: bool = True) -> Evidence:
        """The evidence at a place. Raises `EvidenceError` for what is none."""
        with place.path.open("rb") as file:
            if place.path.name == _FILE:
                file.seek(place.first)
                small: BinaryIO = io.BytesIO(file.read(place.size))
                return unpack(small, rows=rows)
            return unpack(file, rows=rows)
