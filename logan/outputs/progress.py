"""The progress bar of long work: bytes, rate and time left, on stderr."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from logan.outputs.text import printable


@contextmanager
def follow_progress(
    paths: Sequence[str], exclude: Sequence[str] = ()
) -> Iterator[Callable[[str, int], None]]:
    """A bar over the stored bytes of all inputs; the caller is told to call with (name, position).

    Without a known size (standard input) the bar only shows what has been read.
    """
    total = _stored_bytes(paths, exclude)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=total)
        done = 0
        positions: dict[str, int] = {}

        def note(name: str, at: int) -> None:
            nonlocal done
            done += at - positions.get(name, 0)
            positions[name] = at
            bar.update(task, completed=done, description=printable(Path(name).name)[:30])

        yield note


@contextmanager
def show_activity(words: str) -> Iterator[None]:
    """A turning sign on stderr beside words, while something takes long; gone when it is done."""
    with Console(stderr=True).status(words):
        yield


def _stored_bytes(paths: Sequence[str], exclude: Sequence[str]) -> int | None:
    """The size of all inputs as stored, None where it cannot be known."""
    from logan.intake.source_search import find

    sizes = [source.size for source in find(paths, exclude=exclude).sources]
    return None if any(size is None for size in sizes) else sum(size or 0 for size in sizes)
