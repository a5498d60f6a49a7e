"""Lanes: every block once, in the order of its source, and nothing left running."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from logan.intake.blocks import Block
from logan.intake.buffers import Rooms
from logan.intake.sources import Source
from logan.pipeline import workers
from logan.pipeline.batches import Alone
from logan.pipeline.examine import Task
from logan.pipeline.hours import HELD_ROOMS
from logan.pipeline.source import Account
from logan.pipeline.workers import Lanes
from logan.rules.prefilter import Prefilter
from logan.rules.triggers import Watch
from logan.runtime.timings import Stages

PREFILTER = Prefilter(Watch((r"pimeyes\.com",), hints=()))


def accounts(count: int) -> list[Account]:
    return [Account(Source(f"{at}.log", Path(), 0), at) for at in range(count)]


def read(accounts: Iterator[Account], _rooms: Rooms) -> Iterator[Alone]:
    """As many blocks as the index of each source says, numbered in their text."""
    for account in accounts:
        for at in range(account.index * 7):
            piece = "whole" if at % 3 else "start"
            yield Alone(account, Task(), Block(b"%d\n" % at, 1, 1, 0, piece), at)  # type: ignore[arg-type]


def test_blocks_of_a_source_keep_their_order_and_none_is_lost() -> None:
    seen = defaultdict(list)
    with Lanes(accounts(6), read, PREFILTER, Stages()) as blocks:
        for done in chain.from_iterable(blocks):
            whole = done.block if isinstance(done.block, Block) else done.block.block
            assert whole.data == b"%d\n" % done.position
            seen[done.account.index].append(done.position)
    assert seen == {at: list(range(at * 7)) for at in range(1, 6)}


def test_no_source_is_no_work() -> None:
    with Lanes([], read, PREFILTER, Stages()) as blocks:
        assert list(blocks) == []


def test_a_fault_in_a_lane_is_raised_where_blocks_are_entered() -> None:
    def broken(accounts: Iterator[Account], rooms: Rooms) -> Iterator[Alone]:
        yield from read(accounts, rooms)
        raise ZeroDivisionError

    with (
        pytest.raises(ZeroDivisionError),
        Lanes(accounts(3), broken, PREFILTER, Stages()) as blocks,
    ):
        list(blocks)


def test_leaving_early_stops_every_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "THREADS", 3)
    before = threading.active_count()
    with Lanes(accounts(50), read, PREFILTER, Stages()) as blocks:
        next(blocks)
    assert threading.active_count() == before


def test_there_are_rooms_for_all_that_coverage_holds() -> None:
    """Else the threads would wait for rooms that are left only when they go on."""
    assert workers.KEPT >= HELD_ROOMS
