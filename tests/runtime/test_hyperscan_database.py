"""One database for all threads."""

import threading

import hyperscan
import pytest

from logan.runtime.hyperscan_database import HyperscanDatabase


def numbers(compiled: HyperscanDatabase, data: bytes | memoryview) -> list[int]:
    found: list[int] = []
    compiled.scan(data, lambda number, *_: found.append(number))
    return sorted(found)


def test_expressions_are_numbered_in_their_order() -> None:
    compiled = HyperscanDatabase(["a.c", "b"], flag=hyperscan.HS_FLAG_CASELESS)
    assert numbers(compiled, b"xABCx") == [0, 1]
    assert numbers(compiled, memoryview(b"xABCx")[2:]) == [1]


def test_literal_expressions_are_taken_as_they_are() -> None:
    compiled = HyperscanDatabase(["a.c"], flag=hyperscan.HS_FLAG_SINGLEMATCH, literal=True)
    assert numbers(compiled, b"abc") == []
    assert numbers(compiled, b"a.c a.c") == [0]


def test_each_thread_has_working_memory_of_its_own() -> None:
    compiled = HyperscanDatabase(["needle"], flag=hyperscan.HS_FLAG_CASELESS)
    seen: list[list[int]] = []
    threads = [
        threading.Thread(target=lambda: seen.append(numbers(compiled, b"needle" * 1_000)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [[0] * 1_000] * 4


def test_whoever_notes_may_end_the_search() -> None:
    compiled = HyperscanDatabase(["a"], flag=hyperscan.HS_FLAG_CASELESS)
    with pytest.raises(hyperscan.ScanTerminated):
        compiled.scan(b"aaa", lambda *_: True)
