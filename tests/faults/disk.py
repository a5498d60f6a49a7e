"""Every call by which an export reaches the disk, as a step that a test can count, fail or kill."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from logan.runtime import whole_folder
from tests.package.builders import VARYING

Act = Callable[[], None]
_WRITING = os.O_WRONLY | os.O_RDWR


@contextmanager
def steps(act: Act, *, clearing: bool = False) -> Iterator[None]:
    """Call `act` before each step; what it raises is what the system answers to that step.

    With `clearing`, what removes files and folders is a step too.
    """

    def before(call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **options: Any) -> Any:
            act()
            return call(*arguments, **options)

        return step

    def opened(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
        if flags & _WRITING:
            act()
        return open_(path, flags, *arguments, **options)

    def wrapped(handle: int, *arguments: Any, **options: Any) -> Any:
        return _Watched(fdopen(handle, *arguments, **options), act)

    open_, fdopen = os.open, os.fdopen
    with pytest.MonkeyPatch.context() as patch:
        for name in ("mkdir", "fsync", *(("unlink", "rmdir") if clearing else ())):
            patch.setattr(os, name, before(getattr(os, name)))
        patch.setattr(os, "open", opened)
        patch.setattr(os, "fdopen", wrapped)
        patch.setattr(Path, "rename", before(Path.rename))
        patch.setattr(whole_folder, "exchange", before(whole_folder.exchange))
        yield


class _Watched:
    """A file whose writes are steps; half of the bytes are on their way when the step is due.

    The first write is one, the second, the fourth and so on: a workbook is written in hundreds of
    pieces, of which neighbours meet the same fate.
    """

    def __init__(self, file: Any, act: Act) -> None:
        self._file = file
        self._act = act
        self._writes = 0

    def write(self, data: bytes) -> None:
        self._writes += 1
        if self._writes.bit_count() > 1:
            self._file.write(data)
            return
        half = len(data) // 2
        self._file.write(data[:half])
        self._file.flush()
        self._act()
        self._file.write(data[half:])

    def __enter__(self) -> "_Watched":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def content(folder: Path) -> dict[str, bytes]:
    """The files below a folder that equal runs make equal, hidden ones included, by their names."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in VARYING
    }
