"""The progress bar: on stderr, over all inputs, gone afterwards."""

import pytest
from rich.progress import Progress

from logan.outputs.progress import follow_progress


def test_positions_add_up_over_files(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    for name, size in (("a.log", 100), ("b.log", 50)):
        (tmp_path / name).write_bytes(b"x" * size)
    seen: list[tuple[float | None, float]] = []
    update = Progress.update

    def note(self: Progress, task: object, **fields: object) -> None:
        update(self, task, **fields)  # type: ignore[arg-type]
        seen.append((self.tasks[0].total, self.tasks[0].completed))

    monkeypatch.setattr(Progress, "update", note)
    with follow_progress([str(tmp_path)]) as progress:
        progress("a.log", 60)
        progress("a.log", 100)
        progress("b.log\x1b[2J", 50)
    assert seen == [(150, 60), (150, 100), (150, 150)]


def test_standard_input_has_no_size() -> None:
    with follow_progress(["-"]) as progress:
        progress("-", 10)
