"""Keeping freed memory is a wish to the C library, never a need."""

import ctypes
import sys

import pytest

from logan.intake import memory


@pytest.fixture(autouse=True)
def _again() -> None:
    memory.keep_freed_blocks.cache_clear()


def test_it_asks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    class Library:
        def mallopt(self, option: int, value: int) -> int:
            asked.append((option, value))
            return 1

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: Library())
    memory.keep_freed_blocks()
    memory.keep_freed_blocks()
    assert asked == [(-3, 32 << 20), (-1, 16 << 20)]


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_another_c_library_is_left_alone(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    memory.keep_freed_blocks()
